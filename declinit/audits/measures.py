"""The measure of a variable's values: a digest and moments, taken tile by tile."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.moments import (
    Moments,
    TileMoments,
    TileSums,
    combined,
    moments_of_constant,
)
from declinit.audits.tiles import Block, Grid, Shape, grid_of

Array = npt.NDArray[Any]

# A block is worked on in parts of at most so many elements, which bounds what is held beside it.
PART = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Moments):
    """What an audit records of a variable's values: a digest, and their moments.

    Attributes:
        digest: the root, in hexadecimal, of a tree of SHA-256 digests; `README.md` in this folder
            says how to compute it.
    """

    digest: str

    def to_dict(self) -> dict[str, Any]:
        """The measure as JSON-serializable data, the digest first."""
        return {"digest": self.digest, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Measure:
        """The inverse of `to_dict`; other keys are passed over."""
        return cls(**{field.name: data[field.name] for field in fields(cls)})


class Meter:
    """Takes the measure of one variable from blocks of its values.

    Within every tile the blocks must come in row-major order; blocks of consecutive elements do.

    Args:
        shape: of the variable.
        dtype: its dtype by its Keras name, which enters the digest.
    """

    def __init__(self, shape: Sequence[int], dtype: str) -> None:
        self._grid = grid_of(tuple(shape))
        self._dtype = dtype
        self._open: dict[tuple[tuple[int, int], ...], _Tiles] = {}
        self._results: dict[int, tuple[bytes, TileMoments]] = {}

    def add(self, values: Array, block: Block) -> None:
        """The values of one block.

        Args:
            values: of the block's shape; only looked at until this returns.
            block: one slice an axis.
        """
        if self._grid.count == 1 and values.size == self._grid.elements:
            constant = moments_of_constant(values)
            if constant:  # as most small variables are, of which a model has hundreds
                self._results[0] = hashlib.sha256(_little(values)).digest(), constant
                return
        with np.errstate(invalid="ignore", over="ignore"):
            for aligned in self._grid.pieces(block):
                for piece in self._parts(aligned):
                    self._add_piece(values[_inside(piece, block)], piece)

    def _parts(self, piece: Block) -> Iterable[Block]:
        """A piece cut into smaller ones: between its tiles, and by rows inside a tile."""
        units = [
            size if size and not (part.stop - part.start) % size else 1
            for part, size in zip(piece, self._grid.tile, strict=True)
        ]
        return _cut(piece, units, PART)

    def _add_piece(self, values: Array, piece: Block) -> None:
        if not values.size:
            return
        ranges = _tile_ranges(piece, self._grid.tile)
        tiles = self._open.get(ranges)
        if tiles is None:
            tiles = self._open[ranges] = _Tiles(ranges)
        tiles.add(_by_tile(values, ranges))
        if tiles.held == self._grid.elements:
            del self._open[ranges]
            self._results.update(zip(tiles.numbers(self._grid), tiles.results(), strict=True))

    def result(self) -> Measure:
        """The measure of everything added.

        Raises:
            ValueError: if values are missing.
        """
        if not self._grid.elements:
            return Measure(digest=self._root([hashlib.sha256().digest()]))
        tiles = self._in_order()
        digests, moments = zip(*tiles, strict=True)
        found = combined(moments, self._grid.elements)
        return Measure(digest=self._root(digests), **asdict(found))

    def _in_order(self) -> list[tuple[bytes, TileMoments]]:
        if missing := self._grid.count - len(self._results):
            raise ValueError(f"{missing} of {self._grid.count} tiles lack values")
        return [self._results[number] for number in range(self._grid.count)]

    def _root(self, digests: Iterable[bytes]) -> str:
        sizes = ",".join(map(str, self._grid.shape))
        head = f"declinit/digest/1 {self._dtype} {sizes}\n".encode()
        return hashlib.sha256(head + b"".join(digests)).hexdigest()


class _Tiles:
    """A box of tiles that receive their values together."""

    def __init__(self, ranges: tuple[tuple[int, int], ...]) -> None:
        self.ranges = ranges
        self.held = 0
        self._hashes = [
            hashlib.sha256() for _ in range(math.prod(stop - start for start, stop in ranges))
        ]
        self._sums: TileSums | None = None

    def add(self, values: Array) -> None:
        """The next values, a row a tile."""
        if self._sums is None:
            self._sums = TileSums(values[:, 0])
        for digest, row in zip(self._hashes, values, strict=True):
            digest.update(_little(row))
        self._sums.add(values)
        self.held += values.shape[1]

    def results(self) -> Iterator[tuple[bytes, TileMoments]]:
        """Digest and moments of each tile; no more values follow."""
        moments = self._sums.result() if self._sums else []
        digests = [digest.digest() for digest in self._hashes]
        return zip(digests, moments, strict=True)

    def numbers(self, grid: Grid) -> list[int]:
        """The number of each tile, counted through the grid in row-major order."""
        found = [0]
        for (start, stop), parts in zip(self.ranges, grid.parts, strict=True):
            found = [number * parts + at for number in found for at in range(start, stop)]
        return found


def _little(values: Array) -> memoryview:
    """The bytes of values in row-major order, little-endian."""
    little = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
    return little.reshape(-1).view(np.uint8).data


def _inside(piece: Block, block: Block) -> Block:
    """A piece of a block, counted from the block's own start."""
    return tuple(
        slice(own.start - outer.start, own.stop - outer.start)
        for own, outer in zip(piece, block, strict=True)
    )


def _tile_ranges(piece: Block, tile: Shape) -> tuple[tuple[int, int], ...]:
    """The first tile that a piece touches along each axis, and the one behind its last."""
    return tuple(
        (part.start // size, -(-part.stop // size)) for part, size in zip(piece, tile, strict=True)
    )


def _by_tile(values: Array, ranges: tuple[tuple[int, int], ...]) -> Array:
    """The values of a piece as a matrix with a row a tile."""
    counts = [stop - start for start, stop in ranges]
    if all(count == 1 for count in counts):
        return np.ascontiguousarray(values).reshape(1, -1)
    split = [
        size
        for count, extent in zip(counts, values.shape, strict=True)
        for size in (count, extent // count)
    ]
    rank = values.ndim
    order = [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)]
    apart = values.reshape(split).transpose(order)
    return np.ascontiguousarray(apart).reshape(math.prod(counts), -1)


def _cut(block: Block, units: Sequence[int], most: int) -> Iterable[Block]:
    """A block cut into parts of about `most` elements, in row-major order, and never inside a unit."""
    if math.prod(part.stop - part.start for part in block) <= most:
        yield block
        return
    for axis, (part, size) in enumerate(zip(block, units, strict=True)):
        length = part.stop - part.start
        if length <= size:
            continue
        others = math.prod(other.stop - other.start for other in block) // length
        step = max(1, most // (others * size)) * size
        for start in range(part.start, part.stop, step):
            rows = slice(start, min(start + step, part.stop))
            yield from _cut((*block[:axis], rows, *block[axis + 1 :]), units, most)
        return
    yield block


def measure(pieces: Iterable[tuple[Block, Array]], shape: Sequence[int], dtype: str) -> Measure:
    """The measure of a variable whose blocks come in row-major order.

    Args:
        pieces: blocks with their values.
        shape: of the variable.
        dtype: its dtype by its Keras name.
    """
    meter = Meter(shape, dtype)
    for block, values in pieces:
        meter.add(values, block)
    return meter.result()
