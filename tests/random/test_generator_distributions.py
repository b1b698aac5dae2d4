"""The values follow their distributions. Seeds are fixed, so that what passes once passes always."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from declinit.random import (
    Distribution,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
    draw,
    orthogonal,
)
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
    *[
        (TruncatedNormal(0.0, 1.0, bounds), stats.truncnorm(-bounds, bounds))
        for bounds in (0.01, 0.5, 1.0, 1.9, 2.5, 3.0, 4.0, 5.0, 100.0)
    ],
    (TruncatedNormal(-1.0, 0.1, 3.0), stats.truncnorm(-3, 3, -1.0, 0.1)),
    (LogUniform(1e-3, 0.1), stats.loguniform(1e-3, 0.1)),
    (LogUniform(1.0, 1.1), stats.loguniform(1.0, 1.1)),
    (LogUniform(1e-18, 1e10), stats.loguniform(1e-18, 1e10)),
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


BINS = 4096


@pytest.mark.parametrize(
    ("distribution", "exact"), CASES, ids=[str(distribution) for distribution, _ in CASES]
)
def test_bins_of_equal_probability_are_hit_equally_often(distribution, exact) -> None:
    """By chi-square over 4,096 bins, unless an interval holds so few float32 that they show."""
    values = draw(distribution, 11, (COUNT,), dtype="float64")
    hits = np.bincount((exact.cdf(values) * BINS).astype(int).clip(0, BINS - 1), minlength=BINS)

    assert stats.chisquare(hits).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("bounds", [0.01, 0.3, 1.0, 1.999, 2.001, 3.0, 4.5, 6.0, 7.0])
def test_no_value_lies_beyond_the_bounds(bounds: float) -> None:
    """Not even that of the first and of the last word, which come as near as one float32 can."""
    ends = values_of(TruncatedNormal(0.0, 1.0, bounds), np.array([0, WORDS - 1], np.uint32))

    assert -bounds <= ends[0] < ends[1] <= bounds
    nearest = min(bounds, 6.338)
    assert ends.tolist() == pytest.approx([-nearest, nearest], rel=2e-3 if bounds > 4 else 1e-5)


def test_bounds_that_no_value_reaches_leave_the_normal_itself() -> None:
    """Bit for bit: timm cuts at a hundred standard deviations."""
    cut = draw(TruncatedNormal(0.5, 0.02, 100.0), 1, (200_003,))

    assert cut.tobytes() == draw(Normal(0.5, 0.02), 1, (200_003,)).tobytes()


def test_normal_values_rise_with_their_words() -> None:
    """From cell to cell of both tables: so the words within bounds are neighbours."""
    cells = np.arange(1, 65_536, dtype=np.uint64) << np.uint64(16)
    octaves = 2.0 ** np.arange(25)[:, None] * (1 + np.arange(256) / 256)
    tail = np.unique(np.floor((octaves.ravel() - 1) / 2)).astype(np.uint64)
    inner = np.unique(np.concatenate([cells, tail, WORDS - 1 - tail]))
    edges = inner[(inner > 0) & (inner < WORDS - 1)]
    near = np.unique(np.concatenate([edges - 1, edges, edges + 1])).astype(np.uint32)

    assert np.all(np.diff(values_of(Normal(), near)) >= 0)


@pytest.mark.parametrize(
    ("low", "high"), [(1e-3, 0.1), (1e-18, 3e38), (1.0, 1.000001), (0.7, 0.71), (3.0, 3e7)]
)
def test_log_uniform_is_half_open(low: float, high: float) -> None:
    """Neither the first nor the last word leaves the interval."""
    ends = values_of(LogUniform(low, high), np.array([0, WORDS - 1], np.uint32))
    values = draw(LogUniform(low, high), 1, (COUNT,))

    assert ends.tolist() == pytest.approx([low, high], rel=1e-6)
    assert np.float32(low) <= values.min() <= values.max() < np.float32(high)


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
