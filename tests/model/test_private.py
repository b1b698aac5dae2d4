"""Keras' private things that declinit leans on; a failure here says what Keras moved."""

from __future__ import annotations

import keras
from keras import layers


def test_keras_still_has_the_private_things_that_we_use():
    """Each assertion names what breaks, and where it is used."""
    with keras.StatelessScope():
        dense = layers.Dense(3)
        dense.build((None, 4))
        waiting = dense.weights[0]
        assert waiting._initializer is dense.kernel_initializer, "building: Variable._initializer"
        chosen = keras.initializers.Constant(3.0)
        waiting._initializer = chosen
    value = keras.ops.convert_to_numpy(waiting.value)
    assert (value == 3).all(), "building: a replaced Variable._initializer runs at the scope's end"

    attention = layers.MultiHeadAttention(2, 3)
    for name in ("_kernel_initializer", "_bias_initializer"):
        assert hasattr(attention, name), f"layers.table: MultiHeadAttention.{name}"
    grouped = layers.GroupQueryAttention(4, 2, 1)
    assert type(grouped).__name__ == "GroupedQueryAttention", "layers.table: GroupedQueryAttention"
    for name in ("kernel_initializer", "bias_initializer"):
        assert hasattr(grouped, name), f"layers.table: GroupQueryAttention.{name}"

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert model.layers[0] in model._layers, "addresses: Layer._layers"
    assert hasattr(model, "_functional"), "attributes, storage: Sequential._functional"
    if keras.backend.backend() == "torch":
        attention.build((1, 4, 6), (1, 4, 6))
        assert "_modules" in vars(attention), "attributes: torch.nn.Module._modules"
        assert attention._query_dense in vars(attention)["_modules"].values()
    else:
        attention.build((1, 4, 6), (1, 4, 6))
        assert attention._query_dense in vars(attention).values(), "attributes: vars(layer)"

    for layer in (dense, attention, grouped, model):
        assert type(layer).__module__.startswith("keras.src."), "layers.lineage: built-in layers"
    for base in ("BaseConv", "BaseConvTranspose", "BaseDepthwiseConv", "BaseSeparableConv"):
        found = {
            parent.__name__
            for layer in ("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D")
            for parent in getattr(layers, layer).__mro__
        }
        assert base in found, f"layers.table: {base}"
    assert keras.initializers.HeNormal.__module__.startswith("keras.src.initializers")
