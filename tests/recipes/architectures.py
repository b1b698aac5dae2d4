"""Small models of plain Keras layers that have the names of KerasHub's: built, never called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
from keras import layers

Made = Callable[[str], keras.Layer]


class Folder(layers.Layer):
    """A layer that holds others by their names."""


class Weights(layers.Layer):
    """A layer that has weights of its own."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], name: str) -> None:
        super().__init__(name=name)
        for key, shape in shapes.items():
            setattr(self, f"_{key}", self.add_weight(shape=shape, name=key))
        self.built = True


def weights(**shapes: tuple[int, ...]) -> Made:
    return lambda name: Weights(shapes, name)


def built(make: Callable[..., keras.Layer], shape: tuple[int | None, ...]) -> Made:
    def made(name: str) -> keras.Layer:
        layer = make(name=name)
        layer.build(shape)
        return layer

    return made


def dense(inputs: int, units: int, bias: bool = True) -> Made:
    return built(lambda name: layers.Dense(units, use_bias=bias, name=name), (None, inputs))


def into_heads(inputs: int, heads: int, size: int, bias: bool = True) -> Made:
    def make(name: str) -> keras.Layer:
        output = (None, heads, size)
        axes = "de" if bias else None
        return layers.EinsumDense("abc,cde->abde", output, bias_axes=axes, name=name)

    return built(make, (None, None, inputs))


def out_of_heads(heads: int, size: int, units: int, bias: bool = True) -> Made:
    def make(name: str) -> keras.Layer:
        axes = "e" if bias else None
        return layers.EinsumDense("abcd,cde->abe", (None, units), bias_axes=axes, name=name)

    return built(make, (None, None, heads, size))


def embedding(count: int, width: int) -> Made:
    return built(lambda name: layers.Embedding(count, width, name=name), (None,))


def untied_embedding(count: int, width: int) -> Made:
    def make(name: str) -> keras.Layer:
        return layers.ReversibleEmbedding(count, width, tie_weights=False, name=name)

    return built(make, (None, None))


def norm(width: int) -> Made:
    return built(lambda name: layers.LayerNormalization(name=name), (None, width))


def rms_norm(width: int) -> Made:
    return built(lambda name: layers.RMSNormalization(name=name), (None, width))


def batch_norm(width: int) -> Made:
    return built(lambda name: layers.BatchNormalization(name=name), (None, width))


def conv(inputs: int, filters: int, size: int, bias: bool = True, groups: int = 1) -> Made:
    def make(name: str) -> keras.Layer:
        return layers.Conv2D(filters, size, use_bias=bias, groups=groups, name=name)

    return built(make, (None, 16, 16, inputs))


def model(parts: Mapping[str, Made | tuple[int, ...]]) -> keras.Layer:
    """A layer with the layers of these paths; a shape is a weight of the folder that it is in."""
    root = Folder(name="root")
    for path, made in parts.items():
        *folders, name = path.split("/")
        inside = root
        for folder in folders:
            if not hasattr(inside, folder):
                setattr(inside, folder, Folder(name=folder))
            inside = getattr(inside, folder)
        if isinstance(made, tuple):
            inside.add_weight(shape=made, name=name)
        else:
            setattr(inside, name, made(name))
    return root


def lean(make: Callable[..., keras.Model], **arguments) -> keras.Model:
    """A model of `keras.applications`, whose weights nobody draws."""
    with keras.StatelessScope(initialize_variables=False):
        return make(weights=None, **arguments)
