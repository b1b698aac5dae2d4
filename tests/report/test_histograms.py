"""Histograms count every value once, and densities are those of the distribution functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from declinit.audits.moments import Moments
from declinit.kinds.distributions import Distribution
from declinit.report.densities import Drawn, density_of
from declinit.report.frames import BINS, Frame, expected_frame
from declinit.report.histograms import histogram_of
from declinit.report.sparklines import HEIGHT, WIDTH, sparkline_path

MANY_STDDEVS = 3.0  # a mean so many stddevs away from 0 that doubles cannot tell them apart
DISTRIBUTIONS = [
    Distribution.normal(0.0, 0.02),
    Distribution.normal(MANY_STDDEVS, 1e-30),
    Distribution.truncated(0.0, 0.05),
    Distribution.truncated(1.0, 0.05, bounds=6.0),
    Distribution.uniform(-0.1, 0.1),
    Distribution.uniform(2.0, 5.0),
    Distribution.log_uniform(1e-3, 1e-1),
    Distribution.sparse(0.1, 0.75),
    Distribution.normal(0.0, 1e300),
    Distribution.uniform(-1e308, 1e308),
]


def pieces(values, parts=1):
    return lambda: iter(np.array_split(values, parts))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda one: one.family)
def test_a_density_is_what_the_distribution_has_in_its_frame(distribution):
    frame = expected_frame([distribution])
    density = density_of([Drawn(distribution, frame, 10)])
    low, high = (frame.mean + end * frame.stddev for end in (frame.low, frame.high))
    within = distribution.cdf(high) - distribution.cdf(low)
    assert np.sum(density.heights * np.diff(density.edges)) == pytest.approx(within)
    assert within > 0.98 or distribution.mean == MANY_STDDEVS


def test_values_of_several_scales_have_one_density():
    distributions = [Distribution.normal(0.0, stddev) for stddev in (0.1, 0.3)]
    drawn = [Drawn(one, expected_frame([one]), 10) for one in distributions]
    alone = density_of(drawn[:1])
    assert np.array_equal(density_of(drawn).heights, alone.heights)
    peak = alone.heights.max()
    assert peak == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-3)


def test_nothing_drawn_has_no_density():
    distribution = Distribution.normal(0.0, 1.0)
    assert density_of([]) is None
    assert density_of([Drawn(distribution, expected_frame([distribution]), 0)]) is None


@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int8"])
def test_every_value_is_counted_once_however_it_comes(parts, dtype):
    values = (np.random.default_rng(1).normal(size=2000) * 0.8).astype("float32").astype(dtype)
    doubles = values.astype(float)
    found = Moments(mean=doubles.mean(), stddev=doubles.std())
    histogram = histogram_of(pieces(values, parts), found, None)
    assert (histogram.counts.sum() + histogram.beside, histogram.infinite) == (2000, 0)
    assert np.array_equal(histogram.counts, histogram_of(pieces(values), found, None).counts)


def test_a_histogram_is_that_of_numpy_around_what_is_expected():
    values = np.random.default_rng(2).normal(0.0, 0.02, 50_000)
    frame = expected_frame([Distribution.normal(0.0, 0.02)])
    found = histogram_of(pieces(values), Moments(), frame)
    counts, _ = np.histogram(values, BINS, (-0.08, 0.08))
    assert found.counts.tolist() == counts.tolist()
    assert found.beside == np.sum(np.abs(values) > 0.08)


def test_what_is_no_finite_number_is_counted_apart():
    values = np.array([np.nan, np.inf, 1.0, 2.0, 3.0], "float32")
    found = histogram_of(pieces(values), Moments(), None)
    assert (found.infinite, found.size) == (2, 3)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], Moments()),
        ([4.0] * 9, Moments(mean=4.0, stddev=0.0, min=4.0, max=4.0)),
        ([math.nan] * 3, Moments()),
        ([math.inf, 1.0], Moments()),
    ],
)
def test_values_without_a_spread_have_no_histogram(values, found):
    assert histogram_of(pieces(np.array(values)), found, None) is None


def test_the_frame_of_two_distributions_shows_both_in_units_of_the_first():
    narrow, wide = Distribution.normal(0.0, 1.0), Distribution.uniform(-30.0, 30.0)
    frame = expected_frame([None, Distribution.constant(1.0), narrow, wide])
    assert (frame.mean, frame.stddev) == (0.0, 1.0)
    assert frame.low < -30.0
    assert frame.high > 30.0


def test_a_sparkline_stays_in_its_box_and_shows_what_is_there_at_all():
    counts = np.zeros(BINS, np.int64)
    counts[[0, 31]] = 1, 1_000_000
    path = sparkline_path(type("H", (), {"counts": counts})())
    assert path == f"M0 {HEIGHT}V23h4V24h36V0h4V{HEIGHT}z"
    full = sparkline_path(type("H", (), {"counts": np.ones(BINS, np.int64)})())
    assert full == f"M0 {HEIGHT}V0h{WIDTH}V{HEIGHT}z"
    assert sparkline_path(type("H", (), {"counts": np.zeros(BINS, np.int64)})()) == ""


def test_frames_whose_counts_may_be_added_have_one_grid():
    one, other = (expected_frame([Distribution.truncated(0.0, s)]) for s in (0.1, 7e-5))
    assert one.grid == other.grid
    assert one.grid != Frame(0.0, 1.0).grid
