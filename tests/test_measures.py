"""What an audit records of values is exact, and a law is doubted only for good reason."""

from __future__ import annotations

import hashlib
import math
import tracemalloc

import ml_dtypes
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from declinit.audits.background import Beside
from declinit.audits.consistency import inconsistency
from declinit.audits.measures import CHUNK, Measure, Meter, measure
from declinit.kinds.distributions import Distribution

DTYPES = ["float16", "float32", "float64", ml_dtypes.bfloat16, "int8", "bool"]
NOTHING = {"mean": None, "stddev": None, "min": None, "max": None}


def values_of(dtype, size=1000, seed=0):
    return (np.random.default_rng(seed).normal(1.0, 2.0, size) * 10).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_measure_equals_what_numpy_computes(dtype):
    values = values_of(dtype)
    taken, wide = measure([values.reshape(10, 100)]), values.astype(np.float64)
    assert (taken.min, taken.max) == (wide.min(), wide.max())
    assert taken.mean == pytest.approx(wide.mean(), rel=1e-13)
    assert taken.stddev == pytest.approx(wide.std(), rel=1e-13)
    assert taken.digest == hashlib.sha256(values.tobytes()).hexdigest()


@given(st.lists(st.integers(0, 40), max_size=6), st.integers(0, 9))
def test_pieces_measure_as_the_whole_does(sizes, seed):
    values = values_of("float32", sum(sizes), seed)
    pieces = np.split(values, np.cumsum(sizes)[:-1]) if sizes else []
    assert measure(pieces) == measure([values])


def test_pieces_of_many_chunks_measure_as_the_whole_does():
    values = values_of("float32", 3 * CHUNK + 5)
    pieces = np.split(values, [7, CHUNK - 1, CHUNK, 2 * CHUNK + 9])
    assert measure(pieces) == measure([values])


def test_values_of_many_chunks_measure_as_numpy_does():
    values = values_of("float32", 2 * CHUNK + 3)
    taken = measure([values])
    assert taken.mean == pytest.approx(values.mean(dtype=np.float64), rel=1e-12)
    assert taken.stddev == pytest.approx(values.std(dtype=np.float64), rel=1e-12)


def test_the_digest_is_of_little_endian_elements_in_row_major_order():
    values = np.arange(6, dtype="float32").reshape(2, 3)
    assert measure([values.astype(">f4")]).digest == measure([values]).digest
    assert measure([np.asfortranarray(values)]).digest == measure([values]).digest
    assert measure([values.T]).digest != measure([values]).digest


@pytest.mark.parametrize("value", [0.1, -3e30, 1e-30])
@pytest.mark.parametrize("dtype", ["float32", ml_dtypes.bfloat16], ids=str)
def test_constants_measure_exactly(dtype, value):
    values = np.full(CHUNK + 1, value, dtype)
    only = float(values[0])
    taken = measure([values])
    assert (taken.mean, taken.stddev, taken.min, taken.max) == (only, 0.0, only, only)


def test_extremes_are_exact_beside_a_value_of_another_size():
    taken = measure([np.array([1.0, 1e-20, 2.0])])
    assert (taken.min, taken.max) == (1e-20, 2.0)


def test_nothing_has_a_digest_and_no_statistics():
    empty = Measure(digest=hashlib.sha256().hexdigest(), **NOTHING)
    assert Meter().result() == empty
    assert measure([np.empty((0, 3), "float32")]) == empty


@pytest.mark.parametrize("at", [0, 2, 4])
def test_values_that_are_no_numbers_have_no_statistics(at):
    values = np.arange(5, dtype="float32")
    values[at] = np.nan
    taken = measure([values[:2], values[2:]])
    assert taken == Measure(digest=hashlib.sha256(values.tobytes()).hexdigest(), **NOTHING)


def test_an_infinite_value_leaves_the_finite_statistics():
    taken = measure([np.array([1.0, -np.inf, 3.0], "float32")])
    assert (taken.mean, taken.stddev, taken.min, taken.max) == (None, None, None, 3.0)


# Beside other work


@pytest.mark.parametrize("waiting", [1, 300_000, Beside.WAITING_BYTES])
def test_measures_taken_beside_other_work_are_those_taken_alone(waiting, monkeypatch):
    """However many bytes may wait, and in however many pieces of whatever size values come."""
    monkeypatch.setattr(Beside, "WAITING_BYTES", waiting)
    cuts = [3, Beside.SMALL, 2 * Beside.SMALL + 1, 60_000, 120_000]
    variables = [np.split(values_of("float32", 130_000 + n, n), cuts[n % 4 :]) for n in range(12)]
    beside = Beside()
    takings = [beside.begin() for _ in variables]
    for taking, pieces in zip(takings, variables, strict=True):
        for piece in pieces:
            taking.add(piece)
    assert [taking.result() for taking in takings] == [measure(pieces) for pieces in variables]


def test_of_a_variable_that_ended_nothing_is_kept():
    """A model may have thousands, and their measures are asked for last."""
    values, beside, count = values_of("float32", 100_000), Beside(), 200
    takings = []
    tracemalloc.start()
    for _ in range(count):
        takings.append(beside.begin())
        takings[-1].add(values)
        takings[-1].end()
    measures = {taking.result() for taking in takings}
    _kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert measures == {measure([values])}
    assert peak < count * values.nbytes / 2


def test_what_fails_beside_other_work_is_told_with_the_result():
    taking = Beside().begin()
    taking.add(np.full(2 * Beside.SMALL, "no number"))
    with pytest.raises(ValueError, match=r"could not convert string to float: .*no number"):
        taking.result()


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
