"""The tests of values against the distribution that they are said to be drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.statistics.averages import distances_of, score, squares_of
from declinit.audits.statistics.gathering import Draws
from declinit.audits.statistics.kolmogorov import kolmogorov_tail
from declinit.audits.statistics.outcomes import LEAST, Outcome, certain, finite, two_sided
from declinit.audits.statistics.rounding import cells, precision
from declinit.audits.statistics.views import View
from declinit.kinds.distributions import KERAS_BOUNDS, Distribution

Array = npt.NDArray[Any]

# Keras on PyTorch takes the first of four normal numbers if none of them lies within two stddevs.
LEAK = math.erfc(KERAS_BOUNDS / math.sqrt(2.0)) ** 4
# Distribution functions of other sizes cannot be computed in doubles.
SMALLEST, LARGEST = 1e-290, 1e290


def outcomes_of(draws: Draws, distribution: Distribution, view: View) -> tuple[Outcome, ...]:
    """What every test says of a variable's values, the most telling first.

    Args:
        draws: what is known of the values.
        distribution: of one element.
        view: how it is looked at.
    """
    if not draws.size:
        return ()
    if draws.infinite:
        return (_finite(draws),)
    return tuple(_tests(draws, distribution, view))


def _tests(draws: Draws, distribution: Distribution, view: View) -> Iterator[Outcome]:
    yield _half_type(draws)
    # The rows of a sparse kernel may all be zero.
    yield _zeros(draws, distribution) if view.drops_zeros else _repetition(draws)
    if draws.count:
        # The stddev is taken around the expected mean: it is what is wrong unless the mean is.
        moments = [_stddev(draws, view), _mean(draws, view)]
        shifted = not draws.is_constant and 2.0 * draws.mean**2 > draws.square
        yield from reversed(moments) if shifted else moments
        yield _support(draws, view.values)
        if view.values.family == "normal":
            yield _extremes(draws, view.values)
    if draws.sample.size and SMALLEST < view.values.stddev < LARGEST:
        yield _distribution(draws, view.values)


def _finite(draws: Draws) -> Outcome:
    verb = "is no finite number" if draws.infinite == 1 else "are no finite numbers"
    found = f"{draws.infinite} of {draws.size} elements {verb}"
    return certain("finite", found, draws.infinite, 0)


def _half_type(draws: Draws) -> Outcome:
    name = None if draws.is_constant else draws.half_type
    fault = None if name is None else f"all values are numbers of {name}, as after a round trip"
    return certain("half_type", fault, name)


def _repetition(draws: Draws) -> Outcome:
    found = draws.repetition
    if found is None or draws.is_constant:
        return certain("repetition", None, 0, 0)
    fault = (
        f"{found.count} of the slices along axis {found.axis} repeat others "
        f"({found.second} holds the values of {found.first})"
    )
    return certain("repetition", fault, found.count, 0)


def _zeros(draws: Draws, distribution: Distribution) -> Outcome:
    rows = draws.size // max(draws.zeros.size, 1)
    expected = round(distribution.zeros * rows)
    low, high = int(draws.zeros.min()), int(draws.zeros.max())
    # A normal number may become zero in a half type too.
    fits = low >= expected and high <= expected + (1 + rows // 1000) * (draws.dtype.itemsize == 2)
    fault = None if fits else f"{low} to {high} zeros in a column where {expected} are expected"
    return certain("zeros", fault, [low, high], expected)


def _mean(draws: Draws, view: View) -> Outcome:
    moments = view.moments
    distances = distances_of(moments)
    if distances is None or not math.isfinite(draws.mean):
        p = two_sided(draws.mean * math.sqrt(draws.count))
    else:
        p = two_sided(score(draws.mean, draws.count, distances))
    observed = moments.mean + draws.mean * moments.stddev
    found = f"mean{view.noun} {observed:.6g} where {moments.mean:.6g} is expected"
    return Outcome(
        test="mean", p=p, found=found, observed=finite(observed), expected=finite(moments.mean)
    )


def _stddev(draws: Draws, view: View) -> Outcome:
    """Around the expected mean, so that its distribution is known."""
    moments, square = view.moments, draws.square
    p = LEAST
    if math.isfinite(square) and square > 0.0:
        p = two_sided(score(square, draws.count, squares_of(moments)))
    observed = math.sqrt(square) * moments.stddev
    found = (
        f"stddev{view.noun} {observed:.6g} where {moments.stddev:.6g} is expected "
        f"({math.sqrt(square):.3g} times as much)"
    )
    if draws.is_constant:
        p, found = LEAST, f"all elements are {draws.low:.6g}"
    return Outcome(
        test="stddev", p=p, found=found, observed=finite(observed), expected=finite(moments.stddev)
    )


def _support(draws: Draws, distribution: Distribution) -> Outcome:
    low, high = distribution.low, distribution.high
    found = (
        f"{draws.outside} of {draws.count} values leave [{low:.6g}, {high:.6g}]: "
        f"they reach from {draws.low:.6g} to {draws.high:.6g}"
    )
    return Outcome(
        test="support",
        p=_stray(draws, distribution) if draws.outside else 1.0,
        found=found,
        observed=[finite(draws.low), finite(draws.high)],
        expected=[finite(low), finite(high)],
    )


def _extremes(draws: Draws, distribution: Distribution) -> Outcome:
    """The largest distance from the mean: exactly, but that rounding is given its due."""
    distance = max(draws.high - distribution.mean, distribution.mean - draws.low)
    slack = precision(draws.dtype)[0] / 2.0 * max(abs(draws.high), abs(draws.low))
    near, far = (max(distance + end, 0.0) / distribution.stddev for end in (-slack, slack))
    # The logarithms of the probability that no value lies further away.
    none, some = (draws.count * math.log1p(-_beyond(away)) for away in (far, near))
    p = 2.0 * min(math.exp(none), -math.expm1(some))
    few = none < -math.log(2.0)
    verb = "no value lies further than" if few else "a value lies"
    away = distance / distribution.stddev
    return Outcome(
        test="extremes",
        p=max(min(p, 1.0), LEAST),
        found=f"{verb} {away:.3g} stddevs from the mean, among {draws.count}",
        observed=finite(away),
    )


def _beyond(away: float) -> float:
    """The probability that a normal number lies further from its mean; never quite all of it."""
    return min(math.erfc(away / math.sqrt(2.0)), 1.0 - 2.0**-53)


def _stray(draws: Draws, distribution: Distribution) -> float:
    """The probability of values outside the support: none, but for what Keras lets through."""
    if distribution.family != "truncated_normal" or distribution.bounds != KERAS_BOUNDS:
        return 0.0
    parent = (distribution.high - distribution.low) / (2.0 * KERAS_BOUNDS)
    furthest = max(draws.high - distribution.mean, distribution.mean - draws.low)
    furthest = furthest / parent if parent else math.inf
    expected = draws.count * LEAK
    reach = math.erfc(furthest / math.sqrt(2.0)) / math.erfc(KERAS_BOUNDS / math.sqrt(2.0))
    return max(min(1.0, 2.0 * min(_poisson(draws.outside, expected), expected * reach)), LEAST)


def _poisson(count: int, expected: float) -> float:
    """The probability of so many events, or more; an upper bound (Chernoff) for more than a few."""
    if count <= expected:
        return 1.0
    if count <= 20:
        terms = (expected**k / math.factorial(k) for k in range(count))
        return max(1.0 - math.exp(-expected) * math.fsum(terms), 0.0)
    return math.exp(count - expected - count * math.log(count / expected))


def _distribution(draws: Draws, distribution: Distribution) -> Outcome:
    """Kolmogorov and Smirnov's, at the ends of the interval that was rounded to each value."""
    values, first, counts = np.unique(draws.sample, return_index=True, return_counts=True)
    size = draws.sample.size
    below, above = _ends(values, draws.dtype, distribution)
    past, before = above - (first + counts) / size, below - first / size
    distance = float(max(np.abs(past).max(), np.abs(before).max()))
    return Outcome(
        test="distribution",
        p=max(kolmogorov_tail(size, distance), LEAST),
        found=f"the distribution function is off by {distance:.3g} from that of {distribution.family}",
        observed=distance,
        expected=0.0,
    )


def _ends(values: Array, dtype: np.dtype[Any], distribution: Distribution) -> tuple[Array, Array]:
    """The probability below and up to each value; rounding plays a part in half types alone."""
    if dtype.itemsize > 2:
        there = _probabilities(values, distribution)
        return there, there
    below, above = cells(values, dtype)
    return _probabilities(below, distribution), _probabilities(above, distribution)


def _probabilities(values: Array, distribution: Distribution) -> Array:
    return np.fromiter(map(distribution.cdf, values.tolist()), np.float64, values.size)
