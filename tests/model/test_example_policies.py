"""The policies of `examples/policies`, on models small enough to check every number by hand."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import declinit

POLICIES = Path(__file__).parents[2] / "examples" / "policies"


class Added(layers.Layer):
    """A layer with a state matrix and a skip of its own."""

    def build(self, shape):
        self.A_log = self.add_weight(shape=(shape[-1], 8), name="A_log")
        self.D = self.add_weight(shape=(shape[-1],), name="D")

    def call(self, x):
        return x * self.D


def gpt2(blocks=3, block="h", first=0):
    tokens = keras.Input((5,), dtype="int32")
    x = layers.Embedding(11, 8, name="wte")(tokens)
    x = x + layers.Embedding(5, 8, name="wpe")(tokens)
    for number in range(first, first + blocks):
        norm = layers.LayerNormalization(name=f"{block}_{number}_norm")(x)
        attn = keras.Sequential([layers.Dense(8, name="attn_out")], name=f"{block}_{number}")
        x = x + attn(norm)
        mlp = keras.Sequential([layers.Dense(8, name="mlp_out")], name=f"{block}_{number}_mlp")
        x = x + mlp(x)
    return keras.Model(tokens, x)


def siren():
    names = ["layer_0", "layer_1", "layer_2"]
    return keras.Sequential([keras.Input((2,)), *(layers.Dense(16, name=name) for name in names)])


def ppo():
    x = observed = keras.Input((8,))
    for name in ("hidden_1", "hidden_2"):
        x = layers.Dense(16, activation="tanh", name=name)(x)
    return keras.Model(
        observed, [layers.Dense(4, name="policy")(x), layers.Dense(1, name="value")(x)]
    )


def convolutional():
    return keras.Sequential(
        [
            keras.Input((9, 9, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.Flatten(),
            layers.Dense(5, name="head"),
        ]
    )


def plan_of(name, model, **options):
    return declinit.resolve(declinit.load(POLICIES / f"{name}.yaml", **options), model)


def given(plan, parameter):
    """A parameter of the initializers that have it, by path."""
    every = {path: one.initializer.params for path, one in plan.items() if one.initializer}
    return {path: params[parameter] for path, params in every.items() if parameter in params}


def test_gpt2_scales_what_is_added_to_the_residual_stream_by_the_depth():
    groups = "groups.residual_out=['h_{block}/attn_out/kernel', 'h_{block}_mlp/mlp_out/kernel']"
    plan = plan_of("gpt2", gpt2(), overrides=[groups])
    scaled = 0.02 / math.sqrt(2 * 3)
    parts = ("/attn_out", "_mlp/mlp_out")
    assert given(plan, "stddev") == {
        "wte/embeddings": 0.02,
        "wpe/embeddings": 0.01,
        **{
            f"h_{n}{part}/kernel": pytest.approx(scaled, rel=1e-15)
            for n in range(3)
            for part in parts
        },
    }
    assert not plan.problems


def test_gpt2_counts_blocks_whatever_they_are_called_and_count_from():
    groups = "groups.residual_out=['b_{block}/attn_out/kernel', 'b_{block}_mlp/mlp_out/kernel']"
    plan = plan_of("gpt2", gpt2(blocks=4, block="b", first=1), overrides=[groups])
    stddev = given(plan, "stddev")["b_4_mlp/mlp_out/kernel"]
    assert stddev == pytest.approx(0.02 / math.sqrt(2 * 4), rel=1e-15)


def test_siren_draws_its_first_layer_wider():
    plan = plan_of("siren", siren())
    first, hidden = 1 / 2, math.sqrt(6 / 16) / 30
    expected = {
        "layer_0/kernel": first,
        "layer_0/bias": 1 / math.sqrt(2),
        "layer_1/kernel": hidden,
        "layer_1/bias": 1 / 4,
        "layer_2/kernel": hidden,
        "layer_2/bias": 1 / 4,
    }
    assert given(plan, "maxval") == pytest.approx(expected, rel=1e-15)
    lower = {path: -limit for path, limit in expected.items()}
    assert given(plan, "minval") == pytest.approx(lower, rel=1e-15)


def test_ppo_gives_each_layer_a_gain():
    plan = plan_of("ppo", ppo())
    root = math.sqrt(2)
    gains = {
        "hidden_1/kernel": root,
        "hidden_2/kernel": root,
        "policy/kernel": 0.01,
        "value/kernel": 1,
    }
    assert given(plan, "gain") == gains


def test_mamba_has_the_logarithms_of_the_first_numbers_in_every_channel():
    model = keras.Sequential([keras.Input((4, 6)), Added(name="mixer")])
    declinit.apply(declinit.load(POLICIES / "mamba.yaml"), model)
    row = np.array([math.log(n) for n in range(1, 9)], "float32")
    found = keras.ops.convert_to_numpy(model.get_layer("mixer").A_log)
    assert np.array_equal(found, np.tile(row, (6, 1)))


def test_torch_draws_biases_within_the_bounds_of_their_kernels():
    plan = plan_of("torch_linear", convolutional())
    conv, head = 1 / math.sqrt(3 * 3 * 3), 1 / math.sqrt(7 * 7 * 4)
    expected = {"conv/kernel": conv, "conv/bias": conv, "head/kernel": head, "head/bias": head}
    assert given(plan, "maxval") == pytest.approx(expected, rel=1e-15)


def test_every_example_is_run_here_and_names_its_schema():
    files = sorted(POLICIES.glob("*.yaml"))
    assert [file.stem for file in files] == ["gpt2", "mamba", "ppo", "siren", "torch_linear"]
    for file in files:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../../schemas/spec.schema.json"


# What `layer` means, on layers as Keras builds them


def kernels(*made, shape=(5, 4)):
    """What `layer.fan_in` is for every weight of a model that has a kernel beside it."""
    model = keras.Sequential([keras.Input(shape), *made])
    rules = [{"match": "**/*", "initializer": {"name": "constant", "value": "layer.fan_in"}}]
    spec = declinit.Spec.from_config({"declinit": 1, "seed": 1, "rules": rules})
    return given(declinit.resolve(spec, model), "value")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Dense(3, name="a"), {"a/kernel": 4.0, "a/bias": 4.0}),
        (layers.DepthwiseConv1D(2, name="a"), {"a/kernel": 2.0, "a/bias": 2.0}),
        (
            layers.LSTM(3, name="a"),
            {f"a/cell/{name}": 4.0 for name in ("kernel", "recurrent_kernel", "bias")},
        ),
        (
            layers.Bidirectional(layers.GRU(2), name="a"),
            {
                f"a/{way}_layer/cell/{name}": 4.0
                for way in ("forward", "backward")
                for name in ("kernel", "recurrent_kernel", "bias")
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_kernel_of_a_layer_is_what_is_called_so_beside_a_variable(layer, expected):
    assert kernels(layer) == expected


def test_the_projections_of_attention_have_kernels_of_their_own():
    inputs = keras.Input((5, 6))
    model = keras.Model(inputs, layers.MultiHeadAttention(2, 4, name="a")(inputs, inputs))
    rules = [{"match": "**/bias", "initializer": {"name": "constant", "value": "layer.fan_in"}}]
    spec = declinit.Spec.from_config(
        {"declinit": 1, "rules": [{"match": "**", "keep": True}, *rules]}
    )
    biases = given(declinit.resolve(spec, model), "value")
    assert biases == {
        "a/query/bias": 6.0,
        "a/key/bias": 6.0,
        "a/value/bias": 6.0,
        "a/attention_output/bias": 8.0,
    }


def test_formulas_end_where_values_begin():
    """Layers' configs hold numbers, and a rebuilt model has the same weights."""
    model = siren()
    audit = declinit.apply(declinit.load(POLICIES / "siren.yaml", overrides=["seed=1"]), model)
    config = model.get_layer("layer_0").get_config()["kernel_initializer"]["config"]
    assert (config["minval"], config["maxval"]) == (-0.5, 0.5)
    assert "fan_in" not in str(model.get_config())
    assert declinit.verify(audit, type(model).from_config(model.get_config()))
