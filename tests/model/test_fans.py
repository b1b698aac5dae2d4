"""Fans are what a layer does: with variance 1/fan_in its outputs keep their scale, and so back.

Kernels are drawn by declinit from a distribution of variance `1 / fan_in` or `1 / fan_out`, so a wrong fan
shows as a gain that is off by the factor of its error; the smallest one in the table below is 1.6.
A gain is held to 1 within 10 %, several standard errors of what is measured here.
"""

from __future__ import annotations

from functools import cache

import keras
import numpy as np
import pytest
from keras import layers, ops
from policies import KERAS_NOISE, give, policy, unfilled, values

import declinit

# The rules of these tests are not the point: some decide nothing.
pytestmark = [*KERAS_NOISE, pytest.mark.filterwarnings("ignore::declinit.DeclinitWarning")]

TOLERANCE = 0.1


def model_of(layer: keras.Layer, *shapes: tuple[int, ...], dtype: str = "float32") -> keras.Model:
    """A Functional model of one layer, without values."""
    return unfilled(lambda: filled(layer, *shapes, dtype=dtype))


def filled(layer: keras.Layer, *shapes: tuple[int, ...], dtype: str = "float32") -> keras.Model:
    """A Functional model of one layer, with the values that Keras gives it."""
    inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
    return keras.Model(inputs, layer(*inputs))


def scaled(mode: str) -> dict:
    """A normal distribution of variance 1/fan_in or 1/fan_out."""
    return {
        "name": "variance_scaling",
        "scale": 1.0,
        "mode": mode,
        "distribution": "untruncated_normal",
    }


def initialize(model: keras.Model, name: str, mode: str) -> dict[str, np.ndarray]:
    """Give every variable of one name a variance of 1/fan, and all others zeros."""
    others = give("**", "zeros")
    declinit.apply(policy(others, give(f"**/{name}", scaled(mode))), model)
    return values(model)


def unit(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def inner(array: np.ndarray, spatial: int, border: int, first: bool = False) -> np.ndarray:
    """An image without its border, where a convolution sees less than everywhere else."""
    axes = [slice(border, -border)] * spatial
    return array[(slice(None), *([slice(None)] if first else []), *axes)] if border else array


class Row:
    """One row: a layer, the shape of its input, and how much of an image is border."""

    def __init__(self, layer, shape, variable="kernel", spatial=0, border=0, stride=1):
        self.layer, self.shape, self.variable = layer, shape, variable
        self.spatial, self.border, self.stride = spatial, border, stride


ROWS = {
    "Dense": Row(lambda: layers.Dense(256), (128,)),
    "Conv1D": Row(lambda: layers.Conv1D(48, 5), (40, 24), spatial=1, border=4),
    "Conv2D": Row(lambda: layers.Conv2D(48, 3), (14, 14, 32), spatial=2, border=2),
    "Conv2D dilated": Row(
        lambda: layers.Conv2D(48, 3, dilation_rate=2), (16, 16, 32), spatial=2, border=4
    ),
    "Conv2D groups": Row(lambda: layers.Conv2D(64, 3, groups=4), (14, 14, 32), spatial=2, border=2),
    "Conv3D": Row(lambda: layers.Conv3D(24, 3), (8, 8, 8, 16), spatial=3, border=2),
    "Conv1DTranspose": Row(lambda: layers.Conv1DTranspose(16, 5), (40, 48), spatial=1, border=4),
    "Conv2DTranspose": Row(
        lambda: layers.Conv2DTranspose(16, 3), (12, 12, 48), spatial=2, border=2
    ),
    "DepthwiseConv1D": Row(
        lambda: layers.DepthwiseConv1D(5, depth_multiplier=2), (64, 64), spatial=1, border=4
    ),
    "DepthwiseConv2D": Row(lambda: layers.DepthwiseConv2D(3), (16, 16, 128), spatial=2, border=2),
    "DepthwiseConv2D multiplier": Row(
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=4), (14, 14, 64), spatial=2, border=2
    ),
    "EinsumDense qkv": Row(lambda: layers.EinsumDense("abc,cde->abde", (None, 4, 16)), (8, 96)),
    "EinsumDense out": Row(lambda: layers.EinsumDense("abcd,cde->abe", (None, 96)), (8, 4, 16)),
    "EinsumDense experts": Row(lambda: layers.EinsumDense("bed,edh->beh", (8, 96)), (8, 48)),
}


