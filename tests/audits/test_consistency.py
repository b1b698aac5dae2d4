"""A distribution has its textbook numbers, and values are doubted only for good reason."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
import scipy.stats
from doubts import doubt, examined

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


def outcome(values, law, test):
    """What one test says of an array."""
    return next(one for one in examined(values, law).outcomes if one.test == test)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("dtype", ["float32", "float64", ml_dtypes.bfloat16, "float16"], ids=str)
@pytest.mark.parametrize("size", [1, 2, 10, 64, 1000, 50_000])
def test_draws_of_a_law_are_not_doubted(name, size, dtype):
    for seed in range(5):
        values = draw(name, size, seed).astype(dtype)
        assert doubt(values, LAWS[name][0]) is None


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_few_draws_are_not_doubted_more_often_than_many(name, size):
    """One false alarm in a million: none in five hundred."""
    values = draw(name, (500, size), 0)
    assert [found for one in values if (found := doubt(one, LAWS[name][0]))] == []


def test_a_wrong_law_of_the_right_moments_is_found_out():
    """Uniform values of the mean and stddev of a normal law."""
    half = math.sqrt(12) * 2.0 / 2
    law, exact = LAWS["normal"]
    values = np.random.default_rng(0).uniform(1.0 - half, 1.0 + half, 5000)
    found = outcome(values, law, "distribution")
    wanted = scipy.stats.kstest(values, exact.cdf, method="exact")
    assert found.found == "the distribution function is off by 0.0622 from that of normal"
    assert (found.observed, found.p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-6)
    assert doubt(values, law) == (
        "not a plausible draw from normal (mean 1, stddev 2): "
        "no value lies further than 1.73 stddevs from the mean, among 5000 (p = 2e-189)"
    )


@pytest.mark.parametrize("name", LAWS)
def test_a_wrong_mean_is_found_out(name):
    law = LAWS[name][0]
    shifted = (draw(name, 5000, 0) - 1.0) * 0.9 + 1.2
    found = outcome(shifted, law, "mean")
    assert found.found == f"mean {shifted.mean():.6g} where 1 is expected"
    assert found.p < 1e-6
    assert doubt(shifted, law)


@pytest.mark.parametrize("name", LAWS)
def test_a_wrong_stddev_is_found_out(name):
    law = LAWS[name][0]
    values = (draw(name, 5000, 0) - 1.0) * 0.8 + 1.0
    around = math.sqrt(np.mean((values - 1.0) ** 2))
    assert f"): stddev {around:.6g} where {law.stddev:.6g} is expected (0." in doubt(values, law)


def test_a_normal_draw_without_tails_or_with_one_value_far_out_is_found_out():
    law = LAWS["normal"][0]
    values = draw("normal", 50_000, 0)
    short = np.clip(values, 1.0 - 2.0 * 2.9, 1.0 + 2.0 * 2.9)
    found = outcome(short, law, "extremes")
    assert found.found == "no value lies further than 2.9 stddevs from the mean, among 50000"
    assert found.p == pytest.approx(2.0 * math.erf(2.9 / math.sqrt(2.0)) ** 50_000, rel=0.01)
    values[7] = 1.0 + 2.0 * 8.0
    found = outcome(values, law, "extremes")
    assert found.found == "a value lies 8 stddevs from the mean, among 50000"
    assert found.p == pytest.approx(2.0 * 50_000 * math.erfc(8.0 / math.sqrt(2.0)), rel=0.01)


@pytest.mark.parametrize("name", ["uniform", "truncated_normal"])
def test_a_value_far_outside_the_support_is_found_out(name):
    law = LAWS[name][0]
    values = draw(name, 100, 0)
    values[3] = 13.0
    assert (
        f"1 of 100 values leave [{law.low:.6g}, {law.high:.6g}]: "
        f"they reach from {values.min():.6g} to 13" in outcome(values, law, "support").found
    )
    assert outcome(values, law, "support").p < 1e-6


def test_what_keras_lets_through_its_cut_on_pytorch_is_not_doubted():
    """There, four in a million values are normal ones that lie beyond two stddevs."""
    law = LAWS["truncated_normal"][0]
    values = draw("truncated_normal", 1_000_000, 0).astype("float32")
    values[:4] = 1.0 + 2.0 * np.array([2.1, -2.4, 2.9, -2.2])
    assert outcome(values, law, "support").p > 0.1
    values[:40] = 1.0 + 2.0 * 2.5
    assert outcome(values, law, "support").p < 1e-20
    few = draw("truncated_normal", 1000, 0).astype("float32")
    few[0] = 1.0 + 2.0 * 5.5
    assert outcome(few, law, "support").p < 1e-6


def test_one_value_beyond_another_cut_is_certain():
    law = Distribution.truncated(0.0, 1.0, 3.0)
    values = np.random.default_rng(0).uniform(-1.0, 1.0, 100)
    values[0] = 3.01
    assert outcome(values, law, "support").p == 0.0


@pytest.mark.parametrize("law", [law for law, _ in LAWS.values()], ids=lambda law: law.family)
@pytest.mark.parametrize(("wrong", "says"), [(np.nan, "1 of 3 elements is no"), (np.inf, "1 of 3")])
def test_values_that_are_no_numbers_are_no_draw_of_any_law(law, wrong, says):
    assert says in doubt(np.array([1.0, 1.5, wrong]), law)
    assert "3 of 3 elements are no finite numbers" in doubt(np.full(3, wrong), law)


@pytest.mark.parametrize("law", [law for law, _ in LAWS.values()], ids=lambda law: law.family)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_no_values_are_doubted_of_no_law(law, shape):
    assert doubt(np.empty(shape), law) is None


@pytest.mark.parametrize("law", [law for law, _ in LAWS.values()], ids=lambda law: law.family)
def test_one_number_in_all_elements_is_no_draw(law):
    assert "all elements are 1" in doubt(np.ones(9), law)


EXTREMES = (5e-324, 1e-308, 1.0, 1e308)


@pytest.mark.parametrize("mean", [0.0, *EXTREMES, -1e308])
@pytest.mark.parametrize("stddev", EXTREMES)
@pytest.mark.parametrize("family", ["normal", "uniform", "truncated_normal"])
def test_numbers_of_any_size_are_judged(family, mean, stddev):
    """An audit may hold whatever a double can: it is doubted, and never fails."""
    ends = {} if family == "normal" else {"low": mean - stddev, "high": mean + stddev}
    law = Distribution(family=family, mean=mean, stddev=stddev, **ends)
    values = np.random.default_rng(0).normal(7.0, 3.0, size=100)
    assert doubt(values, law) is not None
    assert doubt(np.full(100, 1e308), law) is not None
    for odd in (np.zeros(100), np.full(100, 5e-324), np.linspace(-5e-324, 5e-324, 100)):
        doubt(odd, law)


@pytest.mark.parametrize(
    "law",
    [
        Distribution(family="sparse_normal", mean=0.0, stddev=1.0, zeros=1.0),
        Distribution(family="log_uniform", mean=1.0, stddev=1.0),
        Distribution(family="log_uniform", mean=1.0, stddev=1.0, low=-1.0, high=1.0),
        Distribution(family="log_uniform", mean=1.0, stddev=1.0, low=2.0, high=1.0),
    ],
    ids=str,
)
def test_numbers_that_make_no_distribution_are_not_tested(law):
    """As an audit that somebody edited may have."""
    assert examined(np.ones(100), law).outcomes == ()


# Half precision

DRAWS = np.random.default_rng(5).normal(1.0, 2.0, 100)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_values_that_passed_through_a_half_type_are_found_out(dtype, half):
    rounded = DRAWS.astype(ml_dtypes.bfloat16 if half == "bfloat16" else half).astype(dtype)
    assert doubt(rounded, LAWS["normal"][0]) == (
        "not a plausible draw from normal (mean 1, stddev 2): "
        f"all values are numbers of {half}, as after a round trip"
    )
    rounded[50] = DRAWS[50]  # a single one did not
    assert doubt(rounded, LAWS["normal"][0]) is None


@pytest.mark.parametrize("half", [ml_dtypes.bfloat16, "float16"], ids=str)
def test_values_in_a_half_type_are_what_they_are(half):
    assert doubt(DRAWS.astype(half), LAWS["normal"][0]) is None


def test_seven_values_may_be_numbers_of_a_half_type_by_chance():
    assert doubt(DRAWS[:7].astype("float16").astype("float32"), LAWS["normal"][0]) is None


# Repetition


@pytest.mark.parametrize(
    ("axis", "says"),
    [
        (0, "1 of the slices along axis 0 repeat others (5 holds the values of 2)"),
        (1, "1 of the slices along axis 1 repeat others (5 holds the values of 2)"),
        (2, "1 of the slices along axis 2 repeat others (5 holds the values of 2)"),
    ],
)
def test_equal_slices_along_any_axis_are_found_out(axis, says):
    """Such as an expert, a head or a unit that is a copy of another."""
    values = np.random.default_rng(0).normal(1.0, 2.0, (6, 7, 8)).astype("float32")
    moved = np.moveaxis(values, axis, 0)
    moved[5] = moved[2]
    assert says in doubt(values, LAWS["normal"][0])


@pytest.mark.parametrize("shape", [(6, 15), (1, 100), (100,), (3, 0)])
def test_slices_too_small_to_tell_are_not_compared(shape):
    values = np.random.default_rng(0).normal(1.0, 2.0, shape).astype("float32")
    if values.ndim > 1 and shape[0] > 1 and values.size:
        values[5] = values[2]
    found = [one for one in examined(values, LAWS["normal"][0]).outcomes if not one.p]
    assert found == []


# Sparse and log-uniform


def sparse(rows, columns, zeros, seed=0):
    random = np.random.default_rng(seed)
    values = random.normal(0.0, 0.5, (rows, columns)).astype("float32")
    for column in range(columns):
        values[random.permutation(rows)[:zeros], column] = 0
    return values


@pytest.mark.parametrize("zeros", [0, 1, 20, 63])
def test_a_sparse_kernel_has_its_share_of_zeros_in_each_column(zeros):
    law = Distribution.sparse(0.5, zeros / 64)
    assert doubt(sparse(64, 100, zeros), law) is None
    missing = sparse(64, 100, zeros)
    missing[:, 7] = sparse(64, 1, zeros + 1)[:, 0]
    assert (
        f"{zeros} to {zeros + 1} zeros in a column where {zeros} are expected"
        in outcome(missing, law, "zeros").found
        if zeros
        else True
    )
    assert "stddev of what is not zero" in outcome(sparse(64, 9, zeros) * 2, law, "stddev").found


@pytest.mark.parametrize("dtype", ["float32", ml_dtypes.bfloat16, "float16"], ids=str)
def test_the_logarithms_of_a_log_uniform_draw_are_uniform(dtype):
    law = Distribution.log_uniform(1e-3, 0.1)
    values = np.exp(np.random.default_rng(0).uniform(math.log(1e-3), math.log(0.1), 20_000))
    assert doubt(values.astype(dtype), law) is None
    other = np.random.default_rng(0).uniform(1e-3, 0.1, 20_000).astype(dtype)
    assert "mean of the logarithms" in doubt(other, law)


# Pieces


def test_the_order_and_the_size_of_pieces_make_no_difference():
    """A variable is never held whole."""
    from declinit.audits.examination import examined_draws

    values = np.random.default_rng(0).normal(1.0, 2.0, (300, 40, 25)).astype("float32")
    rows = [slice(0, 7), slice(7, 8), slice(8, 299), slice(299, 300)]
    pieces = [((row, slice(0, 40), slice(0, 25)), values[row]) for row in rows]
    law = LAWS["normal"][0]
    found, whole = examined_draws("a", values.shape, pieces, law), examined(values, law)
    assert found.fingerprint == whole.fingerprint
    assert [one.test for one in found.outcomes] == [one.test for one in whole.outcomes]
    assert [one.p for one in found.outcomes] == pytest.approx(
        [one.p for one in whole.outcomes], rel=1e-9
    )


# Calibration

SHAPES = {(70,): 150, (40, 50): 60, (200, 300): 15}


@pytest.mark.parametrize("dtype", ["float32", ml_dtypes.bfloat16], ids=str)
@pytest.mark.parametrize("name", LAWS)
def test_probabilities_of_plausible_draws_are_uniform(name, dtype):
    """So none of them is called improbable more often than it says."""
    for shape, times in SHAPES.items():
        chances = {"mean": [], "stddev": [], "distribution": []}
        if name == "normal" and dtype == "float32":
            chances["extremes"] = []
        for seed in range(times):
            outcomes = examined(draw(name, shape, seed).astype(dtype), LAWS[name][0]).outcomes
            for one in outcomes:
                chances.get(one.test, []).append(one.p)
        for test, found in chances.items():
            assert scipy.stats.kstest(found, "uniform").pvalue > 1e-3, (test, shape)
