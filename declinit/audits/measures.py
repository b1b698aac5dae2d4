"""The measure of a variable's values: a digest and moments, taken tile by tile."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from threading import local
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
from declinit.audits.tiles import Block, Numbers, Shape, grid_of

Array = npt.NDArray[Any]
Box = tuple[
    tuple[int, int], ...
]  # of tiles: the first along each axis, and the one behind the last

# A block is worked on in parts of at most so many elements, which bounds what is held beside it.
PART = 1 << 19

DIGEST_BYTES = hashlib.sha256().digest_size
# Of what a process sends of a tile that it measured: the digest, and a double a moment.
TILE_BYTES = DIGEST_BYTES + 8 * len(TileMoments._fields)


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

    Blocks of whole tiles may come in any order, and from several threads. Within every other tile
    the blocks must come in row-major order; blocks of consecutive elements do.

    Args:
        shape: of the variable.
        dtype: its dtype by its Keras name, which enters the digest.
    """

    def __init__(self, shape: Sequence[int], dtype: str) -> None:
        self._grid = grid_of(tuple(shape))
        self._dtype = dtype
        self._open: dict[Box, _Tiles] = {}
        self._constant: Moments | None = None
        parts = self._grid.parts
        self._known = np.zeros(parts, np.bool_)
        self._digests = np.empty((*parts, DIGEST_BYTES), np.uint8)
        self._moments = np.empty((len(TileMoments._fields), *parts))

    def add(self, values: Array, block: Block) -> None:
        """The values of one block.

        Args:
            values: of the block's shape; only looked at until this returns.
            block: one slice an axis.
        """
        if self._add_constant(values):
            return
        with np.errstate(invalid="ignore", over="ignore"):
            for piece in self.pieces(block, PART):
                self._add_piece(values[inside(piece, block)], piece)

    def _add_constant(self, values: Array) -> bool:
        """Take one tile of equal values the short way; most variables of a model are such a tile."""
        if self._grid.count > 1 or values.size < self._grid.elements:
            return False
        self._constant = moments_of_constant(values)
        if self._constant:
            digest = hashlib.sha256(_little(values).data).digest()
            self._digests[...] = np.frombuffer(digest, np.uint8)
            self._known[...] = True
        return self._constant is not None

    def pieces(self, block: Block, most: int) -> Iterator[Block]:
        """A block cut into pieces: between its tiles, and inside a tile by rows.

        Args:
            block: one slice an axis.
            most: elements of a piece, if a tile or a row has no more.

        Yields:
            The pieces, in row-major order.
        """
        for aligned in self._grid.pieces(block):
            units = [
                size if size and not (part.stop - part.start) % size else 1
                for part, size in zip(aligned, self._grid.tile, strict=True)
            ]
            yield from cut(aligned, units, most)

    def _add_piece(self, values: Array, piece: Block) -> None:
        if not values.size:
            return
        box = _box_of(piece, self._grid.tile)
        rows = _by_tile(values, _counts(box))
        tiles = self._open.get(box)
        if tiles is None:
            tiles = self._open[box] = _Tiles(box, rows[:, 0])
        tiles.add(rows)
        if tiles.held == self._grid.elements:
            del self._open[box]
            self._keep(tiles)

    def _keep(self, tiles: _Tiles) -> None:
        where = tuple(slice(start, stop) for start, stop in tiles.box)
        digests, moments = tiles.results()
        self._digests[where] = digests.reshape(*tiles.counts, -1)
        self._moments[:, *where] = moments.reshape(-1, *tiles.counts)
        self._known[where] = True

    def results(self, tiles: Numbers) -> bytes:
        """What has been found of some tiles, for a meter of the same variable elsewhere.

        Args:
            tiles: their numbers, by `Grid.numbers`; all of their values were added.
        """
        if self._constant:
            self._moments[...] = np.reshape(_of_constant(self._constant), (-1, *self._known.shape))
        digests, moments, _ = self._by_number()
        return digests[tiles].tobytes() + moments[:, tiles].tobytes()

    def take(self, tiles: Numbers, results: bytes) -> None:
        """The inverse of `results`: what another meter has found of some tiles."""
        split = tiles.size * DIGEST_BYTES
        digests, moments, known = self._by_number()
        digests[tiles] = np.frombuffer(results, np.uint8, split).reshape(-1, DIGEST_BYTES)
        moments[:, tiles] = np.frombuffer(results, offset=split).reshape(-1, tiles.size)
        known[tiles] = True

    def _by_number(self) -> tuple[Array, Array, Array]:
        """Digests, moments, and whether they are known, of the tiles in row-major order."""
        count = self._grid.count
        known = self._known.reshape(count)
        return self._digests.reshape(count, -1), self._moments.reshape(-1, count), known

    def result(self) -> Measure:
        """The measure of everything added.

        Raises:
            ValueError: if values are missing.
        """
        if not self._grid.elements:
            return Measure(digest=self._root(hashlib.sha256().digest()))
        if missing := self._known.size - int(np.count_nonzero(self._known)):
            raise ValueError(f"{missing} of {self._grid.count} tiles lack values")
        found = self._constant or self._combined()
        return Measure(
            digest=self._root(self._digests.tobytes()),
            mean=found.mean,
            stddev=found.stddev,
            min=found.min,
            max=found.max,
        )

    def holds_whole_tiles(self, block: Block) -> bool:
        """Whether a block neither begins nor ends inside a tile."""
        return all(
            not part.start % size and not part.stop % size
            for part, size in zip(block, self._grid.tile, strict=True)
            if size
        )

    def _combined(self) -> Moments:
        tiles = TileMoments(*self._moments.reshape(len(self._moments), -1))
        with np.errstate(invalid="ignore", over="ignore"):
            return combined(tiles, self._grid.elements)

    def _root(self, digests: bytes) -> str:
        sizes = ",".join(map(str, self._grid.shape))
        head = f"declinit/digest/1 {self._dtype} {sizes}\n".encode()
        return hashlib.sha256(head + digests).hexdigest()


