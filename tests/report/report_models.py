"""Models and policies that pages are made of."""

from __future__ import annotations

MODELS = '''
import declinit
import keras
import numpy as np
from keras import layers


def tiny(name="head", units=8):
    inputs = keras.Input((40,))
    x = layers.Dense(300, name="body")(inputs)
    x = layers.LayerNormalization(name="norm")(x)
    return keras.Model(inputs, layers.Dense(units, name=name)(x), name="tiny")


class Odd(layers.Layer):
    """Variables of every kind that histograms meet."""

    def build(self, shape):
        shapes = {"empty": (0, 3), "scalar": (), "wide": (50, 60), "half": (50, 60)}
        for name, one in shapes.items():
            dtype = "bfloat16" if name == "half" else "float32"
            setattr(self, name, self.add_weight(name=name, shape=one, dtype=dtype))
        for name, dtype in (("whole", "int32"), ("flag", "bool")):
            own = self.add_weight(name=name, shape=(9,), dtype=dtype, initializer="zeros")
            setattr(self, name, own)
        self.square = self.add_weight(name="square", shape=(30, 30))
        self.own = self.add_weight(name="own", shape=(40, 40))
        self.kept = self.add_weight(name="kept", shape=(40, 40), initializer=kept)

    def call(self, inputs):
        return inputs


def kept(shape, dtype=None):
    values = np.random.default_rng(3).normal(size=shape).astype("float32")
    values[0, :3] = [np.nan, np.inf, -np.inf]
    return values


def odd():
    inputs = keras.Input((4,))
    return keras.Model(inputs, Odd(name="odd")(inputs), name="odd")


def steps(shape, dtype=None):
    return keras.ops.cast(np.arange(np.prod(shape)).reshape(shape) / 100, dtype)


declinit.register("steps", steps)


class Many(layers.Layer):
    def __init__(self, count, **more):
        super().__init__(**more)
        self.count = count

    def build(self, shape):
        self.all = [
            self.add_weight(name=f"block_{place // 12}_attention_{place}", shape=(4, 4))
            for place in range(self.count)
        ]

    def call(self, inputs):
        return inputs


def many(count=10_000):
    inputs = keras.Input((4,))
    return keras.Model(inputs, Many(count, name="many")(inputs), name="many")
'''

SPEC = """declinit: 1
seed: 3
note: Why we do
  this.
rules:
  - id: kernels
    match: "**/kernel"
    initializer: he_normal
  - id: rest
    match: ["**/bias", "**/beta"]
    initializer: zeros
  - id: gains
    match: "**/gamma"
    exclude: other/gamma
    layer: LayerNormalization
    initializer: ones
    note: As always.
  - id: head
    match: head/kernel
    initializer: {name: random_normal, stddev: 1 / 50}
"""

OTHER = """declinit: 1
seed: 4
extends: spec.yaml
rules:
  - {id: kernels, match: "**/kernel", initializer: glorot_uniform}
"""

ODD = """declinit: 1
seed: 3
strict: {unmatched: allow}
rules:
  - {id: normal, match: ["odd/{empty,scalar,wide,half}"], initializer: {name: random_normal, stddev: 0.5}}
  - {id: square, match: odd/square, initializer: orthogonal}
  - {id: own, match: odd/own, initializer: steps}
"""
