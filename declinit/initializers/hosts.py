"""Initializers whose values are made on the host: in pieces, and for a shard alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import numpy.typing as npt

from declinit.random import aligned_empty, axes_of, format_of

Block = tuple[slice, ...]
Shape = tuple[int, ...]
Array = npt.NDArray[Any]

FLOATS = ("bfloat16", "float16", "float32", "float64")


class HostValues(ABC):
    """Makes the values of a variable, or of any block of it, as NumPy arrays.

    Attributes:
        has_pieces: whether a block of consecutive elements costs no more than its share of the
            whole.
    """

    has_pieces = True

    @abstractmethod
    def call_seed(self) -> int:
        """The seed of one call."""

    @abstractmethod
    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        """The values, in `out` or in a new array, whichever is cheaper."""

    def values(
        self,
        shape: Sequence[int],
        dtype: str,
        block: Block | None = None,
        *,
        seed: int | None = None,
        out: Array | None = None,
    ) -> Array:
        """Values on the host, of a whole variable or of one block of it.

        Args:
            shape: of the whole variable.
            dtype: a float dtype by its Keras name.
            block: one slice an axis; only these elements are made.
            seed: used in place of the initializer's own.
            out: where to write them, of the block's shape and of this dtype.

        Returns:
            A NumPy array of the block's shape, `out` if it was given.
        """
        shape = tuple(int(size) for size in shape)
        seed = self.call_seed() if seed is None else seed
        made = self._make(shape, dtype, block, seed, out)
        if out is None or made is out:
            return made
        out[...] = made
        return out


class Filled(HostValues):
    """One number for every element."""

    def __init__(self, value: float | Array) -> None:
        self.value = value

    def call_seed(self) -> int:
        """Any seed: nothing is drawn."""
        return 0

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        if out is None:
            out = aligned_empty([axis.length for axis in axes_of(shape, block)], format_of(dtype))
        out[...] = self.value
        return out


class Composite(ABC):
    """An initializer made of others, of which some may not make values on the host."""

    @abstractmethod
    def host_values(self, dtype: str) -> HostValues | None:
        """What makes the values of one call on the host; None if one of the others does not."""


# Keras' own zeros and ones are the same numbers on every backend, and a model has hundreds.
SAME_EVERYWHERE: dict[type, HostValues] = {
    keras.initializers.Zeros: Filled(0.0),
    keras.initializers.Ones: Filled(1.0),
}


def on_host(initializer: Any, dtype: str) -> HostValues | None:
    """What makes an initializer's values of a dtype on the host; None if only a backend does."""
    if isinstance(initializer, HostValues):
        return initializer
    if isinstance(initializer, Composite):
        return initializer.host_values(dtype)
    return SAME_EVERYWHERE.get(type(initializer)) if dtype in FLOATS else None
