"""The kinds and parameters that Keras lacks: what they fill, what a plan says, what is refused."""

from __future__ import annotations

import itertools
import json
import math

import keras
import ml_dtypes
import numpy as np
import pytest
from doubts import doubt
from scipy import stats

import declinit
from declinit.errors import ResolveError, SpecError
from declinit.initializers import (
    BoundedTruncatedNormal,
    BoundedVarianceScaling,
    ConstantArray,
    DeltaOrthogonal,
    Dirac,
    LogUniform,
    Sparse,
)
from declinit.initializers.sparseness import least_of_each
from declinit.kinds.distributions import Distribution
from declinit.kinds.moments import cut_normal, log_uniform
from declinit.kinds.rows import BUILTIN
from declinit.random.distributions import LEAST_BOUNDS, LEAST_LOG_UNIFORM
from declinit.render.layouts.plans import plan_layout

SIGNIFICANCE = 1e-4
DTYPES = ["float16", "bfloat16", "float32", "float64"]

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*unbuilt state:UserWarning"),
]


class Holder(keras.layers.Layer):
    """One weight, `kernel`."""

    def build(self, input_shape):
        self.add_weight(name="kernel", shape=input_shape, initializer="zeros")


def kernel_model(shape: tuple[int, ...]) -> keras.layers.Layer:
    """A layer whose kernel has this shape."""
    layer = Holder(name="l")
    layer.build(shape)
    return layer


def policy(initializer, generator="portable") -> declinit.Spec:
    rules = [{"match": "**/kernel", "initializer": initializer}]
    config = {"declinit": 1, "seed": 3, "fans": "keras", "generator": generator, "rules": rules}
    return declinit.Spec.from_config(config)


def planned(initializer, shape, generator="portable"):
    """The assignment of a kernel of this shape."""
    return declinit.resolve(policy(initializer, generator), kernel_model(shape))["kernel"]


def refusal(initializer, shape=(4, 6), generator="portable") -> str:
    """Why there is no plan, or not even a spec."""
    with pytest.raises((SpecError, ResolveError)) as caught:
        planned(initializer, shape, generator)
    return str(caught.value)


# What each one makes, and that shards are parts of it

CASES = {
    "bounds": (BoundedTruncatedNormal(0.5, 0.1, seed=1, bounds=3), (6, 8)),
    "scaled bounds": (BoundedVarianceScaling(seed=1, bounds=0.5), (6, 8)),
    "log-uniform": (LogUniform(0.001, 0.1, seed=1), (6, 8)),
    "array": (ConstantArray([[0.1, 0.2], [0.3, 1e30]], axes=[2, 0]), (2, 3, 2, 2)),
    "dirac": (Dirac(2), (3, 4, 2, 6)),
    "wide dirac": (Dirac(), (3, 6, 2)),
    "delta-orthogonal": (DeltaOrthogonal(2.0, seed=1), (3, 4, 4, 6)),
    "sparse": (Sparse(0.3, 0.1, seed=1), (30, 8)),
}
EACH_CASE = pytest.mark.parametrize("case", CASES)


