"""Tiles: the grid that cuts an array for its digest and its moments.

The grid follows how arrays are sharded: a mesh cuts an axis into a power of two of equal parts, so
the tiles of such a shard are whole tiles of the array, and whoever holds the shard can measure
them alone. `README.md` beside this file specifies the grid.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Shape = tuple[int, ...]
Block = tuple[slice, ...]
Numbers = npt.NDArray[np.intp]

MOST_PARTS = 64
FEWEST_ELEMENTS = 1 << 14


@dataclass(frozen=True, slots=True)
class Grid:
    """An array cut into equal tiles.

    Attributes:
        shape: of the array.
        parts: the number of tiles along each axis.
        tile: the shape of one tile.
    """

    shape: Shape
    parts: tuple[int, ...]
    tile: Shape

    @property
    def count(self) -> int:
        """The number of tiles."""
        return math.prod(self.parts)

    @property
    def elements(self) -> int:
        """The number of elements of one tile."""
        return math.prod(self.tile)

    def numbers(self, block: Block) -> Numbers:
        """The tiles of a block, counted in row-major order of the grid.

        Args:
            block: one slice an axis.
        """
        along = [
            np.arange(part.start // size, -(-part.stop // size))
            for part, size in zip(block, self.tile, strict=True)
        ]
        if not along:
            return np.zeros(1, np.intp)
        return np.ravel_multi_index(np.ix_(*along), self.parts).ravel()

    def pieces(self, block: Block) -> Iterator[Block]:
        """A block cut so that along each axis a piece is whole tiles, or lies inside one tile.

        Args:
            block: one slice an axis.

        Yields:
            The pieces, in row-major order.
        """
        cuts = [
            list(_aligned(part.start, part.stop, size))
            for part, size in zip(block, self.tile, strict=True)
        ]
        yield from _product(cuts)


@functools.lru_cache(maxsize=1024)
def grid_of(shape: Shape) -> Grid:
    """The grid of an array: as fine as sharding may cut it, but tiles of 16,384 elements or more.

    Args:
        shape: of the array.
    """
    parts = [_power_of_two_in(size) for size in shape]
    elements = math.prod(shape) // math.prod(parts)
    while elements < FEWEST_ELEMENTS and max(parts, default=1) > 1:
        # Of equally many the last axis goes first: its tiles keep the longer runs of memory.
        finest = max(range(len(parts)), key=lambda axis: (parts[axis], axis))
        parts[finest] //= 2
        elements *= 2
    tile = tuple(size // count for size, count in zip(shape, parts, strict=True))
    return Grid(shape, tuple(parts), tile)


def _power_of_two_in(size: int) -> int:
    """The largest power of two, up to `MOST_PARTS`, that divides a size; 1 for an empty axis."""
    return min(size & -size, MOST_PARTS) or 1


def _aligned(start: int, stop: int, size: int) -> Iterator[slice]:
    """A range cut into a part of a tile, whole tiles, and a part of a tile; any may be missing."""
    if not size:
        yield slice(start, stop)
        return
    first, last = -(-start // size) * size, stop // size * size
    if first > last:  # inside one tile
        yield slice(start, stop)
        return
    yield from (slice(a, b) for a, b in ((start, first), (first, last), (last, stop)) if a < b)


def _product(cuts: list[list[slice]]) -> Iterator[Block]:
    if not cuts:
        yield ()
        return
    for head in cuts[0]:
        yield from ((head, *rest) for rest in _product(cuts[1:]))
