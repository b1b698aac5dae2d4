"""The values follow their distributions. Seeds are fixed, so that what passes once passes always."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from declinit.random import Distribution, Normal, TruncatedNormal, Uniform, draw, orthogonal
from declinit.random.scratch import CHUNK
from declinit.random.transforms import transform_of

COUNT = 1_000_000
SIGNIFICANCE = 0.001
CASES = [
    (Normal(), stats.norm()),
    (Normal(3.0, 0.5), stats.norm(3.0, 0.5)),
    (TruncatedNormal(), stats.truncnorm(-2, 2)),
    (TruncatedNormal(-1.0, 0.1), stats.truncnorm(-2, 2, -1.0, 0.1)),
    (Uniform(-0.05, 0.05), stats.uniform(-0.05, 0.1)),
    (Uniform(2.0, 5.0), stats.uniform(2.0, 3.0)),
]


@pytest.mark.parametrize(
    ("distribution", "exact"), CASES, ids=[str(distribution) for distribution, _ in CASES]
)
def test_values_follow_their_distribution(distribution: Distribution, exact) -> None:
    """A Kolmogorov-Smirnov test of a million values does not reject the exact distribution."""
    values = draw(distribution, 2024, (COUNT,), dtype="float64")

    assert stats.ks_1samp(values, exact.cdf, method="asymp").pvalue > SIGNIFICANCE


@pytest.mark.parametrize(
    ("distribution", "exact"), CASES, ids=[str(distribution) for distribution, _ in CASES]
)
def test_mean_and_variance(distribution: Distribution, exact) -> None:
    """Mean and variance lie within four standard errors of the exact ones."""
    values = draw(distribution, 7, (COUNT,), dtype="float64")
    mean, variance, kurtosis = (float(x) for x in exact.stats("mvk"))

    assert abs(values.mean() - mean) < 4 * np.sqrt(variance / COUNT)
    assert abs(values.var() - variance) < 4 * variance * np.sqrt((kurtosis + 2) / COUNT)


def test_normal_tail() -> None:
    """As many values lie beyond three standard deviations as should."""
    values = draw(Normal(), 5, (4 * COUNT,))
    beyond = int(np.count_nonzero(np.abs(values) > 3))

    assert stats.binomtest(beyond, 4 * COUNT, 2 * stats.norm.sf(3)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 0.0), (1.0, 1.000001), (-0.7, -0.33)])
def test_uniform_is_half_open(low: float, high: float) -> None:
    """Rounding never takes a uniform value below its low end or up to its high end."""
    values = draw(Uniform(low, high), 1, (COUNT,))

    assert values.min() >= np.float32(low)
    assert values.max() < np.float32(high)


def test_seeds_are_independent() -> None:
    """Draws of neighbouring seeds are uncorrelated."""
    values = np.stack([draw(Normal(), seed, (10_000,)) for seed in range(40)])
    correlations = np.corrcoef(values)[np.triu_indices(40, 1)] * 100

    assert np.abs(correlations).max() < 4.5
    assert stats.kstest(correlations, "norm").pvalue > SIGNIFICANCE


@pytest.mark.parametrize("shape", [(512, 512), (511, 40), (3, 7, 300)])
def test_orthogonal_residual(shape: tuple[int, ...]) -> None:
    """The columns of a tall matrix, or the rows of a wide one, are orthonormal in float32."""
    matrix = orthogonal(1, shape, gain=2.0).reshape(-1, shape[-1]).astype(np.float64) / 2
    tall = matrix if len(matrix) >= shape[-1] else matrix.T

    assert np.abs(tall.T @ tall - np.eye(tall.shape[1])).max() < 1e-6


def test_orthogonal_is_spread_evenly() -> None:
    """The entries of a large orthogonal matrix follow the distribution that the uniform measure has."""
    n = 256
    entries = orthogonal(3, (n, n)).astype(np.float64).ravel()
    beta = stats.beta((n - 1) / 2, (n - 1) / 2, loc=-1, scale=2)

    assert stats.ks_1samp(entries, beta.cdf, method="asymp").pvalue > SIGNIFICANCE
    assert np.mean(entries**4) * n * (n + 2) / 3 == pytest.approx(1, abs=0.03)


WORDS = 2**32
CUT = stats.norm.cdf(-2)
# Unit distribution, its exact distribution function, and a place where the two differ most.
UNITS = {
    "normal": (Normal(), stats.norm.cdf, 3_619_291_136, 5.69e-8),
    "truncated": (
        TruncatedNormal(),
        lambda x: (stats.norm.cdf(x) - CUT) / (1 - 2 * CUT),
        592_576_512,
        5.84e-8,
    ),
}


def values_of(distribution: Distribution, drawn: np.ndarray) -> np.ndarray:
    unit, values = transform_of(distribution).unit, np.empty(drawn.size, np.float32)
    for first in range(0, drawn.size, CHUNK):
        unit(drawn[first : first + CHUNK], values[first : first + CHUNK])
    return values.astype(np.float64)


def largest_error(distribution: Distribution, cdf, drawn: np.ndarray) -> float:
    """How far the share of the words up to each of the given ones is from its exact probability."""
    exact = cdf(values_of(distribution, drawn))
    return max(np.abs(exact - (drawn + at) / WORDS).max() for at in (0.0, 1.0))


@pytest.mark.parametrize("name", UNITS)
def test_accuracy_is_what_the_page_says(name: str) -> None:
    """The largest error of the distribution function, as counted once over all words."""
    distribution, cdf, place, error = UNITS[name]
    near = np.arange(place, place + CHUNK, dtype=np.uint32)
    spread = np.arange(0, WORDS, 16_411, dtype=np.uint64).astype(np.uint32)

    assert largest_error(distribution, cdf, near) == pytest.approx(error, abs=0.005e-8)
    assert largest_error(distribution, cdf, spread) <= error


@pytest.mark.parametrize("name", UNITS)
def test_gaps_between_cells_are_what_the_page_says(name: str) -> None:
    """Between the last value of a cell and the first of the next lies what no word comes to."""
    distribution, cdf, *_ = UNITS[name]
    firsts = np.arange(1, 65_536, dtype=np.uint32) << np.uint32(16)
    gaps = cdf(values_of(distribution, firsts)) - cdf(values_of(distribution, firsts - 1))
    beyond_a_step = gaps - 1 / WORDS

    assert beyond_a_step.sum() == pytest.approx(0.0014, abs=0.00005)
    assert beyond_a_step.max() < 6.1e-8