@EACH_CASE
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_block_of_any_dtype_holds_the_bits_of_the_whole(case, dtype):
    """Cut in two along every axis, and empty blocks; into memory that is given, too."""
    initializer, shape = CASES[case]
    whole = initializer.values(shape, dtype)
    halves = [(slice(0, n // 2), slice(n // 2, n), slice(n, n)) for n in shape]
    for block in itertools.product(*halves):
        made = initializer.values(shape, dtype, block)
        assert made.dtype == whole.dtype == np.dtype(getattr(ml_dtypes, dtype, dtype))
        assert made.shape == whole[block].shape
        assert made.tobytes() == whole[block].tobytes()
        out = np.full_like(made, 7)
        assert initializer.values(shape, dtype, block, out=out) is out
        assert out.tobytes() == made.tobytes()


@EACH_CASE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_types_are_one_rounding_of_float32(case, dtype):
    initializer, shape = CASES[case]
    half, single = initializer.values(shape, dtype), initializer.values(shape, "float32")
    with np.errstate(over="ignore"):
        assert half.tobytes() == single.astype(half.dtype).tobytes()


@EACH_CASE
def test_a_variable_without_elements_is_empty(case):
    initializer, shape = CASES[case]
    if case == "array":
        initializer = ConstantArray([], axes=[-1])
    for empty in ((0, *shape[1:]), (*shape[:-1], 0)):
        if case == "delta-orthogonal" and not empty[-1]:
            continue  # fewer outputs than inputs
        if case == "array" and empty[-1]:
            continue
        assert initializer.values(empty, "float32").shape == empty


@EACH_CASE
def test_a_tensor_holds_the_values(case):
    initializer, shape = CASES[case]
    tensor = keras.ops.convert_to_numpy(initializer(shape, dtype="float32"))
    assert np.asarray(tensor).tobytes() == initializer.values(shape, "float32").tobytes()


@EACH_CASE
def test_an_initializer_comes_back_from_its_config(case):
    """As JSON, by Keras and by declinit, under the name of its kind."""
    initializer, shape = CASES[case]
    config = json.loads(json.dumps(keras.initializers.serialize(initializer)))
    back = keras.initializers.get(config)
    assert type(back) is type(initializer)
    assert back.get_config() == initializer.get_config()
    assert back.values(shape, "float32").tobytes() == initializer.values(shape, "float32").tobytes()
    kind = BUILTIN.find(config["registered_name"])
    given = kind.given(config["registered_name"], config["config"])
    again = kind.build("portable", given)
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()


@pytest.mark.parametrize("cls", [BoundedTruncatedNormal, BoundedVarianceScaling])
def test_what_bounds_are_added_to_has_the_defaults_of_keras(cls):
    """And without other bounds the bits of the class of that name."""
    plain = cls.__name__.removeprefix("Bounded")
    ours, theirs = cls(seed=1), getattr(declinit.initializers, plain)(seed=1)
    assert ours.get_config() == {**theirs.get_config(), "bounds": 2.0}
    assert ours.values((9, 9), "float32").tobytes() == theirs.values((9, 9), "float32").tobytes()


@pytest.mark.parametrize(("kernel", "padding"), [((3,), "same"), ((4,), "same"), ((3, 5), "same")])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_dirac_convolution_gives_its_input_back(kernel, padding, groups):
    """A window of even size has its center where torch and Keras' padding have it not: shifted."""
    rank = len(kernel)
    layer = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D}[rank](
        4, kernel, padding=padding, groups=groups, kernel_initializer=Dirac(groups)
    )
    x = np.random.default_rng(0).normal(size=(2, *(7,) * rank, 4)).astype("float32")
    y = keras.ops.convert_to_numpy(layer(x))
    shifted = y[:, :-1] if kernel[0] % 2 == 0 else y
    expected = x[:, 1:] if kernel[0] % 2 == 0 else x
    np.testing.assert_allclose(shifted, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("groups", "shape"),
    [(1, (3, 2, 5)), (1, (4, 5, 2)), (3, (1, 2, 6)), (2, (3, 2, 4, 3, 8)), (2, (3, 4, 1, 2))],
)
def test_a_dirac_kernel_is_that_of_torch(groups, shape):
    """Element by element, as torch.nn.init.dirac_ loops over `(out, in, ...)`."""
    *window, inputs, outputs = shape
    expected = np.zeros(shape, np.float32)
    for group in range(groups):
        for channel in range(min(outputs // groups, inputs)):
            center = tuple(size // 2 for size in window)
            expected[(*center, channel, group * (outputs // groups) + channel)] = 1
    assert Dirac(groups).values(shape, "float32").tobytes() == expected.tobytes()


def test_a_delta_orthogonal_convolution_keeps_norms():
    layer = keras.layers.Conv2D(
        8, 3, padding="same", use_bias=False, kernel_initializer=DeltaOrthogonal(seed=1)
    )
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 4)).astype("float32")
    y = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(np.linalg.norm(y, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-5)


@pytest.mark.parametrize(
    ("rows", "sparsity", "zeros"),
    [(30, 0.1, 3), (30, 0.11, 4), (7, 0.5, 4), (784, 1 - 15 / 784, 769), (5, 0, 0), (5, 1, 5)],
)
def test_every_unit_of_a_sparse_kernel_lacks_as_many_inputs(rows, sparsity, zeros):
    values = Sparse(sparsity, seed=2).values((rows, 50), "float32")
    assert ((values == 0).sum(axis=0) == zeros).all()


def test_of_equal_numbers_the_first_inputs_are_left_out():
    """Which 64 bits all but never come to, and the specification says nevertheless."""
    numbers = np.array([[5, 1, 1, 1, 9], [3, 2, 1, 0, 4]], np.uint64)
    assert least_of_each(numbers, 2).astype(int).tolist() == [[0, 1, 1, 0, 0], [0, 0, 1, 1, 0]]
    assert not least_of_each(numbers, 0).any()
    assert least_of_each(numbers, 5).all()


def test_a_sparse_kernel_lacks_each_input_equally_often():
    """By the chi-square of rows; in columns the count is fixed, which makes it smaller."""
    values = Sparse(0.25, seed=2).values((40, 5000), "float32")
    zeros = (values == 0).sum(axis=1)
    statistic = ((zeros - 1250) ** 2).sum() / (5000 * 0.25 * 0.75) * 39 / 40
    assert SIGNIFICANCE < stats.chi2(39).sf(statistic) < 1 - SIGNIFICANCE
    others = values[values != 0].astype(float)
    assert stats.kstest(others, stats.norm(0, 0.01).cdf).pvalue > SIGNIFICANCE


A = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("value", "axes", "shape", "expected"),
    [
        (A, None, (2, 3), [A, A]),
        (A, [-1], (2, 3), [A, A]),
        (A, [0], (3, 2), [[1, 1], [2, 2], [3, 3]]),
        ([[1, 2, 3], [4, 5, 6]], [1, 0], (3, 2), [[1, 4], [2, 5], [3, 6]]),
        ([[1], [2]], None, (2, 3), [[1, 1, 1], [2, 2, 2]]),
        ([5], [0], (2, 2), [[5, 5], [5, 5]]),
        (7, None, (2,), [7, 7]),
        (7, None, (), 7),
        ([[1, 2]], [2, 0], (2, 1, 3), [[[1, 1, 1]], [[2, 2, 2]]]),
    ],
)
def test_an_array_is_repeated_along_the_axes_that_it_has_not(value, axes, shape, expected):
    for given in (value, np.array(value, np.float32)):
        made = ConstantArray(given, axes).values(shape, "float32")
        assert made.tobytes() == np.array(expected, np.float32).tobytes()


def test_an_array_is_exact_in_float64():
    assert ConstantArray([0.1]).values((1,), "float64")[0] == 0.1
    assert ConstantArray([0.1]).values((1,), "float32")[0] == np.float32(0.1)


# What is refused

BAD_CALLS = [
    (lambda: Dirac(0), "`groups` must be a positive integer. Received: groups=0"),
    (lambda: Dirac(True), "`groups` must be a positive integer. Received: groups=True"),
    (
        lambda: Dirac()((3, 3)),
        "`Dirac` fills kernels of rank 3 to 5. Received: shape=(3, 3)",
    ),
    (
        lambda: Dirac(4)((3, 3, 6)),
        "`Dirac` cannot fill this shape: its 6 output channels are not 4 groups of equal size. "
        "Received: shape=(3, 3, 6)",
    ),
    (
        lambda: DeltaOrthogonal()((3, 4, 2)),
        "`DeltaOrthogonal` cannot fill this shape: it needs at least as many output as input "
        "channels, not 2 for 4. Received: shape=(3, 4, 2)",
    ),
    (lambda: Sparse(1.5), "`sparsity` must be from 0 to 1. Received: sparsity=1.5"),
    (lambda: Sparse(math.nan), "`sparsity` must be from 0 to 1. Received: sparsity=nan"),
    (lambda: Sparse(0.5)((3, 3, 3)), "`Sparse` fills matrices. Received: shape=(3, 3, 3)"),
    (lambda: BoundedTruncatedNormal(bounds=0), "bounds must be at least 0.01, received 0.0"),
    (
        lambda: BoundedVarianceScaling(distribution="uniform", bounds=3),
        "`bounds` cut a truncated normal. Received: distribution='uniform'",
    ),
    (lambda: LogUniform(0, 1), "low must be at least 1e-18, received 0.0"),
    (lambda: LogUniform(2, 1), "low must be less than high, received 2.0 and 1.0"),
    (
        lambda: ConstantArray([1, 2], axes=[0, 1]),
        "`axes` must name one axis for each of `value`, which has 1. Received: axes=[0, 1]",
    ),
    (lambda: ConstantArray([[1], [1, 2]]), "lists that lie side by side must have equal shapes"),
    (
        lambda: ConstantArray(A)((2, 2)),
        "`ConstantArray` cannot fill this shape: its value has 3 elements along axis -1. "
        "Received: shape=(2, 2)",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS, ids=[said for _, said in BAD_CALLS])
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is compared
        call()
    assert str(caught.value) == message


DELTA, WIDE = {"name": "delta_orthogonal"}, (3, 4, 2)
REFUSED = [
    (
        DELTA,
        WIDE,
        "delta_orthogonal cannot fill shape 3x4x2: it needs at least as many output as "
        "input channels, not 2 for 4: kernel [DI308]",
    ),
    (
        DELTA,
        (4, 4),
        "delta_orthogonal cannot fill shape 4x4, it needs rank 3 to 5: kernel [DI308]",
    ),
    (
        {"name": "dirac", "groups": 4},
        (3, 3, 6),
        "dirac cannot fill shape 3x3x6: its 6 output "
        "channels are not 4 groups of equal size: kernel [DI308]",
    ),
    (
        {"name": "sparse", "sparsity": 0.5},
        (3, 3, 6),
        "sparse cannot fill shape 3x3x6, it needs rank 2: kernel [DI308]",
    ),
    (
        {"name": "constant", "value": A},
        (3, 2),
        "constant cannot fill shape 3x2: its value has 3 elements along axis -1: kernel [DI308]",
    ),
    (
        {"name": "constant", "value": [A]},
        (3,),
        "constant cannot fill shape 3: its value has rank 2: kernel [DI308]",
    ),
    (
        {"name": "constant", "value": A, "axes": [2]},
        (3, 2),
        "constant cannot fill shape 3x2: it has no axis 2: kernel [DI308]",
    ),
    (
        {"name": "constant", "value": [A, A, A], "axes": [0, -2]},
        (3, 2),
        "constant cannot fill shape 3x2: axes [0, -2] name one twice: kernel [DI308]",
    ),
]


@pytest.mark.parametrize(("initializer", "shape", "message"), REFUSED, ids=str)
def test_a_plan_refuses_what_does_not_fit_a_shape(initializer, shape, message):
    assert refusal(initializer, shape) == f"rules[0]: {message}"


INVALID = [
    (
        {"name": "truncated_normal", "bounds": 0},
        ".bounds: expected at least 0.01, received 0 [DI205]",
    ),
    (
        {"name": "truncated_normal", "bounds": [-2, 2]},
        ".bounds: expected a number or a formula, received [-2, 2] [DI203]",
    ),
    (
        {"name": "variance_scaling", "distribution": "uniform", "bounds": 3},
        ": variance_scaling: bounds cut a truncated normal, received distribution 'uniform' [DI210]",
    ),
    ({"name": "log_uniform", "minval": 0.1}, ": missing key 'maxval' [DI202]"),
    (
        {"name": "log_uniform", "minval": 0, "maxval": 1},
        ".minval: expected at least 1e-18, received 0 [DI205]",
    ),
    (
        {"name": "log_uniform", "minval": 2, "maxval": 1},
        ": log_uniform: minval must be below maxval, received minval=2 and maxval=1 [DI210]",
    ),
    ({"name": "sparse"}, ": missing key 'sparsity' [DI202]"),
    ({"name": "sparse", "sparsity": 2}, ".sparsity: expected at most 1, received 2 [DI205]"),
    ({"name": "dirac", "groups": 0}, ".groups: expected at least 1, received 0 [DI205]"),
    (
        {"name": "constant", "value": [1, None]},
        ".value[1]: expected a number, a list or a formula, received null [DI203]",
    ),
    (
        {"name": "constant", "value": [[1], [1, 2]]},
        ": constant: lists that lie side by side must have equal shapes [DI210]",
    ),
    (
        {"name": "constant", "value": [1], "axes": [0, 1]},
        ": constant: a value of rank 1 needs 1 axes, received 2 [DI210]",
    ),
    (
        {"name": "constant", "value": 1, "axes": [0]},
        ": constant: axes are those of a list, received a number as value [DI210]",
    ),
    (
        {"name": "constant", "value": [[[[[[1]]]]]]},
        ".value[0][0][0][0][0]: expected a number or a formula, received [1] [DI203]\n"
        "rules[0].initializer: constant: lists lie in each other, more than 5 deep [DI210]",
    ),
]


@pytest.mark.parametrize(("initializer", "message"), INVALID, ids=str)
def test_a_spec_with_parameters_that_make_no_sense_is_refused(initializer, message):
    """All of it before there is a model."""
    with pytest.raises(SpecError) as caught:
        policy(initializer)
    expected = f"rules[0].initializer{message}".split("\n")
    assert sorted(str(caught.value).split("\n")) == sorted(expected)


def test_the_limits_of_rows_are_those_of_the_generator():
    """Rows are read without NumPy, which the generator needs."""
    assert BUILTIN["truncated_normal"].parameters["bounds"]["minimum"] == LEAST_BOUNDS
    assert BUILTIN["variance_scaling"].parameters["bounds"]["minimum"] == LEAST_BOUNDS
    assert BUILTIN["log_uniform"].parameters["minval"]["minimum"] == LEAST_LOG_UNIFORM


@pytest.mark.parametrize(
    ("initializer", "message"),
    [
        (
            {"name": "truncated_normal", "bounds": 3},
            "truncated_normal(bounds=3) cannot be built: generator 'keras' has no parameter "
            "'bounds' for it: kernel; use `generator: portable` [DI312]",
        ),
        (
            {"name": "log_uniform", "minval": 1, "maxval": 2},
            "log_uniform(minval=1, maxval=2) cannot be built: Keras has no initializer "
            "log_uniform: kernel; use `generator: portable` [DI312]",
        ),
    ],
)
def test_what_draws_and_keras_lacks_needs_the_portable_generator(initializer, message):
    assert refusal(initializer, generator="keras") == f"rules[0]: {message}"


@pytest.mark.parametrize(
    ("initializer", "shape"),
    [({"name": "constant", "value": A}, (2, 3)), ({"name": "dirac"}, (3, 2, 2))],
)
def test_what_draws_nothing_is_made_under_either_generator(initializer, shape):
    for generator in ("keras", "portable"):
        model = kernel_model(shape)
        declinit.apply(policy(initializer, generator), model)
        assert np.any(keras.ops.convert_to_numpy(model.weights[0].value))


# What a plan promises

PROMISES = {
    "cut at 3": (
        {"name": "truncated_normal", "mean": 0.1, "stddev": 0.2, "bounds": 3},
        stats.truncnorm(-3, 3, 0.1, 0.2),
    ),
    "cut at 0.5": (
        {"name": "truncated_normal", "bounds": 0.5},
        stats.truncnorm(-0.5, 0.5, 0, 0.05),
    ),
    "cut at 100": (
        {"name": "truncated_normal", "stddev": 0.02, "bounds": 100},
        stats.norm(0, 0.02),
    ),
    "scaled, cut at 3": (
        {"name": "variance_scaling", "scale": 2, "bounds": 3},
        stats.truncnorm(-3, 3, 0, (2 / 64) ** 0.5 / 0.9865783925581086),
    ),
    "log-uniform": (
        {"name": "log_uniform", "minval": 0.001, "maxval": 0.1},
        stats.loguniform(0.001, 0.1),
    ),
}


@pytest.mark.parametrize("name", PROMISES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_values_follow_the_distribution_that_the_plan_promises(name, dtype):
    """By Kolmogorov-Smirnov, at a probability of 1e-4, and by the audit's own tests."""
    initializer, exact = PROMISES[name]
    assignment = planned(initializer, (64, 512))
    expected = assignment.expected
    assert expected.mean == pytest.approx(exact.mean(), abs=1e-12)
    assert expected.stddev == pytest.approx(exact.std(), rel=1e-9)
    assert expected.kurtosis == pytest.approx(float(exact.stats("k")) + 3, rel=1e-9)
    points = exact.ppf([0.01, 0.3, 0.5, 0.9])
    assert [expected.cdf(x) for x in points] == pytest.approx([0.01, 0.3, 0.5, 0.9], rel=1e-9)
    plan = declinit.resolve(policy(initializer), kernel_model((64, 512)))
    values = plan.build("kernel").values((64, 512), dtype)
    if dtype == "float32":
        assert stats.kstest(values.astype(float).ravel(), exact.cdf).pvalue > SIGNIFICANCE
    assert doubt(values, expected) is None
    assert doubt((values * 1.1).astype(values.dtype), expected)


def test_a_plan_promises_the_share_of_zeros_of_a_sparse_kernel():
    """As many as there are, which the share alone does not say."""
    expected = planned({"name": "sparse", "sparsity": 0.3, "stddev": 0.5}, (64, 512)).expected
    assert (expected.family, expected.zeros) == ("sparse_normal", 20 / 64)
    assert expected.stddev == pytest.approx(0.5 * (44 / 64) ** 0.5)
    values = Sparse(0.3, 0.5, seed=1).values((64, 512), "float32")
    assert doubt(values, expected) is None
    others = {
        "fewer zeros": Sparse(0.2, 0.5, seed=1).values((64, 512), "float32"),
        "none": Sparse(0, expected.stddev, seed=1).values((64, 512), "float32"),
        "wider": values * np.float32(1.1),
    }
    assert all(doubt(other, expected) for other in others.values())


def test_a_kernel_without_inputs_left_is_zero():
    assert planned({"name": "sparse", "sparsity": 1}, (4, 4)).expected == Distribution.constant(0.0)


@pytest.mark.parametrize("name", PROMISES)
def test_a_plan_reads_its_promises_back(name):
    expected = planned(PROMISES[name][0], (64, 512)).expected
    assert Distribution.from_dict(json.loads(json.dumps(expected.to_dict()))) == expected


@pytest.mark.parametrize(
    ("initializer", "shape"), [({"name": "constant", "value": A}, (2, 3)), ("dirac", (3, 2, 2)),
                               ("delta_orthogonal", (3, 2, 2))]
)  # fmt: skip
def test_elements_that_differ_by_place_have_no_common_distribution(initializer, shape):
    assert planned(initializer, shape).expected is None


def test_moments_of_a_cut_normal_are_the_doubles_nearest_to_the_exact_ones():
    """Against digits computed elsewhere, from density and error function; at 2 it is the constant that Keras writes."""
    assert cut_normal(2.0).stddev == 0.87962566103423978
    assert cut_normal(1.0).stddev == 0.53956009375489697276
    assert cut_normal(3.0).stddev == 0.98657839255810862127
    assert cut_normal(0.01).stddev == 0.00577346420193329912
    assert cut_normal(1e6) == (0.0, 1.0, 3.0)
    assert log_uniform(1.0, math.e).mean == pytest.approx(math.e - 1, rel=1e-15)


def test_explicit_bounds_of_two_are_those_of_keras():
    """The class, the values and what a saved model holds."""
    plan = declinit.resolve(policy({"name": "truncated_normal", "bounds": 2}), kernel_model((4, 4)))
    assert type(plan.build("kernel")) is declinit.initializers.TruncatedNormal
    assert "bounds" not in plan["kernel"].expected.to_dict()


@pytest.mark.parametrize(
    ("initializer", "shape"),
    [
        ({"name": "truncated_normal", "stddev": 0.02, "bounds": 3}, (4, 6)),
        ({"name": "variance_scaling", "scale": 2.0, "bounds": 3}, (4, 6)),
        ({"name": "log_uniform", "minval": 0.001, "maxval": 0.1}, (4, 6)),
        ({"name": "constant", "value": [1, 2, 3, 4], "axes": [0]}, (4, 6)),
        ({"name": "sparse", "sparsity": 0.5}, (4, 6)),
        ({"name": "delta_orthogonal", "gain": 2.0}, (3, 4, 6)),
        ({"name": "dirac", "groups": 2}, (3, 4, 6)),
    ],
    ids=str,
)
def test_a_layer_keeps_the_initializer_and_an_export_names_it_again(initializer, shape, tmp_path):
    """A saved model holds it, gives the same weights when it is rebuilt, and exports a policy."""
    layer = keras.layers.Dense(6, name="l", use_bias=False)
    if len(shape) == 3:
        layer = keras.layers.Conv1D(6, 3, name="l", use_bias=False)
    model = keras.Sequential([keras.Input((5,) * (len(shape) - 2) + (4,)), layer])
    audit = declinit.apply(policy(initializer), model)
    assert "declinit" in " ".join(audit.notes)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rebuilt = keras.Sequential.from_config(model.get_config())
    for other in (loaded, rebuilt):
        same = (
            keras.ops.convert_to_numpy(one.weights[0].value).tobytes() for one in (model, other)
        )
        assert len(set(same)) == 1
    (rule,) = declinit.export(model).rules
    assert rule.action.initializer.name == initializer["name"]
    params = {k: v for k, v in initializer.items() if k != "name"}
    assert params.items() <= rule.action.initializer.params.items()


@pytest.mark.parametrize(
    ("initializer", "shown"),
    [
        ({"name": "truncated_normal", "stddev": 0.02, "bounds": 3}, "stddev 0.01973"),
        ({"name": "truncated_normal", "stddev": 0.02, "bounds": 100}, "stddev 0.02"),
        (
            {"name": "log_uniform", "minval": 0.001, "maxval": 0.1},
            "within [0.001, 0.1), stddev 0.02497",
        ),
        ({"name": "sparse", "sparsity": 0.25, "stddev": 0.1}, "0.25 of them 0, stddev 0.0866"),
        ({"name": "constant", "value": [1, 2], "axes": [-1]}, ""),
    ],
)
def test_a_plan_shows_people_what_to_expect(initializer, shown):
    plan = declinit.resolve(policy(initializer), kernel_model((8, 2)))
    (table,) = plan_layout(plan, detailed=True).tables
    (cells,) = table.rows
    assert "".join(cell.text for cell in cells[5:]) == shown
