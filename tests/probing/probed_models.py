"""Models that tests of probing share, and what is said of their bytes."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

SEED = 7


def policy(kernel, **rules) -> dict:
    """A policy: one initializer for kernels, zeros and ones for the rest, others by pattern."""
    return {
        "declinit": 1,
        "seed": SEED,
        "strict": {"unused": "allow", "shadowed": "allow"},
        "rules": [
            {"match": ["**/kernel", "**/recurrent_kernel"], "initializer": kernel},
            {"match": ["**/bias", "**/beta"], "initializer": "zeros"},
            {"match": ["**/gamma"], "initializer": "ones"},
            {"match": "**/embeddings", "initializer": {"name": "random_normal", "stddev": 1.0}},
            *({"match": key, "initializer": value} for key, value in rules.items()),
        ],
    }


def stack(depth=3, width=32, activation="tanh", units=4):
    x = inputs = keras.Input((width,), name="x")
    for index in range(depth):
        x = layers.Dense(width, activation=activation, name=f"h{index:02}")(x)
    if units:
        x = layers.Dense(units, name="head")(x)
    return keras.Model(inputs, x, name="stack")


def sequential():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "relu", name="one"), layers.Dense(2, name="two")]
    )


@keras.saving.register_keras_serializable("probing")
class Block(layers.Layer):
    """A residual block, pre-norm, as a subclass writes it."""

    def __init__(self, width, **more):
        super().__init__(**more)
        self.norm = layers.LayerNormalization(name="norm")
        self.up = layers.Dense(4 * width, activation="relu", name="up")
        self.down = layers.Dense(width, name="down")
        self.drop = layers.Dropout(0.2, seed=3)

    def call(self, inputs, training=None):
        x = self.down(self.up(self.norm(inputs)))
        return inputs + self.drop(x, training=training)


class Subclassed(keras.Model):
    """Integers in, several outputs out, some of them no floats; one layer called twice."""

    def __init__(self):
        super().__init__(name="subclassed")
        self.embed = layers.Embedding(11, 16, name="embed")
        self.blocks = [Block(16, name="first"), Block(16, name="second")]
        self.norm = layers.BatchNormalization(name="last_norm")
        self.twice = layers.Dense(16, name="twice")

    def call(self, inputs, training=None):
        x = self.embed(inputs)
        for block in self.blocks:
            x = block(x, training=training)
        x = self.twice(self.twice(self.norm(x, training=training)))
        return {"states": x, "tokens": keras.ops.argmax(x, axis=-1)}


def subclassed():
    model = Subclassed()
    model(np.zeros((2, 5), "int32"))
    return model


def convolutional():
    """Batch norms, dropout, a nested model, a gate that is shut."""
    image = keras.Input((8, 8, 3))
    inner = keras.Sequential(
        [keras.Input((8, 8, 4)), layers.Conv2D(4, 3, padding="same", name="conv")], name="inner"
    )
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(image)
    x = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(x))
    branch = layers.BatchNormalization(name="gate")(inner(layers.Dropout(0.3, name="drop")(x)))
    x = layers.Add(name="add")([x, branch])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(3, name="head")(x), name="convolutional")


def recurrent():
    """Masks, a bidirectional layer, states as outputs, attention."""
    tokens = keras.Input((3,), dtype="int32", name="tokens")
    x = layers.Embedding(9, 8, mask_zero=True, name="embed")(tokens)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both")(x)
    x, state = layers.GRU(8, return_sequences=True, return_state=True, name="gru")(x)
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    return keras.Model(tokens, [layers.TimeDistributed(layers.Dense(2), name="each")(x), state])


MODELS = {
    "functional": stack,
    "sequential": sequential,
    "subclassed": subclassed,
    "convolutional": convolutional,
    "recurrent": recurrent,
}


def state_of(model) -> dict:
    """The bytes of every variable, of the optimizer too, and what layers hold as attributes."""
    variables = list(model.variables)
    if getattr(model, "optimizer", None):
        variables += model.optimizer.variables
    held = {
        f"{at} {one.path}": keras.ops.convert_to_numpy(one.value).tobytes()
        for at, one in enumerate(variables)
    }
    every = [model, *model._flatten_layers(include_self=False)]
    # Recurrent layers drop their cells' masks whenever they are called.
    own = {
        layer.name: [name for name in sorted(vars(layer)) if not name.endswith("dropout_mask")]
        for layer in every
    }
    losses = {layer.name: len(layer._losses) for layer in every}
    return {"values": held, "attributes": own, "losses": losses}
