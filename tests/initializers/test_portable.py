"""Portable initializers are Keras' own by every outward sign, with values that never change."""

from __future__ import annotations

import copy

import keras
import numpy as np
import pytest
from keras import layers
from keras.random import SeedGenerator
from keras_layers import CASES, LayerCase, build_model
from random_kinds import ALL, KERAS_NOISE, RANDOM, digest, host, make, same_bits

from declinit import initializers
from declinit.initializers.portable import Drawn
from declinit.seeds import derive_seed

pytestmark = KERAS_NOISE

BACKEND = keras.backend.backend()
KINDS = pytest.mark.parametrize("kind", ALL)
SHAPE = (6, 24)

# Shape, initializer, SHA-256: the known answers of `declinit/random/README.md`.
KNOWN = {
    "normal": (
        (200_003,),
        initializers.RandomNormal(0.0, 1.0, seed=1),
        "8ad174e96080057f8892b438d505c11e3a0070c56b9145e27105a59484f81d2c",
    ),
    "shifted normal": (
        (200_003,),
        initializers.RandomNormal(0.5, 0.02, seed=1),
        "18cafe6b75d4d3f7c088ade87b0082dec126e250fb240e6eb465d070f77e03d3",
    ),
    "truncated": (
        (200_003,),
        initializers.TruncatedNormal(0.0, 1.0, seed=1),
        "c34a01d5a8839e01aa0b688e7849929f6fcbed112e233a930658ea4002f15b23",
    ),
    "uniform": (
        (200_003,),
        initializers.RandomUniform(-0.05, 0.05, seed=1),
        "fd982a52183bb913c6507d27bcec8dc4c4c79acdf18ab29dff92c68a1c686f12",
    ),
    "uniform off centre": (
        (200_003,),
        initializers.RandomUniform(-0.7, -0.33, seed=2),
        "2532a3b2990b2fa420de789120597cce15c1ce839058dc42cdae7b84ebcd5c90",
    ),
    "scaled to unit variance": (
        (200_003,),
        initializers.VarianceScaling(200_003.0, distribution="untruncated_normal", seed=1),
        "8ad174e96080057f8892b438d505c11e3a0070c56b9145e27105a59484f81d2c",
    ),
    "square": (
        (5, 5),
        initializers.Orthogonal(seed=1),
        "0912fd3b3581729f76dcdeeb5ab4fc28bd6397d244ed1cfb160cf31e3c081e52",
    ),
    "wide": (
        (33, 96),
        initializers.Orthogonal(seed=1),
        "3673da2c0ebb9e135279a5a33dfb6340d1f2ceb72401ff92c5e458bc303d1b38",
    ),
    "tall": (
        (7, 3),
        initializers.Orthogonal(2.0, seed=4),
        "85bb4ba673ef4ff44822472c8b07757aa79c94610187c85e39b819a209f23ed1",
    ),
}


@pytest.mark.parametrize("known", KNOWN)
def test_values_are_the_specified_ones_on_every_backend(known):
    shape, initializer, sha256 = KNOWN[known]
    assert digest(initializer(shape)) == sha256


def test_bfloat16_values_are_the_specified_ones():
    values = initializers.TruncatedNormal(0.0, 0.02, seed=2)((1000,), dtype="bfloat16")
    assert digest(values) == "85163f8479150f65c9fc592bb792e97890aa44d39815c042de055f0044495397"


