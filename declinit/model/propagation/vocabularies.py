"""Integers that a model takes: found by following each input to the embedding that consumes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import tree

from declinit.layers.lineage import builtin_names
from declinit.model.addresses import LocatedLayer
from declinit.model.propagation.observation import Observer, observed

# Where each layer that looks integers up says how many there are.
_SIZES: Mapping[str, str] = {"Embedding": "input_dim", "CategoryEncoding": "num_tokens"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The integers below `size`, which a layer looks up."""

    size: int
    path: str


def vocabulary_of(located: LocatedLayer) -> Vocabulary | None:
    """The integers that a layer looks up, if that is what it does."""
    for name in builtin_names(type(located.layer)):
        if name in _SIZES:
            return Vocabulary(int(getattr(located.layer, _SIZES[name])), located.path)
    return None


class _Lookups(Observer):
    """An observer of what embeddings are called with."""

    def __init__(self) -> None:
        super().__init__(tap=lambda _, output: output, level=lambda: None)
        self.found: list[tuple[Vocabulary, Any]] = []

    def run(self, located: LocatedLayer, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        vocabulary = vocabulary_of(located)
        if vocabulary:
            self.found += [(vocabulary, value) for value in tree.flatten((args, kwargs))]
        return call(*args, **kwargs)


def vocabularies(
    model: Any, layers: Sequence[LocatedLayer], inputs: Any, marks: Sequence[int]
) -> list[Vocabulary | None]:
    """For each input, the integers that are looked up of it.

    The model is run on zeros, which every embedding takes, and what embeddings are called with is
    compared: the same tensor, or else one of the same shape.

    Args:
        model: a built Keras model or layer.
        layers: of it.
        inputs: zeros of the right shapes and types, in the structure that the model takes.
        marks: which of the inputs, flat, may be integers.
    """
    lookups = _Lookups()
    tensors = tree.map_structure(keras.ops.convert_to_tensor, inputs)
    with observed(list(layers), lookups):
        model(tensors, training=False)
    flat = tree.flatten(tensors)
    return [
        _looked_up(value, lookups.found) if index in marks else None
        for index, value in enumerate(flat)
    ]


def _looked_up(value: Any, found: list[tuple[Vocabulary, Any]]) -> Vocabulary | None:
    same = [vocabulary for vocabulary, seen in found if seen is value]
    alike = [vocabulary for vocabulary, seen in found if _shape(seen) == _shape(value)]
    # One input may be looked up more than once, and must be known everywhere.
    return min(same or alike, key=lambda one: one.size, default=None)


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(np.shape(value)) if hasattr(value, "shape") else None
