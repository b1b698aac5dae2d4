"""Measures of variables whose shards lie on several devices, taken by all processes together.

Each process measures the tiles that are its share (`shares`); then the parts of tiles that straddle
shards are sent to the process that measures the tile, and last the results, 72 bytes a tile, to all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from declinit.audits.measures import TILE_BYTES, Measure, Meter, inside
from declinit.audits.tiles import Block, Numbers, grid_of
from declinit.model.processes import exchange, process_count, process_index
from declinit.model.shares import Bounds, Share, bounds_of, shares_of
from declinit.model.tensors import dtype_of, is_sharded, numpy_dtype, read_pieces, shape_of

Array = npt.NDArray[Any]

# One exchange brings a process about so many bytes at most, or one parcel of every process.
ROUND_BYTES = 32 << 20


class Sink(Protocol):
    """Takes blocks of values: a `Meter`, or a `PendingMeasure`."""

    def add(self, values: Array, block: Block) -> None:
        """The values of one block."""


def add_held(variable: Any, sink: Sink) -> None:
    """Have those values measured that are this process' share.

    Args:
        variable: sharded, or any other.
        sink: takes the values.
    """
    if not is_sharded(variable):
        for block, values in read_pieces(variable):
            sink.add(values, block)
        return
    shards = _shards(variable)
    for share in shares_of(shape_of(variable), variable.value.sharding).whole:
        if share.process == process_index():
            sink.add(_held(shards, share, dtype_of(variable)), share.block)


def measures_of(measured: Sequence[tuple[Any, Meter]]) -> list[Measure]:
    """The measures of variables; all processes call this for the same variables.

    Args:
        measured: each variable with what `add_held` has measured.
    """
    tiles, parts = _parcels([variable for variable, _ in measured])
    meters = [meter for _, meter in measured]
    _measure_straddling(measured, parts)
    if process_count() > 1:
        for one, data in _sent(tiles, lambda one: meters[one.index].results(one.tiles)):
            meters[one.index].take(one.tiles, data)
    return [meter.result() for meter in meters]


@dataclass(frozen=True, slots=True)
class _Tiles:
    """The results of whole tiles.

    Attributes:
        index: of the variable.
        tiles: their numbers.
        process: that measures and sends them.
    """

    index: int
    tiles: Numbers
    process: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.tiles.size * TILE_BYTES


@dataclass(frozen=True, slots=True)
class _Part:
    """The values of a part of a tile that straddles shards.

    Attributes:
        index: of the variable.
        share: of the variable, which holds them.
        tile: that they are a part of.
        size: in bytes.
        receiver: the process that measures the tile.
    """

    index: int
    share: Share
    tile: Block
    size: int
    receiver: int

    @property
    def process(self) -> int:
        """The process that sends them."""
        return self.share.process


Parcel = TypeVar("Parcel", _Tiles, _Part)


def _parcels(variables: Sequence[Any]) -> tuple[list[_Tiles], list[_Part]]:
    """All that has to be sent, in an order that is the same on all processes."""
    tiles: list[_Tiles] = []
    parts: list[_Part] = []
    straddling = 0
    for index, variable in enumerate(variables):
        if not is_sharded(variable):
            continue
        shape, itemsize = shape_of(variable), numpy_dtype(dtype_of(variable)).itemsize
        shares = shares_of(shape, variable.value.sharding)
        tiles += [_Tiles(index, numbers, process) for process, numbers in shares.numbers]
        for tile, inside_it in shares.parts:
            # Tiles that straddle shards are dealt out in turn.
            receiver = straddling % process_count()
            straddling += 1
            tiles.append(_Tiles(index, grid_of(shape).numbers(tile), receiver))
            for share in inside_it:
                size = itemsize * math.prod(part.stop - part.start for part in share.block)
                parts.append(_Part(index, share, tile, size, receiver))
    return tiles, parts


def _measure_straddling(measured: Sequence[tuple[Any, Meter]], parts: Sequence[_Part]) -> None:
    """Measure the tiles that straddle shards and are this process' to measure."""
    shards: dict[int, dict[Bounds, Any]] = {}

    def values(part: _Part) -> bytes:
        variable = measured[part.index][0]
        if part.index not in shards:
            shards[part.index] = _shards(variable)
        return _held(shards[part.index], part.share, dtype_of(variable)).tobytes()

    tile: Array | None = None
    missing = 0
    for part, data in _sent(parts, values):
        if part.receiver != process_index():
            continue
        variable, meter = measured[part.index]
        if tile is None:
            sizes = [axis.stop - axis.start for axis in part.tile]
            tile = np.empty(sizes, numpy_dtype(dtype_of(variable)))
            missing = tile.size
        target = inside(part.share.block, part.tile)
        tile[target] = np.frombuffer(data, tile.dtype).reshape(tile[target].shape)
        missing -= tile[target].size
        if not missing:  # the parts of a tile follow each other
            meter.add(tile, part.tile)
            tile = None


def _shards(variable: Any) -> dict[Bounds, Any]:
    """What this process holds of a variable, each shard once."""
    shape = shape_of(variable)
    return {bounds_of(one.index, shape): one.data for one in variable.value.addressable_shards}


def _held(shards: dict[Bounds, Any], share: Share, dtype: str) -> Array:
    """The values of a share, from the shard that holds it."""
    shard = tuple(slice(*pair) for pair in share.shard)
    part: Any = (*inside(share.block, shard), ...)  # an array even of a scalar
    values = np.asarray(shards[share.shard])[part]
    held: Array = values.astype(numpy_dtype(dtype), copy=False)
    return held


def _sent(
    parcels: Sequence[Parcel], content: Callable[[Parcel], bytes]
) -> Iterator[tuple[Parcel, bytes]]:
    """Every parcel with its content, which its process alone can tell."""
    for batch in _rounds(parcels):
        own = b"".join(content(one) for one in batch if one.process == process_index())
        rows = exchange(own, max(_sizes(batch)))
        offsets = [0] * process_count()
        for one in batch:
            start = offsets[one.process]
            offsets[one.process] += one.size
            yield one, rows[one.process, start : start + one.size].tobytes()


def _rounds(parcels: Iterable[Parcel]) -> Iterator[list[Parcel]]:
    """Parcels in batches that, with the room that all processes need alike, are not too large."""
    batch: list[Parcel] = []
    sizes = [0] * process_count()
    for one in parcels:
        sizes[one.process] += one.size
        if batch and max(sizes) * len(sizes) > ROUND_BYTES:
            yield batch
            batch, sizes = [], [0] * process_count()
            sizes[one.process] = one.size
        batch.append(one)
    if batch:
        yield batch


def _sizes(batch: Iterable[Parcel]) -> list[int]:
    sizes = [0] * process_count()
    for one in batch:
        sizes[one.process] += one.size
    return sizes