@pytest.mark.parametrize(
    ("kind", "stddev"),
    [
        ("GlorotNormal", (2 / 28) ** 0.5),
        ("HeNormal", (2 / 8) ** 0.5),
        ("LecunNormal", (1 / 8) ** 0.5),
    ],
)
def test_a_scaled_normal_is_a_truncated_normal_of_its_stddev(kind, stddev):
    """Bit for bit: the stddev after the cut, over Keras' constant, is the parent's."""
    scaled = getattr(initializers, kind)(seed=1)((8, 20))
    parent = initializers.TruncatedNormal(0.0, stddev / 0.87962566103423978, seed=1)
    assert same_bits(scaled, parent((8, 20)))


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("GlorotUniform", (6 / 28) ** 0.5),
        ("HeUniform", (6 / 8) ** 0.5),
        ("LecunUniform", (3 / 8) ** 0.5),
    ],
)
def test_a_scaled_uniform_is_a_uniform_of_its_limit(kind, limit):
    scaled = getattr(initializers, kind)(seed=1)((8, 20))
    assert same_bits(scaled, initializers.RandomUniform(-limit, limit, seed=1)((8, 20)))


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize("shape", [(8, 20), (3, 3, 5, 7), (9,), ()])
def test_variance_scaling_scales_as_keras_does(mode, distribution, shape):
    """Keras' fans, counted by its own function, and its variance."""
    arguments = {"scale": 1.7, "mode": mode, "distribution": distribution, "seed": 1}
    drawn = initializers.VarianceScaling(**arguments).distribution_for(shape)
    fans = keras.src.initializers.random_initializers.compute_fans(shape)
    count = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[mode]
    spread = {
        "truncated_normal": lambda: drawn.stddev * 0.87962566103423978,
        "untruncated_normal": lambda: drawn.stddev,
        "uniform": lambda: drawn.high / 3**0.5,
    }[distribution]()
    assert spread == pytest.approx((1.7 / max(1.0, count)) ** 0.5, rel=1e-15)


@KINDS
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_dtypes_are_one_rounding_of_the_float32_values(kind, dtype):
    """Orthogonal included; JAX makes float32 of float64 unless x64 is on."""
    initializer = make(kind, seed=3)
    values = host(initializer(SHAPE, dtype=dtype))
    if BACKEND == "jax" and dtype == "float64":
        dtype = "float32"
    assert values.dtype == dtype
    assert same_bits(values, host(initializer(SHAPE, dtype="float32")).astype(values.dtype))


@KINDS
def test_the_default_dtype_is_floatx(kind):
    before = keras.config.floatx()
    try:
        keras.config.set_floatx("float16")
        values = make(kind, seed=3)(SHAPE)
    finally:
        keras.config.set_floatx(before)
    assert same_bits(values, make(kind, seed=3)(SHAPE, dtype="float16"))


@KINDS
@pytest.mark.parametrize("dtype", ["int32", "bool", "complex64"])
def test_a_dtype_that_is_not_floating_is_refused(kind, dtype):
    initializer = make(kind, seed=3)
    with pytest.raises(ValueError, match="floating") as caught:
        initializer(SHAPE, dtype=dtype)
    name = type(initializer).__name__
    assert str(caught.value) == (
        f"`{name}` requires a floating point `dtype`. Received: dtype={dtype}"
    )


@KINDS
@pytest.mark.parametrize("seed", [7, None, 2**52 + 1])
def test_an_integer_seed_or_none_repeats_its_values(kind, seed):
    initializer = make(kind, seed=seed)
    assert same_bits(initializer(SHAPE), initializer(SHAPE))


@KINDS
def test_two_seeds_give_other_values_and_so_do_two_unseeded_initializers(kind):
    assert not same_bits(make(kind, seed=1)(SHAPE), make(kind, seed=2)(SHAPE))
    assert not same_bits(make(kind)(SHAPE), make(kind)(SHAPE))


def test_unseeded_initializers_follow_the_random_seed_of_keras():
    """`keras.utils.set_random_seed` decides them, as it does Keras' own."""
    made = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        made.append([initializers.HeNormal()(SHAPE) for _ in range(2)])
    assert [same_bits(*pair) for pair in zip(*made, strict=True)] == [True, True]
    assert not same_bits(*made[0])


@KINDS
def test_a_seed_generator_moves_on_with_each_call(kind):
    """And gives the same sequence again from the same start."""
    one, other = (make(kind, seed=SeedGenerator(5)) for _ in range(2))
    first, second = one(SHAPE), one(SHAPE)
    assert not same_bits(first, second)
    assert same_bits(other(SHAPE), first)
    assert same_bits(other(SHAPE), second)


def test_a_seed_generator_gives_the_same_seeds_on_every_backend():
    initializer = initializers.RandomNormal(seed=SeedGenerator(5))
    assert [initializer.call_seed() for _ in range(2)] == [
        derive_seed(5, "call/0"),
        derive_seed(5, "call/1"),
    ]


def test_two_initializers_may_share_a_seed_generator():
    """Each call of either takes the next seed."""
    shared = SeedGenerator(5)
    one, other = (initializers.RandomNormal(seed=shared) for _ in range(2))
    assert not same_bits(one(SHAPE), other(SHAPE))


