"""A layer's class and its bases: their names, and whether they are Keras' own."""

from __future__ import annotations

import itertools


def is_builtin(layer_class: type) -> bool:
    """Whether a class is Keras' own."""
    return layer_class.__module__.startswith("keras.src.")


def base_names(layer_class: type) -> tuple[str, ...]:
    """Names of a layer's class and of its bases, up to and without `keras.Layer`."""
    lineage = itertools.takewhile(_is_below_layer, layer_class.__mro__)
    return tuple(base.__name__ for base in lineage)


def builtin_names(layer_class: type) -> tuple[str, ...]:
    """As `base_names`, of Keras' own classes only: a user's class may have any name."""
    lineage = itertools.takewhile(_is_below_layer, layer_class.__mro__)
    return tuple(base.__name__ for base in lineage if is_builtin(base))


def _is_below_layer(base: type) -> bool:
    return not (base.__name__ == "Layer" and is_builtin(base))
