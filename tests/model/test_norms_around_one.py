"""Norms that compute with `1 + scale`: ones there are warned of."""

from __future__ import annotations

import keras
import pytest

import declinit
from declinit.plans.resolution import resolve

GEMMA = "keras_hub.src.models.gemma.rms_normalization"


class RMSNormalization(keras.layers.Layer):
    """As KerasHub's of Gemma; Keras has a layer of this name that scales by `scale`."""

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="zeros")

    def call(self, inputs):
        return inputs * (1 + self.scale)


class Derived(RMSNormalization):
    pass


def problems(layer_class: type, initializer: object, **more: object) -> list[tuple[str, str]]:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layer_class(name="norm")(inputs))
    rules = [{"match": "**", "initializer": initializer, **more}]
    spec = declinit.Spec.from_config({"declinit": 1, "seed": 1, "rules": rules})
    plan = resolve(spec, declinit.survey(model))
    return [(one.code, one.severity) for one in plan.problems]


@pytest.fixture(autouse=True)
def _of_keras_hub(monkeypatch):
    monkeypatch.setattr(RMSNormalization, "__module__", GEMMA)


@pytest.mark.parametrize("layer_class", [RMSNormalization, Derived])
@pytest.mark.parametrize("ones", ["ones", "Ones", {"name": "constant", "value": 1.0}])
def test_ones_are_warned_of(layer_class, ones):
    assert problems(layer_class, ones) == [("DI339", "warning")]


def test_zeros_are_what_the_layer_means_and_silence_is_heeded():
    assert problems(RMSNormalization, "zeros") == []
    assert problems(RMSNormalization, "ones", allow=["DI339"]) == []


def test_the_layer_of_keras_itself_takes_ones():
    assert problems(keras.layers.RMSNormalization, "ones") == []