def test_one_seed_means_one_draw_whatever_its_scale():
    """A stddev rescales the same normal draw."""
    one = host(initializers.RandomNormal(0.0, 1.0, seed=1)(SHAPE))
    quarter = host(initializers.RandomNormal(0.0, 0.25, seed=1)(SHAPE))
    assert same_bits(quarter, one * np.float32(0.25))


@pytest.mark.parametrize("kind", RANDOM)
def test_the_config_is_that_of_keras(kind):
    """Key by key, so that Keras' class can take it where declinit is not installed."""
    keras_own = getattr(keras.initializers, kind)(**RANDOM[kind], seed=9)
    assert make(kind, seed=9).get_config() == keras_own.get_config()


def test_the_config_of_gates_is_that_of_an_orthogonal():
    """Under a class of its own: Keras' `Orthogonal` has no parameter for it."""
    assert make("GatedOrthogonal", seed=9).get_config() == {"gain": 2.0, "seed": 9}


@KINDS
@pytest.mark.parametrize("way", ["from_config", "clone", "serialize", "get"])
def test_an_initializer_comes_back_from_its_config(kind, way):
    """With its class, its config and its values."""
    initializer = make(kind, seed=9)
    back = {
        "from_config": lambda: type(initializer).from_config(initializer.get_config()),
        "clone": initializer.clone,
        "serialize": lambda: keras.initializers.deserialize(
            keras.initializers.serialize(initializer)
        ),
        "get": lambda: keras.initializers.get(keras.initializers.serialize(initializer)),
    }[way]()
    assert type(back) is type(initializer)
    assert back.get_config() == initializer.get_config()
    assert same_bits(back(SHAPE), initializer(SHAPE))


@KINDS
def test_an_initializer_is_registered_with_keras(kind):
    initializer = make(kind, seed=9)
    name = f"declinit>{type(initializer).__name__}"
    assert keras.saving.get_registered_object(name) is type(initializer)
    assert keras.initializers.serialize(initializer)["registered_name"] == name


def test_a_clone_of_an_unseeded_initializer_draws_anew():
    initializer = initializers.HeNormal()
    assert initializer.get_config()["seed"] is None
    assert not same_bits(initializer.clone()(SHAPE), initializer(SHAPE))


def test_the_config_of_a_seed_generator_starts_again():
    """Keras keeps its seed and not its count."""
    initializer = initializers.HeNormal(seed=SeedGenerator(5))
    first = initializer(SHAPE)
    assert same_bits(initializer.clone()(SHAPE), first)


BAD_ARGUMENTS = [
    ("VarianceScaling", {"scale": -1.0}),
    ("VarianceScaling", {"scale": 0}),
    ("VarianceScaling", {"mode": "fan"}),
    ("VarianceScaling", {"distribution": "cauchy"}),
    ("VarianceScaling", {"input_axes": [0]}),
    ("VarianceScaling", {"output_axes": [0]}),
    ("HeNormal", {"input_axes": [0]}),
    *((kind, {"seed": "7"}) for kind in RANDOM),
    *((kind, {"seed": np.int64(7)}) for kind in RANDOM),
    *((kind, {"seed": 7.0}) for kind in RANDOM),
]


@pytest.mark.parametrize(("kind", "arguments"), BAD_ARGUMENTS)
def test_bad_arguments_are_refused_as_keras_refuses_them(kind, arguments):
    """The same exception with the same message, or none where Keras has none."""
    assert _outcome(initializers, kind, arguments) == _outcome(keras.initializers, kind, arguments)


def _outcome(module, kind, arguments):
    try:
        getattr(module, kind)(**arguments)
    except Exception as error:
        return type(error), str(error)
    return None


