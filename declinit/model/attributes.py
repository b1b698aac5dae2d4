"""What the attributes of a layer hold: sublayers and variables, also inside lists and dicts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import keras

# Containers inside containers are followed no further than this.
MOST_NESTED = 8


def held_by_attributes(layer: Any, kind: type) -> list[tuple[str, Any]]:
    """The objects of a type that a layer's own attributes hold.

    Args:
        layer: a Keras layer or model.
        kind: `keras.Layer` or `keras.Variable`.

    Returns:
        Pairs of where each object is (`mlp`, `blocks/0`, `extra/a`) and the object, an object
        once for each place: attributes before what is inside their lists and dicts, public names
        before private ones, otherwise in the order of assignment.
    """
    found = [
        pair
        for name, value in _attributes(layer).items()
        for pair in _inside(value, name, kind, depth=0)
    ]
    return sorted(found, key=lambda pair: (pair[0].count("/"), pair[0].startswith("_")))


def _attributes(layer: Any) -> Mapping[str, Any]:
    """A layer's attributes, without those in which Keras and the backend keep books.

    On the torch backend a layer is a torch module too, which keeps its sublayers in `_modules`;
    on TensorFlow it is a Trackable, whose own attributes begin with `_self_`.
    """
    attributes = {**vars(layer), **vars(layer).get("_modules", {})}
    kept = attributes.keys() - _bookkeeping()
    return {
        name: value
        for name, value in attributes.items()
        if name in kept and not name.startswith("_self_")
    }


@functools.cache
def _bookkeeping() -> frozenset[str]:
    """Attributes that every layer has; a Sequential model wraps all its layers once more."""
    return frozenset(vars(keras.Layer(name="bare"))) | {"_functional"}


def _inside(value: Any, name: str, kind: type, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, kind):
        yield name, value
    elif depth < MOST_NESTED and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _inside(inner, f"{name}/{key}", kind, depth + 1)
    elif depth < MOST_NESTED and isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _inside(inner, f"{name}/{index}", kind, depth + 1)