def on(model: keras.Model, *arrays: np.ndarray) -> np.ndarray:
    """What a model makes of arrays."""
    return ops.convert_to_numpy(model([ops.convert_to_tensor(array) for array in arrays]))


def mean_square(array: np.ndarray) -> float:
    """The gain of something whose cause has unit variance."""
    return float(np.mean(np.square(np.asarray(array, "float64"))))


@pytest.mark.parametrize("name", ROWS)
def test_forward_gain_is_one(name):
    """Variance 1/fan_in: outputs have the variance of the inputs."""
    row = ROWS[name]
    model = model_of(row.layer(), row.shape)
    initialize(model, row.variable, "fan_in")

    found = on(model, unit((16, *row.shape), 1))

    assert mean_square(inner(found, row.spatial, row.border)) == pytest.approx(1, abs=TOLERANCE)


def backward(model: keras.Model, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Gradients at the inputs for a standard normal gradient at the output."""
    import jax

    arrays = [unit((16, *shape), 1) for shape in shapes]
    weights = [variable.value for variable in model.trainable_variables]
    state = [variable.value for variable in model.non_trainable_variables]

    def call(*inputs):
        return model.stateless_call(weights, state, list(inputs))[0]

    outputs, pull = jax.vjp(call, *arrays)
    return [np.asarray(found) for found in pull(unit(outputs.shape, 2))]


on_jax = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="gradients are taken with jax.vjp"
)


@on_jax
@pytest.mark.parametrize("name", ROWS)
def test_backward_gain_is_one(name):
    """Variance 1/fan_out: gradients at the inputs have the variance of those at the outputs."""
    row = ROWS[name]
    model = model_of(row.layer(), row.shape)
    initialize(model, row.variable, "fan_out")

    (found,) = backward(model, row.shape)

    gain = mean_square(inner(found, row.spatial, row.border))
    assert gain == pytest.approx(1, abs=TOLERANCE)


def test_strides_are_not_counted():
    """As He et al. have it, a stride changes no fan; the backward gain is 1 / stride**2."""
    model = model_of(layers.Conv2D(48, 4, strides=2), (14, 14, 32))

    assert declinit.survey(model)[0].fans == (512, 768)


def test_separable_convolution_has_fans_of_both_its_parts():
    """Depthwise and pointwise kernels together keep the scale of the inputs."""
    model = model_of(layers.SeparableConv2D(96, 3, depth_multiplier=2), (14, 14, 64))
    initialize(model, "{depthwise,pointwise}_kernel", "fan_in")

    found = on(model, unit((16, 14, 14, 64), 1))

    assert mean_square(found) == pytest.approx(1, abs=TOLERANCE)
    fans = {info.path.split("/")[-1]: info.fans for info in declinit.survey(model)}
    assert (fans["depthwise_kernel"], fans["pointwise_kernel"]) == ((9, 18), (128, 96))


ATTENTION = {
    "MultiHeadAttention": lambda: layers.MultiHeadAttention(4, 16, value_dim=24),
    "GroupQueryAttention": lambda: layers.GroupQueryAttention(16, 8, 2),
}


@cache
def projections(name: str, mode: str) -> dict[str, keras.Layer]:
    """The projections of an attention layer whose kernels have a variance of 1/fan."""
    layer = ATTENTION[name]()
    model = model_of(layer, (6, 96), (6, 96))
    initialize(model, "kernel", mode)
    found = [inner for inner in layer._flatten_layers() if isinstance(inner, layers.EinsumDense)]
    return {projection.name: projection for projection in found}


@pytest.mark.parametrize("projection", ["query", "key", "value", "attention_output"])
@pytest.mark.parametrize("name", ATTENTION)
def test_forward_gain_of_a_projection_is_one(name, projection):
    """Variance 1/fan_in of each projection keeps the scale, its heads and groups counted right."""
    layer = projections(name, "fan_in")[projection]
    features = layer.kernel.shape[: -1 if projection == "attention_output" else 1]

    found = ops.convert_to_numpy(layer(unit((64, 6, *features), 1)))

    assert mean_square(found) == pytest.approx(1, abs=TOLERANCE)


@on_jax
@pytest.mark.parametrize("projection", ["query", "key", "value", "attention_output"])
@pytest.mark.parametrize("name", ATTENTION)
def test_backward_gain_of_a_projection_is_one(name, projection):
    """Variance 1/fan_out of each projection keeps the scale of gradients."""
    import jax

    layer = projections(name, "fan_out")[projection]
    features = layer.kernel.shape[: -1 if projection == "attention_output" else 1]

    outputs, pull = jax.vjp(layer, unit((64, 6, *features), 1))
    (found,) = pull(unit(outputs.shape, 2))

    assert mean_square(found) == pytest.approx(1, abs=TOLERANCE)


CELLS = {
    "SimpleRNN": (lambda: layers.SimpleRNN(96), 1),
    "LSTM": (lambda: layers.LSTM(96), 4),
    "GRU": (lambda: layers.GRU(96), 3),
}


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("variable", ["kernel", "recurrent_kernel"])
@pytest.mark.parametrize("name", CELLS)
def test_gain_of_each_gate_is_one(name, variable, mode):
    """Each gate of a fused kernel is a kernel of its own, forward and backward."""
    build, gates = CELLS[name]
    model = model_of(build(), (3, 64))
    found = initialize(model, variable, mode)
    kernel = next(value for path, value in found.items() if path.endswith(f"/{variable}"))
    for gate in np.split(kernel, gates, axis=1):
        matrix = gate if mode == "fan_in" else gate.T
        outputs = unit((256, matrix.shape[0]), 1) @ matrix
        assert mean_square(outputs) == pytest.approx(1, abs=TOLERANCE)


def test_convolutional_recurrent_kernels_count_field_and_gate():
    """A ConvLSTM kernel has the receptive field in both fans, and one gate in fan-out."""
    model = model_of(layers.ConvLSTM2D(6, (3, 2)), (3, 8, 8, 5))
    fans = {info.path.split("/")[-1]: info.fans for info in declinit.survey(model)}

    assert fans["kernel"] == (3 * 2 * 5, 3 * 2 * 6)
    assert fans["recurrent_kernel"] == (3 * 2 * 6, 3 * 2 * 6)


def test_tied_embedding_has_the_fans_of_the_projection_that_it_is():
    """Logits of a tied embedding keep the scale under variance 1/dims."""
    layer = layers.ReversibleEmbedding(512, 64)
    model = model_of(layer, (7,), dtype="int32")
    initialize(model, "embeddings", "fan_in")

    found = ops.convert_to_numpy(layer(unit((16, 7, 64), 1), reverse=True))

    assert mean_square(found) == pytest.approx(1, abs=TOLERANCE)
    assert declinit.survey(model)[0].fans == (64, 512)


def test_untied_reverse_embedding_is_a_projection():
    """The matrix that makes logits has dims in and tokens out."""
    layer = layers.ReversibleEmbedding(50, 8, tie_weights=False)
    inputs = keras.Input((7,), dtype="int32")
    model = keras.Model(inputs, layer(layer(inputs), reverse=True))
    fans = {info.path.split("/")[-1]: info.fans for info in declinit.survey(model)}

    assert fans == {"embeddings": None, "reverse_embeddings": (8, 50)}


def test_additive_attention_sums_its_scale_over_the_features():
    """With variance 1/dims, scores of unit features have unit variance."""
    model = model_of_list(layers.AdditiveAttention(), (5, 4096), (5, 4096))
    found = initialize(model, "scale", "fan_in")

    (info,) = declinit.survey(model)
    (scale,) = found.values()
    assert info.fans == (4096, 1)
    assert mean_square(unit((256, 4096), 1) @ scale) == pytest.approx(1, abs=2.5 * TOLERANCE)


def model_of_list(layer: keras.Layer, *shapes: tuple[int, ...]) -> keras.Model:
    """A Functional model of one layer that takes a list."""
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, layer(inputs))


LORA = {
    "Dense": (lambda: layers.Dense(96, lora_rank=32), (128,), (128, 32), (32, 96)),
    "Conv2D": (lambda: layers.Conv2D(48, 3, lora_rank=8), (9, 9, 16), (144, 72), (8, 48)),
    "EinsumDense qkv": (
        lambda: layers.EinsumDense("abc,cde->abde", (None, 4, 16), lora_rank=8),
        (6, 96),
        (96, 8),
        (8, 16),
    ),
    "EinsumDense out": (
        lambda: layers.EinsumDense("abcd,cde->abe", (None, 96), lora_rank=8),
        (6, 4, 16),
        (64, 8),
        (8, 96),
    ),
}


@pytest.mark.parametrize("name", LORA)
def test_lora_kernels_have_the_fans_of_the_product_that_they_make(name):
    """`a` counts the kernel's inputs and the rank, `b` the rank and the last axis."""
    build, shape, first, second = LORA[name]
    model = model_of(build(), shape)
    fans = {info.path.split("/")[-1]: info.fans for info in declinit.survey(model)}

    assert (fans["lora_kernel_a"], fans["lora_kernel_b"]) == (first, second)


def test_lora_kernels_in_fan_in_scale_keep_the_scale():
    """The product of `a` and `b`, each of variance 1/fan_in, is a kernel of variance 1/fan_in."""
    model = model_of(layers.Dense(256, lora_rank=64, lora_alpha=64), (128,))
    found = initialize(model, "lora_kernel_{a,b}", "fan_in")
    first, second = (
        next(value for path, value in found.items() if path.endswith(f"lora_kernel_{side}"))
        for side in "ab"
    )

    outputs = unit((256, 128), 1) @ first @ second

    assert mean_square(outputs) == pytest.approx(1, abs=TOLERANCE)


FANLESS = {
    "bias": (lambda: layers.Dense(3), (4,)),
    "embeddings": (lambda: layers.Embedding(9, 4), (7,)),
    "gamma": (lambda: layers.LayerNormalization(axis=(-2, -1)), (4, 5)),
    "alpha": (layers.PReLU, (4, 5)),
    "vector_u": (lambda: layers.SpectralNormalization(layers.Dense(3)), (4,)),
}


@pytest.mark.parametrize("variable", FANLESS)
def test_what_nothing_is_summed_over_has_no_fans(variable):
    """Biases, look-up tables and scales of any rank are refused by fan-based initializers."""
    build, shape = FANLESS[variable]
    model = model_of(build(), shape)
    info = next(i for i in declinit.survey(model) if i.path.endswith(variable))

    assert info.fans is None
    spec = policy(give(info.path, "he_normal"), strict={"unmatched": "allow"})
    with pytest.raises(declinit.ResolveError) as raised:
        declinit.resolve(spec, model)
    assert str(raised.value) == (
        "rules[0]: he_normal scales by fans, but there are none to count: "
        f"{info.path}; give it a fixed stddev, input_axes and output_axes, or `fans: keras` [DI309]"
    )


def test_fans_of_an_unknown_layer_are_keras_rule_with_a_warning():
    """A user's layer of rank above 2 is guessed at as Keras does, and the plan says so."""

    class Mixer(layers.Layer):
        def build(self, shape):
            self.mix = self.add_weight(shape=(3, 4, 5), name="mix")

        def call(self, x):
            return x

    model = model_of(Mixer(), (4,))
    plan = declinit.resolve(policy(give("**", "he_normal")), model)

    assert plan["mixer/mix"].fans == (12, 15)
    assert [str(problem) for problem in plan.problems] == [
        "rules[0]: warning: fans of 'Mixer' are guessed from the shape, as Keras does: mixer/mix; "
        "give input_axes and output_axes [DI310]"
    ]


def test_a_users_layer_is_not_taken_for_keras_layer_of_that_name():
    """What is known of Keras' Embedding says nothing of a user's class called Embedding."""

    class Embedding(layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(shape=(4, 5), name="embeddings")

        def call(self, x):
            return ops.matmul(x, self.table)

    (info,) = declinit.survey(model_of(Embedding(), (4,)))

    assert info.fans == (4, 5)


def test_a_users_subclass_has_the_fans_of_keras_layer():
    """Rows are found along the bases."""

    class Words(layers.Embedding):
        pass

    (info,) = declinit.survey(model_of(Words(9, 4), (7,), dtype="int32"))

    assert info.fans is None


# Layer, input, variable; Keras' own initializer of it is GlorotUniform by default.
KERAS_DEFAULTS = {
    "Dense": (lambda: layers.Dense(64), (64,), "kernel", 1.0),
    "Conv2D": (lambda: layers.Conv2D(32, 3), (8, 8, 24), "kernel", 1.0),
    "Conv2D groups": (lambda: layers.Conv2D(64, 3, groups=4), (8, 8, 64), "kernel", None),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(16, 3), (8, 8, 48), "kernel", 1.0),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3), (8, 8, 320), "kernel", None),
    "EinsumDense qkv": (
        lambda: layers.EinsumDense("abc,cde->abde", (None, 4, 16)),
        (8, 96),
        "kernel",
        1.0,
    ),
    "EinsumDense experts": (
        lambda: layers.EinsumDense("bed,edh->beh", (8, 48)),
        (8, 32),
        "kernel",
        None,
    ),
    "LSTM": (lambda: layers.LSTM(64), (3, 64), "kernel", None),
    "GRU": (lambda: layers.GRU(64), (3, 64), "kernel", None),
}