@pytest.mark.parametrize("shape", [(), (5,)])
def test_orthogonal_refuses_a_low_rank_as_keras_does(shape):
    messages = []
    for module in (initializers, keras.initializers):
        with pytest.raises(ValueError, match="two-dimensional") as caught:
            module.Orthogonal(seed=1)(shape)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (4, 10),
            "`GatedOrthogonal` needs a shape (..., units, gates * units). Received: shape=(4, 10)",
        ),
        (
            (4,),
            "The tensor to initialize must be at least two-dimensional. "
            "Received: shape=(4,) of rank 1.",
        ),
    ],
)
def test_a_shape_that_cannot_be_split_into_gates_is_refused(shape, message):
    with pytest.raises(ValueError, match="shape") as caught:
        initializers.GatedOrthogonal(seed=1)(shape)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("RandomNormal", {"mean": 0.1, "stddev": 0.3}),
        ("TruncatedNormal", {"mean": 0.1, "stddev": 0.3}),
        ("RandomUniform", {"minval": -0.1, "maxval": 0.3}),
        ("VarianceScaling", {"scale": 0.1}),
        ("VarianceScaling", {"scale": 0.1, "distribution": "uniform"}),
        ("Orthogonal", {"gain": 0.3}),
        ("GatedOrthogonal", {"gain": 0.3}),
    ],
)
@pytest.mark.parametrize("number", [np.float32, np.float16, np.float64])
def test_parameters_of_numpy_count_with_their_own_value(kind, parameters, number):
    """Whatever precision NumPy's version promotes to."""
    rounded = {
        name: number(value) if isinstance(value, float) else value
        for name, value in parameters.items()
    }
    plain = {
        name: float(value) if isinstance(value, number) else value
        for name, value in rounded.items()
    }
    one, other = (getattr(initializers, kind)(**given, seed=1) for given in (rounded, plain))
    assert same_bits(one(SHAPE), other(SHAPE))
    if isinstance(one, Drawn):
        assert one.distribution_for(SHAPE) == other.distribution_for(SHAPE)


@pytest.mark.parametrize("gates", [1, 3, 4])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_a_split_orthogonal_has_one_orthogonal_block_a_gate(gates, gain):
    """Unlike one matrix for all gates, whose blocks are not orthogonal."""
    units = 16
    values = host(initializers.GatedOrthogonal(gain, seed=1)((units, gates * units)))
    blocks = np.split(values.astype(np.float64), gates, axis=1)
    for block in blocks:
        assert np.abs(block.T @ block - gain**2 * np.eye(units)).max() < 2e-6 * gain**2
    assert len({block.tobytes() for block in blocks}) == gates


def test_each_gate_of_a_split_orthogonal_has_a_seed_of_its_own():
    values = host(initializers.GatedOrthogonal(seed=1)((5, 10)))
    for gate, block in enumerate(np.split(values, 2, axis=1)):
        alone = initializers.Orthogonal(seed=derive_seed(1, f"gate/{gate}"))((5, 5))
        assert same_bits(block.copy(), alone)


@KINDS
def test_a_block_holds_the_bits_of_the_whole(kind):
    """Which is what shards are made of."""
    initializer = make(kind, seed=3)
    whole = initializer.values(SHAPE, "float32")
    for block in [np.s_[0:6, 0:24], np.s_[2:5, 6:18], np.s_[0:1, 23:24], np.s_[3:3, 0:24]]:
        assert same_bits(initializer.values(SHAPE, "float32", block), whole[block].copy())


@pytest.mark.parametrize("kind", ["RandomNormal", "Orthogonal", "GatedOrthogonal"])
def test_values_are_written_where_they_are_wanted(kind):
    initializer, out = make(kind, seed=3), np.empty(SHAPE, np.float32)
    assert initializer.values(SHAPE, "float32", out=out) is out
    assert same_bits(out, initializer(SHAPE))


@KINDS
def test_a_variable_without_elements_is_empty(kind):
    """Zero rows are as good a shape as any, in Keras too."""
    shape = (4, 0) if kind == "GatedOrthogonal" else (0, 3)
    assert host(make(kind, seed=3)(shape)).shape == shape


def _both(own) -> dict:
    return {"kernel_initializer": own, "recurrent_initializer": own}


