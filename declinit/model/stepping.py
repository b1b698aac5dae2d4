"""Tensors behind steps: read block by block, as a variable will hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from declinit.audits.pieces import whole
from declinit.initializers.hosts import Array, Block, Shape
from declinit.model.tensors import numpy_dtype
from declinit.policy.steps import Steps


class Stored(Protocol):
    """A tensor of a file, or a variable."""

    @property
    def shape(self) -> Shape:
        """Its shape."""

    def read(self, block: Sequence[slice]) -> Array:
        """A block of it."""


class SteppedTensor:
    """A tensor behind `take`, `transpose` and `reshape`, read block by block."""

    def __init__(self, stored: Stored, steps: Steps) -> None:
        self._stored = stored
        self._stretches = steps.region(stored.shape).stretches
        self._order = steps.order(len(stored.shape))
        self._moved = steps.moved(stored.shape)
        self.shape = steps.result(stored.shape)
        # Rows of the result are rows of the tensor, one after another.
        leads = not self._order or self._order[0] == 0
        self._same_rows = self._moved[:1] == self.shape[:1]
        self.has_pieces = leads and (self._moved == self.shape or self._same_rows)

    def read(self, block: Block) -> Array:
        """A block of the result."""
        if self._moved == self.shape:
            return self._read_moved(block)
        if not (self._same_rows and self.shape):
            every: Array = self._read_moved(whole(self._moved)).reshape(self.shape)
            part: Any = (*block, ...)  # an array even of a scalar
            return every[part]  # type: ignore[no-any-return]
        rows = block[0]
        read = self._read_moved((rows, *whole(self._moved)[1:]))
        inner: Array = read.reshape(rows.stop - rows.start, *self.shape[1:])
        return inner[(slice(None), *block[1:])]

    def _read_moved(self, block: Block) -> Array:
        """A block of what comes before `reshape`."""
        own = list(block)
        for place, axis in enumerate(self._order):
            own[axis] = block[place]
        chosen = [one[part] for one, part in zip(self._stretches, own, strict=True)]
        read: Array = self._stored.read([slice(one.start, _end(one)) for one in chosen])
        every: Any = (*(slice(None, None, one.step) for one in chosen), ...)
        stepped: Array = read[every]
        return stepped.transpose(self._order)


def _end(indices: range) -> int:
    """The index behind the last one."""
    return indices[-1] + 1 if indices else indices.start


def converted(values: Array, dtype: str) -> Array:
    """Values in another type, by its Keras name."""
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(numpy_dtype(dtype), order="C", copy=False)
