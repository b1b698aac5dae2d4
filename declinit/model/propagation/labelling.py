"""Labels: why a layer need not keep the size of its signal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from declinit.layers.lineage import base_names, builtin_names
from declinit.model.addresses import LocatedLayer, LocatedVariable
from declinit.model.attributes import held_by_attributes
from declinit.model.propagation.observation import Observed
from declinit.model.propagation.vocabularies import vocabulary_of
from declinit.model.tensors import read
from declinit.probing.labels import (
    BEFORE_ZERO_GATE,
    BEHIND_ZERO_GATE,
    BLOCK,
    EMBEDDING,
    LAYER_SCALE,
    NORM,
    RESIDUAL,
    SHARED,
    TIED_HEAD,
    ZERO_GATE,
)

# What only moves a signal, so that zeros in it shut nothing.
_ADDED = frozenset({"bias", "beta"})

# A sum keeps the direction of a branch, so what it adds is at right angles to that branch.
RIGHT_ANGLE = 0.15
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Labelling:
    """Finds the labels of signals, while the model holds the weights that gave them.

    Attributes:
        layers: those that were looked at.
        weights: by `id` of a layer, its own trainable variables.
        passes: for each seed, what was seen; the first is that of the weights.
        backward: for each seed, the sizes of the gradients, in the same order.
    """

    layers: Sequence[LocatedLayer]
    weights: Mapping[int, Sequence[LocatedVariable]]
    passes: Sequence[Sequence[Observed]]
    backward: Sequence[Sequence[float | None]]

    def labels(self) -> list[tuple[str, ...]]:
        """The labels of each signal, in order."""
        blocks = self._blocks()
        gates = [self._is_zero_gate(at) for at in range(len(self.passes[0]))]
        return [tuple(self._labels(at, blocks, gates)) for at in range(len(gates))]

    def _labels(self, at: int, blocks: set[int], gates: Sequence[bool]) -> Iterator[str]:
        one = self.passes[0][at]
        layer = one.located.layer
        if id(layer) in blocks:
            yield BLOCK
        if _is_norm(layer):
            yield NORM
        if "Add" in builtin_names(type(layer)) or (id(layer) in blocks and _adds(one)):
            yield RESIDUAL
        yield from self._lookups(one)
        if gates[at]:
            yield ZERO_GATE
        elif any(gates):
            yield from self._around_gates(at)
        if self._is_layer_scale(one, blocks):
            yield LAYER_SCALE

    def _blocks(self) -> set[int]:
        """Layers that other layers ran inside of."""
        return {id(around) for one in self.passes[0] for around in one.located.chain[1:-1]}

    def _lookups(self, one: Observed) -> Iterator[str]:
        if vocabulary_of(one.located):
            yield EMBEDDING if one.inputs is None else TIED_HEAD
        elif self._is_tied_head(one):
            yield TIED_HEAD
        elif one.call > 1:
            yield SHARED

    def _is_tied_head(self, one: Observed) -> bool:
        """Whether a layer without weights of its own gives a number a word of a vocabulary."""
        if one.inputs is None or self.weights.get(id(one.located.layer)):
            return False
        held = [layer for _, layer in held_by_attributes(one.located.layer, keras.Layer)]
        known = [vocabulary_of(item) for item in self.layers if item.layer in held]
        return any(found is not None and found.size == one.shape[-1] for found in known)

    def _is_zero_gate(self, at: int) -> bool:
        """Whether an output is zero since a weight that it is multiplied by is."""
        if not self._is_always_zero(at):
            return False
        one = self.passes[0][at]
        inside = [item for item in self.layers if one.located.layer in item.chain]
        return any(map(self._has_zeros, inside))

    def _is_always_zero(self, at: int) -> bool:
        return all(seen[at].forward == 0 for seen in self.passes)

    def _has_zeros(self, located: LocatedLayer) -> bool:
        weights = self.weights.get(id(located.layer), ())
        return any(one.name not in _ADDED and not np.any(read(one.variable)) for one in weights)

    def _around_gates(self, at: int) -> Iterator[str]:
        received = [seen[at].inputs for seen in self.passes]
        if self._is_always_zero(at) and all(size == 0 for size in received):
            yield BEHIND_ZERO_GATE
        if all(sizes[at] == 0 for sizes in self.backward):
            yield BEFORE_ZERO_GATE

    def _is_layer_scale(self, one: Observed, blocks: set[int]) -> bool:
        """Whether a layer does nothing but multiply by one constant."""
        layer = one.located.layer
        if any("layerscale" in name.lower() for name in base_names(type(layer))):
            return True
        weights = self.weights.get(id(layer), ())
        if len(weights) != 1 or _is_norm(layer) or id(layer) in blocks or not one.inputs:
            return False
        values = read(weights[0].variable).astype(np.float64)
        if values.ndim > 1 or not values.size or np.ptp(values) or abs(values.flat[0]) in (0, 1):
            return False
        return math.isclose(one.forward / one.inputs, abs(float(values.flat[0])), rel_tol=0.02)


def _is_norm(layer: Any) -> bool:
    names = base_names(type(layer))
    return any(name.endswith(("Norm", "Normalization")) for name in names) and not any(
        name == "SpectralNormalization" for name in names
    )


def _adds(one: Observed) -> bool:
    """Whether a block gives what it received, and something at right angles to it."""
    if not one.change or not one.inputs or not math.isfinite(one.forward):
        return False
    if one.inputs < LEAST_SHARE * one.forward:
        return False
    product = one.forward**2 - one.inputs**2 - one.change**2
    return bool(abs(product) < 2 * RIGHT_ANGLE * one.inputs * one.change)