@pytest.mark.parametrize("name", KERAS_DEFAULTS)
def test_plan_tells_by_how_much_keras_own_stddev_differs(name):
    """`stddev_over_keras` is the planned stddev over that of the layer as Keras builds it."""
    build, shape, variable, ratio = KERAS_DEFAULTS[name]
    keras.utils.set_random_seed(1)
    model = filled(build(), shape)
    before = next(value for path, value in values(model).items() if path.endswith(f"/{variable}"))
    path = next(i.path for i in declinit.survey(model) if i.path.endswith(f"/{variable}"))

    rules = [give("**", "zeros"), give(path, "glorot_uniform")]
    planned = declinit.resolve(policy(*rules), model)[path]

    told = planned.stddev_over_keras or 1.0
    assert planned.expected.stddev / before.std() == pytest.approx(told, rel=0.05)
    assert ratio is None or told == ratio
    assert (planned.keras_fans is None) == (told == 1.0)


@pytest.mark.parametrize("name", KERAS_DEFAULTS)
def test_keras_fans_give_keras_own_stddev_back(name):
    """Under `fans: keras` the plan has the stddev of the layer as Keras builds it."""
    build, shape, variable, _ = KERAS_DEFAULTS[name]
    keras.utils.set_random_seed(1)
    model = filled(build(), shape)
    before = values(model)
    path = next(i.path for i in declinit.survey(model) if i.path.endswith(f"/{variable}"))
    rules = [give("**", "zeros"), give(path, "glorot_uniform")]

    declinit.apply(policy(*rules, fans="keras"), model)

    assert values(model)[path].std() == pytest.approx(before[path].std(), rel=0.05)
