"""Initializers whose values are made on the host: in pieces, and for a shard alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import keras
import numpy.typing as npt

from declinit.initializers.portable import FLOATS, Block, Portable
from declinit.random import aligned_empty, axes_of, format_of


class OnHost(Protocol):
    """What makes values on the host; see `Portable` for its members."""

    has_pieces: bool

    def call_seed(self) -> int:
        """The seed of one call."""

    def values(
        self,
        shape: Sequence[int],
        dtype: str,
        block: Block | None = None,
        *,
        seed: int | None = None,
        out: npt.NDArray[Any] | None = None,
    ) -> npt.NDArray[Any]:
        """Values of a variable or of one block of it."""


def on_host(initializer: Any, dtype: str) -> OnHost | None:
    """What makes an initializer's values of a dtype on the host, if something does.

    Keras' own zeros and ones are the same numbers whoever makes them, and a model has hundreds.
    """
    if isinstance(initializer, Portable):
        return initializer
    return _SAME_EVERYWHERE.get(type(initializer)) if dtype in FLOATS else None


class _Filled:
    has_pieces = True

    def __init__(self, value: float) -> None:
        self._value = value

    def call_seed(self) -> int:
        return 0

    def values(
        self,
        shape: Sequence[int],
        dtype: str,
        block: Block | None = None,
        *,
        seed: int | None = None,
        out: npt.NDArray[Any] | None = None,
    ) -> npt.NDArray[Any]:
        del seed
        if out is None:
            lengths = [axis.length for axis in axes_of(shape, block)]
            out = aligned_empty(lengths, format_of(dtype))
        out[...] = self._value
        return out


_SAME_EVERYWHERE: dict[type, OnHost] = {
    keras.initializers.Zeros: _Filled(0.0),
    keras.initializers.Ones: _Filled(1.0),
}
