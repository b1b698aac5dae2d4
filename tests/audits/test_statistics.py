"""Probabilities of test statistics are those that scipy computes, or that a simulation counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal
import scipy.stats

from declinit.audits.statistics.averages import distances_of, score, squares_of
from declinit.audits.statistics.fingerprints import same_order
from declinit.audits.statistics.holm import rejections
from declinit.audits.statistics.kolmogorov import kolmogorov_tail
from declinit.audits.statistics.power import detectable_deviation
from declinit.audits.statistics.rounding import cells
from declinit.kinds.distributions import Distribution

# Distances between distribution functions


@pytest.mark.parametrize("count", [10, 64, 200, 1000, 8192, 65_536])
def test_kolmogorovs_probabilities_are_scipys(count):
    for scaled in np.linspace(0.3, 8.0, 30):
        distance = scaled / math.sqrt(count)
        exact = scipy.stats.kstwo.sf(distance, count)
        found = kolmogorov_tail(count, distance)
        assert found == pytest.approx(exact, abs=3e-3)
        if 1e-200 < exact < 0.02:
            assert found == pytest.approx(exact, rel=3e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10])
def test_a_distance_of_a_half_or_more_has_its_exact_probability_from_one_element_on(count):
    for distance in (0.5, 0.6, 0.9, 0.999):
        exact = scipy.stats.kstwo.sf(distance, count)
        assert kolmogorov_tail(count, distance) == pytest.approx(exact, rel=1e-9)


def test_the_ends_of_distances_are_certain():
    assert [kolmogorov_tail(10, distance) for distance in (0.0, 0.05, 1.0)] == [1.0, 1.0, 0.0]


# Averages

NORMAL = Distribution.normal(3.0, 5.0)


def tail(found: float) -> float:
    """The smaller of the two probabilities of a normal score."""
    return math.erfc(abs(found) / math.sqrt(2.0)) / 2.0


@pytest.mark.parametrize(("count", "within"), [(1, 0.1), (10, 0.01), (64, 1e-3), (1000, 1e-4)])
def test_averages_of_squared_normal_numbers_have_the_probabilities_of_chi_square(count, within):
    for away in (-6.0, -4.0, -2.0, -0.5, 0.5, 2.0, 4.0, 8.0, 12.0):
        ratio = 1.0 + away * math.sqrt(2.0 / count)
        if ratio <= 0.05:
            continue
        square = scipy.stats.chi2(count)
        exact = square.cdf(count * ratio) if away < 0 else square.sf(count * ratio)
        found = score(ratio, count, squares_of(NORMAL))
        smaller = min(exact, 1.0 - exact)
        assert tail(found) == pytest.approx(smaller, rel=within)


def convolved(density, low, high, count):
    """The distribution of an average of `count` draws, by convolution on a fine grid."""
    steps = 2000
    edges = np.linspace(low, high, steps + 1)
    one = np.diff(density(edges))
    whole = one
    for _ in range(count.bit_length() - 1):  # a power of two
        whole = np.maximum(scipy.signal.fftconvolve(whole, whole), 0.0)
    width = (high - low) / steps
    return (low * count + width * (np.arange(whole.size) + count / 2.0)) / count, whole


BOUNDED = {
    "uniform": (Distribution.uniform(-1.0, 1.0), scipy.stats.uniform(-1.0, 2.0)),
    "cut at 2": (Distribution.truncated(0.0, 1.0), scipy.stats.truncnorm(-2, 2)),
    "cut at 3": (Distribution.truncated(0.0, 1.0, 3.0), scipy.stats.truncnorm(-3, 3)),
}


@pytest.mark.parametrize("squared", [False, True], ids=["mean", "stddev"])
@pytest.mark.parametrize("name", BOUNDED)
def test_averages_of_bounded_numbers_have_the_probabilities_of_their_convolution(name, squared):
    distribution, exact = BOUNDED[name]
    reach = exact.support()[1] / exact.std()
    if squared:
        low, high, summand = 0.0, reach**2, squares_of(distribution)

        def below(x):
            return 2.0 * exact.cdf(np.sqrt(x) * exact.std()) - 1.0

    else:
        low, high, summand = -reach, reach, distances_of(distribution)

        def below(x):
            return exact.cdf(x * exact.std())

    places, chances = convolved(below, low, high, 64)
    for goal in (0.2, 1e-4, 1e-9):
        upper = int(np.argmin(np.abs(np.cumsum(chances[::-1])[::-1] - goal)))
        found = score(places[upper] - (places[1] - places[0]) / 2.0, 64, summand)
        assert found > 0.0
        assert tail(found) == pytest.approx(chances[upper:].sum(), rel=0.02)
        lower = int(np.argmin(np.abs(np.cumsum(chances) - goal)))
        found = score(places[lower] + (places[1] - places[0]) / 2.0, 64, summand)
        assert found < 0.0
        assert tail(found) == pytest.approx(chances[: lower + 1].sum(), rel=0.02)


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("observed", [-1e300, -5.0, 0.0, 1.0, 5.0, 1e300])
def test_averages_that_cannot_be_are_improbable_and_never_fail(name, observed):
    distribution, _ = BOUNDED[name]
    for summand in (squares_of(distribution), distances_of(distribution), squares_of(NORMAL)):
        found = score(observed, 1000, summand)
        assert not math.isnan(found)
        if abs(observed) >= 5.0:
            assert tail(found) < 1e-20


# Holm's method


def test_holms_method_rejects_step_by_step():
    chances = [0.01, 0.04, 0.03, 0.005]
    assert rejections(chances, 0.05) == [True, False, False, True]
    assert rejections([0.012, 0.02, 0.0125], 0.05) == [True, True, True]
    assert rejections([], 0.05) == []
    assert rejections([1.0, 0.0], 0.001) == [False, True]


def test_holms_method_keeps_false_alarms_to_its_significance():
    """Of 20 tests whose probabilities are uniform, 5 % of families have one that rejects."""
    families = np.random.default_rng(0).uniform(size=(4000, 20))
    alarms = sum(any(rejections(list(family), 0.05)) for family in families)
    assert scipy.stats.binomtest(alarms, 4000, 1.0 - (1.0 - 0.05 / 20) ** 20).pvalue > 1e-3


# Power


@pytest.mark.parametrize("freedom", [64.0, 1000.0, 1e5])
@pytest.mark.parametrize("level", [1e-3, 1e-6])
def test_the_deviation_that_is_stated_is_found_nine_times_in_ten(freedom, level):
    deviation = detectable_deviation(freedom, level)
    square = scipy.stats.chi2(freedom)
    high, low = square.isf(level / 2.0), square.ppf(level / 2.0)
    above = square.sf(high / (1.0 + deviation) ** 2)
    below = square.cdf(low / (1.0 - deviation) ** 2)
    assert min(above, below) == pytest.approx(0.9, abs=0.005)


def test_of_a_handful_of_values_no_deviation_is_found():
    assert detectable_deviation(1.0, 1e-6) == 1.0


# Rounding


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_number_is_what_its_dtype_makes_of_everything_around_it(dtype):
    kind = np.dtype(dtype).type
    numbers = np.array([1.0, -1.0, 1.5, 0.0, 3e-7, -2.0, 0.1, 1000.0], dtype)
    below, above = cells(numbers.astype(float), np.dtype(dtype))
    middle = (above + below) / 2.0
    for ends, outward in ((below, -np.inf), (above, np.inf)):
        inside = ends + (middle - ends) * 1e-6
        assert np.array_equal(inside.astype(dtype), numbers)
        beyond = ends + (ends - middle) * 1e-6
        assert np.array_equal(beyond.astype(dtype), np.nextafter(numbers, kind(outward)))


# Copies


def test_how_two_arrays_of_the_same_numbers_differ_is_told():
    one = np.arange(6.0).reshape(2, 3)
    assert same_order(one, one.copy()) == ""
    assert same_order(one, one.T.copy()) == ", transposed"
    assert same_order(one, one.reshape(3, 2)) == ", in another shape"
    assert same_order(one, one[::-1]) == ", in another order"