# Layers that pass initializers on to others, call them with odd shapes, or look inside them.
LAYERS = {
    "Dense": lambda own: layers.Dense(4, kernel_initializer=own),
    "EinsumDense": lambda own: layers.EinsumDense(
        "abc,cde->abde", (5, 2, 4), kernel_initializer=own
    ),
    "MultiHeadAttention": lambda own: layers.MultiHeadAttention(2, 4, kernel_initializer=own),
    "GroupQueryAttention": lambda own: layers.GroupQueryAttention(4, 2, 1, kernel_initializer=own),
    "LSTM": lambda own: layers.LSTM(4, **_both(own)),
    "GRU": lambda own: layers.GRU(4, **_both(own)),
    "RNN": lambda own: layers.RNN(layers.SimpleRNNCell(4, **_both(own))),
    "stacked RNN": lambda own: layers.RNN(
        [layers.GRUCell(4, **_both(own)), layers.LSTMCell(4, **_both(own))]
    ),
    "Bidirectional": lambda own: layers.Bidirectional(layers.LSTM(4, **_both(own))),
    "TimeDistributed": lambda own: layers.TimeDistributed(layers.Dense(4, kernel_initializer=own)),
    "Conv1D": lambda own: layers.Conv1D(4, 3, kernel_initializer=own),
    "SeparableConv1D": lambda own: layers.SeparableConv1D(
        4, 3, depthwise_initializer=own, pointwise_initializer=own
    ),
}


def model_of(name: str, kind: str) -> keras.Model:
    inputs = keras.Input((5, 8))
    layer = LAYERS[name](make(kind, seed=3))
    attention = name.endswith("Attention")
    return keras.Model(inputs, layer(inputs, inputs) if attention else layer(inputs))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("kind", ["HeNormal", "RandomUniform", "Orthogonal"])
def test_a_layer_takes_an_initializer_and_a_saved_model_keeps_it(name, kind, tmp_path):
    """So does a model that is built from the config."""
    model = model_of(name, kind)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rebuilt = keras.Model.from_config(model.get_config())
    for one, two, three in zip(model.weights, loaded.weights, rebuilt.weights, strict=True):
        assert same_bits(one.value, two.value)
        assert same_bits(one.value, three.value)


@pytest.mark.parametrize("name", LAYERS)
def test_a_weight_holds_the_values_of_its_initializer(name):
    """One integer seed gives every weight of a shape the same values, as in Keras."""
    model = model_of(name, "RandomUniform")
    kernels = [variable for variable in model.weights if "kernel" in variable.name]
    assert kernels
    for kernel in kernels:
        assert same_bits(kernel.value, make("RandomUniform", seed=3)(kernel.shape))


def test_a_loaded_layer_holds_the_portable_initializer(tmp_path):
    model = keras.Sequential([keras.Input((8,)), LAYERS["Dense"](make("HeNormal", seed=3))])
    model.save(tmp_path / "model.keras")
    (dense,) = keras.saving.load_model(tmp_path / "model.keras").layers
    assert type(dense.kernel_initializer) is initializers.HeNormal
    assert dense.kernel_initializer.get_config() == make("HeNormal", seed=3).get_config()


def test_einsum_layers_tell_the_initializer_their_fans():
    """As they tell Keras' own: the query kernel scales by the model's width alone."""
    model = model_of("MultiHeadAttention", "HeNormal")
    kernel = next(v for v in model.weights if v.path.endswith("query/kernel"))
    told = initializers.HeNormal(seed=3, input_axes=[0], output_axes=[1, 2])
    assert same_bits(kernel.value, told((8, 2, 4)))


def _with_ours(config, seeds):
    """A layer's config in which each random initializer of Keras' is one of ours."""
    if isinstance(config, dict):
        if config.get("module") == "keras.initializers" and config["class_name"] in RANDOM:
            own = getattr(initializers, config["class_name"])
            seeds.append(len(seeds))
            return keras.initializers.serialize(own(**{**config["config"], "seed": seeds[-1]}))
        return {key: _with_ours(value, seeds) for key, value in config.items()}
    return [_with_ours(value, seeds) for value in config] if isinstance(config, list) else config


def _plain(case: LayerCase) -> bool:
    return BACKEND in case.backends and not case.requires and not case.after_build


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if _plain(case)])
def test_every_layer_of_keras_builds_with_portable_initializers(name):
    """In place of its own random ones; its config gives the same weights again."""
    case, seeds = CASES[name], []
    layer = case.layer()
    config = _with_ours(layer.get_config(), seeds)
    if not seeds:
        pytest.skip("it has no random initializer")
    # Some layers take their config apart while they read it.
    made = [type(layer).from_config(copy.deepcopy(config)) for _ in range(2)]
    for one, other in zip(*(build_model(case, twin).weights for twin in made), strict=True):
        # Keras draws these by initializers that no config tells.
        if one.name != "vector_u" and not one.name.startswith("lora_"):
            assert same_bits(one.value, other.value)
