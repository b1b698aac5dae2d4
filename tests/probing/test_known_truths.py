"""What is known of signals in deep networks comes out."""

from __future__ import annotations

import math

import keras
import pytest
from keras import layers
from probed_models import policy, stack

import declinit

HAS_GRADIENTS = keras.backend.backend() != "numpy"
needs_gradients = pytest.mark.skipif(not HAS_GRADIENTS, reason="NumPy has no gradients")


def test_fifty_layers_of_tanh_keep_their_signal_under_xavier_and_lose_it_under_small_normals():
    model = stack(depth=50, width=64, units=0)
    xavier = declinit.probe(model, policy=policy("glorot_normal"), seeds=1)
    small = declinit.probe(model, policy=policy({"name": "random_normal", "stddev": 0.01}), seeds=1)
    assert xavier.forward["h49"] > 0.03
    assert small.forward["h49"] < 1e-30
    if HAS_GRADIENTS:
        assert 0.01 < xavier.backward["h00"] < 100
        assert small.backward["h00"] < 1e-30


def test_he_keeps_signals_through_relu():
    model = stack(depth=6, width=512, activation="relu", units=0)
    probe = declinit.probe(model, policy=policy("he_normal"), seeds=3)
    # The first layer receives numbers around zero, half of which the others never see.
    later = [gain for name, gain in probe.gains.items() if name != "h00"]
    assert all(0.9 < gain < 1.1 for gain in later)
    expected = {name: one.expected for name, one in probe.signals.items()}
    assert expected == pytest.approx(dict.fromkeys(expected, 1.0), abs=0.01)
    assert probe.signals["h01"].reason == "stddev 0.0625 * sqrt(fan_in 512), relu"


def transformer(depth=9, width=64):
    x = inputs = keras.Input((4, width))
    for index in range(depth):
        y = layers.LayerNormalization(name=f"{index:02}_norm")(x)
        y = layers.Dense(width, name=f"{index:02}_up")(y)
        y = layers.Dense(width, name=f"{index:02}_out")(y)
        x = layers.Add(name=f"{index:02}_add")([x, y])
    return keras.Model(inputs, x, name="transformer")


def test_a_residual_stream_grows_as_the_root_of_depth_and_scaling_by_depth_halts_it():
    depth = 9
    plain = declinit.probe(transformer(depth), policy=policy("lecun_normal"), seeds=2)
    for index in (0, 3, 8):
        grown = plain.forward[f"{index:02}_add"]
        assert grown == pytest.approx(math.sqrt(index + 2), rel=0.1)
    scaled = {
        "name": "variance_scaling",
        "scale": 1 / (2 * depth),
        "distribution": "untruncated_normal",
    }
    halted = declinit.probe(
        transformer(depth), policy=policy("lecun_normal", **{"*_out/kernel": scaled}), seeds=2
    )
    assert halted.forward["08_add"] == pytest.approx(math.sqrt(1.5), rel=0.1)
    assert {plain.signals[name].labels for name in plain.forward if "add" in name} == {
        ("residual",)
    }


def perceptron(width, scaled):
    """With `scaled`, muP for Adam: all factors are in the model, one learning rate for all."""
    x = inputs = keras.Input((16,))
    x = layers.Dense(width, activation="relu", name="first")(x)
    for name in ("second", "third"):
        x = layers.Rescaling(1 / width, name=f"{name}_factor")(x) if scaled else x
        x = layers.Dense(width, activation="relu", name=name)(x)
    x = layers.Rescaling(1 / width, name="head_factor")(x) if scaled else x
    return keras.Model(inputs, layers.Dense(4, name="head")(x))


MUP = {
    "{second,third}/kernel": {"name": "random_normal", "stddev": "sqrt(2 * fan_in)"},
    "head/kernel": {"name": "random_normal", "stddev": 1.0},
}


def power(run_by_width: dict[int, float]) -> float:
    """The power of the width by which a signal grows, from the first size to the last."""
    (small, low), *_, (large, high) = run_by_width.items()
    return math.log(high / low) / math.log(large / small)


@needs_gradients
def test_the_coordinate_check_of_mup_is_flat_and_that_of_standard_parametrization_is_not():
    widths = (64, 512)
    powers = {}
    for scaled in (False, True):
        probe = declinit.probe(
            lambda width, scaled=scaled: perceptron(width, scaled),
            policy=policy("he_normal", **(MUP if scaled else {})),
            vary={"width": widths},
            step=1e-3,
            seeds=2,
        )
        assert [run.varied for run in probe.runs] == [{"width": width} for width in widths]
        powers[scaled] = {
            name: power({run.varied["width"]: run.update[name] for run in probe.runs})
            for name in ("first", "second", "third", "head")
        }
    assert powers[True] == pytest.approx(dict.fromkeys(powers[True], 0.0), abs=0.15)
    assert min(powers[False][name] for name in ("second", "third", "head")) > 0.7
    assert powers[False]["head"] > 1


def test_a_gate_of_zeros_is_labelled_and_so_is_what_it_shuts_off():
    x = inputs = keras.Input((8,))
    y = layers.Dense(8, name="branch")(x)
    y = layers.Dense(8, name="gate")(y)
    y = layers.Activation("relu", name="behind")(y)
    x = layers.Add(name="add")([x, y])
    model = keras.Model(inputs, layers.Dense(4, name="head")(x))
    probe = declinit.probe(model, policy=policy("he_normal", **{"gate/kernel": "zeros"}), seeds=2)
    labels = {name: one.labels for name, one in probe.signals.items()}
    before = ("before a zero gate",) if HAS_GRADIENTS else ()
    assert labels == {
        "branch": before,
        "gate": ("zero gate",),
        "behind": ("behind a zero gate",),
        "add": ("residual",),
        "head": (),
    }


def test_layers_that_die_are_not_taken_for_gates():
    model = stack(activation="relu")
    dead = policy("he_normal", **{"h01/bias": {"name": "constant", "value": -100.0}})
    probe = declinit.probe(model, policy=dead, seeds=1)
    assert probe.forward["h01"] == 0.0
    assert not probe.signals["h01"].labels


class Scale(layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(name="gamma", shape=shape[-1:])

    def call(self, inputs):
        return inputs * self.gamma


class TiedHead(layers.Layer):
    def __init__(self, embedding, **more):
        super().__init__(**more)
        self.embedding = embedding

    def call(self, inputs):
        return keras.ops.matmul(inputs, keras.ops.transpose(self.embedding.embeddings))


@pytest.mark.parametrize("own", [False, True])
def test_layer_scales_and_tied_heads_are_labelled(own):
    tokens = keras.Input((4,), dtype="int32")
    if own:
        embed = layers.Embedding(12, 8, name="embed")
        x, head = embed(tokens), TiedHead(embed, name="head")
    else:
        embed = layers.ReversibleEmbedding(12, 8, name="embed")
        x, head = embed(tokens), lambda states: embed(states, reverse=True)
    x = Scale(name="scale")(x)
    model = keras.Model(tokens, head(x))
    small = policy("he_normal", **{"**/gamma": {"name": "constant", "value": 1e-4}})
    probe = declinit.probe(model, policy=small, seeds=1)
    labels = {name: one.labels for name, one in probe.signals.items()}
    assert labels == {
        "embed": ("embedding",),
        "scale": ("layer scale",),
        ("head" if own else "embed@2"): ("tied head",),
    }
