"""Whether values can have been drawn from a distribution."""

from __future__ import annotations

import math

import numpy as np

from declinit.audits.measures import Array
from declinit.kinds.distributions import Distribution

KS_SAMPLE = 8192
TOO_FEW = 64


# A test rejects below this probability: one false alarm in a million tests.
SIGNIFICANCE = 1e-6


def inconsistency(values: Array, distribution: Distribution) -> str | None:
    """Why values cannot have been drawn independently from a distribution, as far as tests can tell.

    Args:
        values: all elements, any shape.
        distribution: of one element.

    Returns:
        What was found, with its probability under the distribution; None where nothing speaks against it.
        Tests of support, mean, variance and distribution (Kolmogorov-Smirnov, on at most 8,192
        elements) each reject at a probability of one in a million.
    """
    given = np.asarray(values).reshape(-1)
    flat = given.astype(np.float64)
    if not np.all(np.isfinite(flat)):
        return "not all elements are finite numbers"
    if distribution.stddev == 0.0:
        constant = np.asarray(distribution.mean).astype(given.dtype).astype(np.float64)
        return None if np.all(flat == constant) else f"not all elements are {distribution.mean:g}"
    if not flat.size:
        return None
    tests = (_support, _mean, _variance, _kolmogorov)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers in an audit may be of any size
        return next((found for test in tests if (found := test(flat, distribution))), None)


def _support(flat: Array, distribution: Distribution) -> str | None:
    slack = 2.0**-7 * (
        abs(distribution.mean) + distribution.stddev * 2
    )  # one rounding to bfloat16, with room
    low, high = float(flat.min()), float(flat.max())
    if low < distribution.low - slack or high > distribution.high + slack:
        return f"values from {low:.6g} to {high:.6g} leave [{distribution.low:.6g}, {distribution.high:.6g}]"
    return None


def _mean(flat: Array, distribution: Distribution) -> str | None:
    z = float(_standardized(flat, distribution).mean()) * math.sqrt(flat.size)
    return _rejected(
        f"mean {flat.mean():.6g} where {distribution.mean:.6g} is expected", _two_sided(z)
    )


def _variance(flat: Array, distribution: Distribution) -> str | None:
    # The sample variance has variance (kurtosis - 1) / n: a chi-square distribution of as many degrees of
    # freedom as have that, whose cube root Wilson and Hilferty found to be all but normal.
    spread = (distribution.kurtosis - 1.0) / flat.size / 9.0
    ratio = float(np.mean(_standardized(flat, distribution) ** 2))
    stddev = math.sqrt(ratio) * distribution.stddev
    found = f"stddev {stddev:.6g} where {distribution.stddev:.6g} is expected"
    return _rejected(found, _two_sided((math.cbrt(ratio) - 1.0 + spread) / math.sqrt(spread)))


def _standardized(flat: Array, distribution: Distribution) -> Array:
    """Distances from the mean in standard deviations; infinite where no double can state them."""
    return np.asarray((flat / 2 - distribution.mean / 2) / distribution.stddev * 2)


def _kolmogorov(flat: Array, distribution: Distribution) -> str | None:
    step = max(1, flat.size // KS_SAMPLE)
    sample = np.sort(flat[::step][:KS_SAMPLE])
    count = sample.size
    expected = np.array([distribution.cdf(float(value)) for value in sample])
    above = np.arange(1, count + 1) / count - expected
    if distribution.zeros:  # then the probability below a value is less than up to it
        expected = np.array([distribution.cdf(math.nextafter(v, -math.inf)) for v in sample])
    below = expected - np.arange(count) / count
    distance = float(max(above.max(), below.max()))
    root = math.sqrt(count)
    # Stephens' approximation of the tail of Kolmogorov's distribution.
    probability = min(1.0, 2.0 * math.exp(-2.0 * ((root + 0.12 + 0.11 / root) * distance) ** 2))
    return _rejected(f"distribution off by {distance:.3g} from {distribution.family}", probability)


def _two_sided(z: float) -> float:
    """The probability of a number as far from 0; none if infinities were added up to no number."""
    return 0.0 if math.isnan(z) else math.erfc(abs(z) / math.sqrt(2.0))


def _rejected(found: str, probability: float) -> str | None:
    return f"{found} (p = {probability:.1g})" if probability < SIGNIFICANCE else None
