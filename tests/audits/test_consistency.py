"""A distribution has its textbook numbers, and values are doubted only for good reason."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
import scipy.stats

from declinit.audits.consistency import inconsistency
from declinit.kinds.distributions import Distribution

# Laws

LAWS = {
    "normal": (Distribution.normal(1.0, 2.0), scipy.stats.norm(1.0, 2.0)),
    "uniform": (Distribution.uniform(-1.0, 3.0), scipy.stats.uniform(-1.0, 4.0)),
    "truncated_normal": (
        Distribution.truncated(1.0, 2.0),
        scipy.stats.truncnorm(-2.0, 2.0, 1.0, 2.0),
    ),
}
EACH_LAW = pytest.mark.parametrize(("law", "oracle"), LAWS.values(), ids=LAWS)


@EACH_LAW
def test_a_law_has_the_moments_and_the_support_that_scipy_computes(law, oracle):
    mean, variance, kurtosis = oracle.stats("mvk")
    assert (law.mean, law.stddev) == pytest.approx((mean, math.sqrt(variance)), rel=1e-12)
    assert law.kurtosis == pytest.approx(kurtosis + 3.0, rel=1e-12)
    assert (law.low, law.high) == pytest.approx(oracle.support())


@EACH_LAW
def test_a_law_has_the_probabilities_that_scipy_computes(law, oracle):
    points = np.linspace(-6.0, 8.0, 57)
    assert [law.cdf(x) for x in points] == pytest.approx(oracle.cdf(points), abs=1e-14)


@pytest.mark.parametrize(
    "law",
    [*(law for law, _ in LAWS.values()), Distribution.constant(0.5)],
    ids=lambda law: law.family,
)
def test_a_law_survives_being_written(law):
    assert Distribution.from_dict(law.to_dict()) == law
    assert ("low" in law.to_dict()) is math.isfinite(law.low)


def test_a_constant_has_all_its_probability_at_its_value():
    law = Distribution.constant(0.5)
    assert (law.mean, law.stddev, law.kurtosis) == (0.5, 0.0, 1.0)
    assert [law.cdf(x) for x in (0.49, 0.5, 0.51)] == [0.0, 1.0, 1.0]


# Consistency of values with a law


def draw(name, size, seed):
    return LAWS[name][1].rvs(size, random_state=np.random.default_rng(seed))


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("dtype", ["float32", ml_dtypes.bfloat16, "float16"], ids=str)
@pytest.mark.parametrize("size", [1, 2, 10, 64, 1000, 50_000])
def test_draws_of_a_law_are_consistent_with_it(name, size, dtype):
    for seed in range(5):
        values = draw(name, size, seed).astype(dtype)
        assert inconsistency(values, LAWS[name][0]) is None


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_few_draws_are_not_doubted_more_often_than_many(size):
    """One false alarm in a million: none in two thousand."""
    law = Distribution.normal(0.0, 1.0)
    values = np.random.default_rng(0).normal(size=(2000, size))
    assert [found for one in values if (found := inconsistency(one, law))] == []


def test_a_wrong_law_of_the_right_moments_is_found_out():
    """Uniform values of the mean and stddev of a normal law."""
    half = math.sqrt(12) * 2.0 / 2
    values = np.random.default_rng(0).uniform(1.0 - half, 1.0 + half, 5000)
    found = inconsistency(values, LAWS["normal"][0])
    assert found.startswith("distribution off by 0.0")
    assert " from normal (p = " in found


@pytest.mark.parametrize("name", LAWS)
def test_a_wrong_mean_is_found_out(name):
    values = draw(name, 5000, 0)
    law, _ = LAWS[name]
    shifted = (values - 1.0) * 0.9 + 1.2
    found = inconsistency(shifted, law)
    assert found.startswith(f"mean {shifted.mean():.6g} where 1 is expected (p = ")


@pytest.mark.parametrize("name", LAWS)
def test_a_wrong_stddev_is_found_out(name):
    law = LAWS[name][0]
    values = (draw(name, 5000, 0) - 1.0) * 0.8 + 1.0
    found = inconsistency(values, law)
    assert found.startswith("stddev ")
    assert f" where {law.stddev:.6g} is expected (p = " in found


@pytest.mark.parametrize("name", ["uniform", "truncated_normal"])
def test_a_value_outside_the_support_is_found_out(name):
    law = LAWS[name][0]
    values = draw(name, 100, 0)
    values[3] = 7.0
    found = inconsistency(values, law)
    assert found == f"values from {values.min():.6g} to 7 leave [{law.low:.6g}, {law.high:.6g}]"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16], ids=str)
@pytest.mark.parametrize("law", [Distribution.constant(0.1), Distribution.normal(0.1, 0.0)])
def test_a_constant_is_the_one_number_rounded_to_the_variables_dtype(dtype, law):
    values = np.full(9, 0.1, dtype)
    assert inconsistency(values, law) is None
    values[4] = 0.2
    assert inconsistency(values, law) == "not all elements are 0.1"


@pytest.mark.parametrize("law", [law for law, _ in LAWS.values()], ids=lambda law: law.family)
def test_values_that_are_no_numbers_are_consistent_with_no_law(law):
    values = np.array([1.0, np.nan, np.inf])
    assert inconsistency(values, law) == "not all elements are finite numbers"


@pytest.mark.parametrize("law", [law for law, _ in LAWS.values()], ids=lambda law: law.family)
def test_no_values_are_consistent_with_every_law(law):
    assert inconsistency(np.empty((0, 3)), law) is None


EXTREMES = (5e-324, 1e-308, 1.0, 1e308)


@pytest.mark.parametrize("mean", [0.0, *EXTREMES, -1e308])
@pytest.mark.parametrize("stddev", EXTREMES)
@pytest.mark.parametrize("family", ["normal", "uniform", "truncated_normal"])
def test_numbers_of_any_size_are_judged(family, mean, stddev):
    """An audit may hold whatever a double can: it is doubted, and never fails."""
    ends = {} if family == "normal" else {"low": mean - stddev, "high": mean + stddev}
    law = Distribution(family=family, mean=mean, stddev=stddev, **ends)
    values = np.random.default_rng(0).normal(7.0, 3.0, size=100)
    assert inconsistency(values, law) is not None
    assert inconsistency(np.full(100, 1e308), law) is not None
