"""What a model receives follows the law that its policy names, exactly or by tests of it.

Each test rejects at a probability of 1e-4; seeds are fixed, so that it always says the same.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from random_kinds import KERAS_NOISE, host
from scipy import stats

import declinit
from declinit.kinds.extensions import current_registry

pytestmark = KERAS_NOISE

SIGNIFICANCE = 1e-4
FAN_IN, FAN_OUT = 64, 512
CUT = 0.87962566103423978
DTYPES = pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
GENERATORS = pytest.mark.parametrize("generator", ["portable", "keras"])


def truncated(stddev: float, mean: float = 0.0):
    """A normal law cut at two of its standard deviations."""
    return stats.truncnorm(-2, 2, mean, stddev)


def uniform(low: float, high: float):
    return stats.uniform(low, high - low)


# Initializer, as a spec has it, and the exact law of one element of a kernel.
LAWS = {
    "random_normal": (
        {"name": "random_normal", "mean": 0.1, "stddev": 0.2},
        stats.norm(0.1, 0.2),
    ),
    "truncated_normal": (
        {"name": "truncated_normal", "mean": -0.1, "stddev": 0.3},
        truncated(0.3, -0.1),
    ),
    "random_uniform": (
        {"name": "random_uniform", "minval": -0.3, "maxval": 0.1},
        uniform(-0.3, 0.1),
    ),
    "glorot_normal": ("glorot_normal", truncated((2 / (FAN_IN + FAN_OUT)) ** 0.5 / CUT)),
    "glorot_uniform": (
        "glorot_uniform",
        uniform(-((6 / (FAN_IN + FAN_OUT)) ** 0.5), (6 / (FAN_IN + FAN_OUT)) ** 0.5),
    ),
    "he_normal": ("he_normal", truncated((2 / FAN_IN) ** 0.5 / CUT)),
    "he_uniform": ("he_uniform", uniform(-((6 / FAN_IN) ** 0.5), (6 / FAN_IN) ** 0.5)),
    "lecun_normal": ("lecun_normal", truncated((1 / FAN_IN) ** 0.5 / CUT)),
    "lecun_uniform": ("lecun_uniform", uniform(-((3 / FAN_IN) ** 0.5), (3 / FAN_IN) ** 0.5)),
    "variance_scaling": (
        {"name": "variance_scaling", "scale": 3, "mode": "fan_out", "distribution": "uniform"},
        uniform(-((9 / FAN_OUT) ** 0.5), (9 / FAN_OUT) ** 0.5),
    ),
    "untruncated": (
        {"name": "variance_scaling", "distribution": "untruncated_normal"},
        stats.norm(0, (1 / FAN_IN) ** 0.5),
    ),
}


def kernel_of(initializer, dtype: str, generator: str, shape=(FAN_IN, FAN_OUT)):
    """A kernel that `declinit.apply` filled, and its record."""
    dense = keras.layers.Dense(shape[1], use_bias=False, dtype=dtype, name="dense")
    model = keras.Sequential([keras.Input((shape[0],)), dense])
    rules = [{"match": "**/kernel", "initializer": initializer}]
    config = {"declinit": 1, "seed": 20, "generator": generator, "rules": rules}
    audit = declinit.apply(declinit.Spec.from_config(config, current_registry()), model)
    return host(dense.kernel.value), audit["dense/kernel"]


def variance_probability(values: np.ndarray, law) -> float:
    """Two-sided, by the chi-square law of as many degrees of freedom as its kurtosis has.

    For a normal law these are the number of elements, and the test is exact.
    """
    kurtosis = float(law.stats("k")) + 3
    degrees = 2 * values.size / (kurtosis - 1)
    statistic = degrees * np.mean((values - law.mean()) ** 2) / law.var()
    tail = stats.chi2(degrees)
    return 2 * min(tail.cdf(statistic), tail.sf(statistic))


@DTYPES
@GENERATORS
@pytest.mark.parametrize("name", LAWS)
def test_values_follow_the_law(name, dtype, generator):
    """By Kolmogorov-Smirnov against its exact distribution, and by the chi-square of variance."""
    initializer, law = LAWS[name]
    values, record = kernel_of(initializer, dtype, generator)
    assert values.dtype == dtype
    wide = values.astype(np.float64).ravel()
    assert record.assignment.expected.mean == pytest.approx(law.mean(), abs=1e-12)
    assert record.assignment.expected.stddev == pytest.approx(law.std(), rel=1e-9)
    against = stats.kstest(wide, law.cdf)
    if dtype == "bfloat16" and (generator, keras.backend.backend()) == ("keras", "jax"):
        # JAX draws on a grid of 128 steps. With that, a rounding and chance it is off by no more.
        assert against.statistic < 1 / 40
        return
    assert against.pvalue > SIGNIFICANCE
    assert variance_probability(wide, law) > SIGNIFICANCE


@pytest.mark.parametrize("name", LAWS)
def test_neighbours_are_independent(name):
    """Pearson's correlation of each element with the next, along either axis."""
    values, _ = kernel_of(LAWS[name][0], "float32", "portable")
    for shifted, whole in ((values[1:], values[:-1]), (values[:, 1:], values[:, :-1])):
        assert stats.pearsonr(shifted.ravel(), whole.ravel()).pvalue > SIGNIFICANCE


EXACT = {
    "zeros": ("zeros", np.zeros((4, 6))),
    "ones": ("ones", np.ones((4, 6))),
    "constant": ({"name": "constant", "value": 0.3}, np.full((4, 6), 0.3)),
    "identity": ({"name": "identity", "gain": 0.7}, 0.7 * np.eye(4, 6)),
}


@DTYPES
@GENERATORS
@pytest.mark.parametrize("name", EXACT)
def test_constants_are_exact(name, dtype, generator):
    """One rounding of the number to the variable's dtype."""
    initializer, expected = EXACT[name]
    values, _ = kernel_of(initializer, dtype, generator, (4, 6))
    rounded = expected.astype(np.float32).astype(values.dtype)
    assert values.tobytes() == rounded.tobytes()


@DTYPES
@pytest.mark.parametrize("shape", [(128, 128), (128, 64), (64, 128)])
def test_orthogonal_is_orthogonal_and_spread_as_the_uniform_measure(shape, dtype):
    """Each element is a coordinate of a uniform point of the sphere: a shifted beta law."""
    initializer = {"name": "orthogonal", "gain": 2.0}
    values, _ = kernel_of(initializer, dtype, "portable", shape)
    wide = values.astype(np.float64) / 2
    small = wide.T @ wide if shape[0] >= shape[1] else wide @ wide.T
    assert np.abs(small - np.eye(len(small))).max() < {"float32": 1e-6, "bfloat16": 0.01}[dtype]
    half = (max(shape) - 1) / 2
    assert stats.kstest(wide.ravel(), stats.beta(half, half, -1, 2).cdf).pvalue > SIGNIFICANCE


def test_orthogonal_of_keras_is_orthogonal():
    values, _ = kernel_of("orthogonal", "float32", "keras", (64, 32))
    assert np.abs(values.T @ values - np.eye(32)).max() < 1e-5