def _of_constant(moments: Moments) -> Array:
    """The moments of a tile that holds one number, as `TileMoments`."""
    value = moments.mean
    return np.array([value, 0.0, 0.0, value, value], np.float64)


class _Tiles:
    """A box of tiles that receive their values together.

    Args:
        box: which tiles.
        first: the first value of each.
    """

    def __init__(self, box: Box, first: Array) -> None:
        self.box = box
        self.counts = _counts(box)
        self.held = 0
        self._hashes = [hashlib.sha256() for _ in range(math.prod(self.counts))]
        self._sums = TileSums(first)

    def add(self, values: Array) -> None:
        """The next values, a row a tile."""
        for digest, row in zip(self._hashes, _little(values), strict=True):
            digest.update(row.data)
        self._sums.add(values)
        self.held += values.shape[1]

    def results(self) -> tuple[npt.NDArray[np.uint8], Array]:
        """Digests, and a row a field of `TileMoments`, of all tiles; no more values follow."""
        digests = b"".join(digest.digest() for digest in self._hashes)
        return np.frombuffer(digests, np.uint8), self._sums.result()


class _Scratch(local):
    """Each thread's own working memory, made once."""

    def __init__(self) -> None:
        self.bytes = np.empty(0, np.uint8)

    def like(self, values: Array) -> Array:
        """Room for as many values of the same dtype and shape."""
        if self.bytes.size < values.nbytes:
            self.bytes = np.empty(values.nbytes, np.uint8)
        return self.bytes[: values.nbytes].view(values.dtype).reshape(values.shape)


_scratch = _Scratch()


def _little(values: Array) -> npt.NDArray[np.uint8]:
    """The bytes of values, little-endian, along the last axis."""
    little = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
    return np.atleast_1d(little).view(np.uint8)


def inside(piece: Block, block: Block) -> Block:
    """A piece of a block, counted from the block's own start."""
    return tuple(
        slice(own.start - outer.start, own.stop - outer.start)
        for own, outer in zip(piece, block, strict=True)
    )


def _box_of(piece: Block, tile: Shape) -> Box:
    """The first tile that a piece touches along each axis, and the one behind its last."""
    return tuple(
        (part.start // size, -(-part.stop // size)) for part, size in zip(piece, tile, strict=True)
    )


def _counts(box: Box) -> list[int]:
    """The number of tiles along each axis."""
    return [stop - start for start, stop in box]


def _by_tile(values: Array, counts: Sequence[int]) -> Array:
    """The values of a piece as a matrix with a row a tile; valid until this thread's next call."""
    split = [
        size
        for count, extent in zip(counts, values.shape, strict=True)
        for size in (count, extent // count)
    ]
    rank = values.ndim
    order = [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)]
    apart = values.reshape(split).transpose(order)
    if not apart.flags.c_contiguous:
        room = _scratch.like(apart)
        np.copyto(room, apart)
        apart = room
    return apart.reshape(math.prod(counts), -1)


def cut(block: Block, units: Sequence[int], most: int) -> Iterable[Block]:
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
            yield from cut((*block[:axis], rows, *block[axis + 1 :]), units, most)
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
