"""How processes share out the measuring of a variable whose shards lie on several devices.

It follows from shape and layout alone, so that every process knows it without asking: a tile inside
one shard is measured by a process that holds the shard; of one that straddles shards, each part is
sent by a process that holds it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from declinit.audits.tiles import Block, Grid, Numbers, Shape, grid_of

# A block that can be compared and looked up.
Bounds = tuple[tuple[int, int], ...]


class Share(NamedTuple):
    """A block of one shard, and the process that sees to it.

    Attributes:
        shard: that holds the block.
        block: whole tiles, or a part of one tile.
        process: by its index.
        tile: that the block is a part of; None for whole tiles.
    """

    shard: Bounds
    block: Block
    process: int
    tile: Block | None = None


def bounds_of(index: Block, shape: Shape) -> Bounds:
    """Where a block begins and ends, as numbers; JAX leaves out those that are the array's own."""
    pairs = (part.indices(size)[:2] for part, size in zip(index, shape, strict=True))
    return tuple(pairs)


class Shares(NamedTuple):
    """The blocks of a variable, each once.

    Attributes:
        whole: those of whole tiles.
        parts: those that are a part of a tile, tile by tile.
        numbers: of the tiles that each process measures whole, by process.
    """

    whole: tuple[Share, ...]
    parts: tuple[tuple[Block, tuple[Share, ...]], ...]
    numbers: tuple[tuple[int, Numbers], ...]


# The blocks of a model are alike, and thousands of devices make many shares.
@functools.lru_cache(maxsize=256)
def holders_of(shape: Shape, sharding: Any) -> Mapping[Bounds, Sequence[int]]:
    """The shards of a variable, with the process of each device that holds them.

    Args:
        shape: of the variable.
        sharding: a `jax.sharding.Sharding`.
    """
    holders: dict[Bounds, list[int]] = {}
    for device, index in sharding.devices_indices_map(shape).items():
        holders.setdefault(bounds_of(index, shape), []).append(device.process_index)
    return {shard: holders[shard] for shard in sorted(holders)}


@functools.lru_cache(maxsize=256)
def shares_of(shape: Shape, sharding: Any) -> Shares:
    """All blocks of a variable; none for one without elements.

    Args:
        shape: of the variable.
        sharding: a `jax.sharding.Sharding`.
    """
    grid = grid_of(shape)
    whole: list[Share] = []
    parts: dict[Bounds, list[Share]] = {}
    for shard, processes in holders_of(shape, sharding).items() if grid.elements else ():
        for piece in grid.pieces(tuple(slice(*pair) for pair in shard)):
            for share in _shares_in(grid, piece, shard, sorted(set(processes))):
                if share.tile is None:
                    whole.append(share)
                else:
                    parts.setdefault(bounds_of(share.tile, shape), []).append(share)
    by_tile = [(tuple(slice(*pair) for pair in b), tuple(parts[b])) for b in sorted(parts)]
    return Shares(tuple(whole), tuple(by_tile), tuple(_numbers(grid, whole)))


def _numbers(grid: Grid, whole: Sequence[Share]) -> Iterator[tuple[int, Numbers]]:
    by_process: dict[int, list[Numbers]] = {}
    for share in whole:
        by_process.setdefault(share.process, []).append(grid.numbers(share.block))
    for process, numbers in sorted(by_process.items()):
        yield process, np.concatenate(numbers)


def _shares_in(grid: Grid, piece: Block, shard: Bounds, holders: Sequence[int]) -> Iterator[Share]:
    if all(
        not (part.start % size or part.stop % size)
        for part, size in zip(piece, grid.tile, strict=True)
    ):
        for process, block in zip(holders, _parts(grid, piece, len(holders)), strict=True):
            if all(part.start < part.stop for part in block):
                yield Share(shard, block, process)
        return
    for block in _inside_tiles(grid, piece):
        yield Share(shard, block, holders[0], _tile_around(grid, block))


def _parts(grid: Grid, piece: Block, count: int) -> Iterator[Block]:
    """Whole tiles cut into nearly equal parts along the axis that has the most; some may be empty."""
    if not piece:
        yield from [piece] + [(slice(0, 0),)] * (count - 1)
        return
    tiles = [(p.stop - p.start) // size for p, size in zip(piece, grid.tile, strict=True)]
    axis = tiles.index(max(tiles))
    edges = [
        piece[axis].start + tiles[axis] * part // count * grid.tile[axis]
        for part in range(count + 1)
    ]
    for start, stop in itertools.pairwise(edges):
        yield (*piece[:axis], slice(start, stop), *piece[axis + 1 :])


def _inside_tiles(grid: Grid, piece: Block) -> Iterator[Block]:
    """A block cut wherever a tile ends."""
    cuts = []
    for part, size in zip(piece, grid.tile, strict=True):
        edges = range(part.start // size * size, part.stop, size)
        cuts.append([slice(max(e, part.start), min(e + size, part.stop)) for e in edges])
    yield from itertools.product(*cuts)


def _tile_around(grid: Grid, block: Block) -> Block:
    """The tile that a block lies in."""
    return tuple(
        slice(part.start // size * size, part.start // size * size + size)
        for part, size in zip(block, grid.tile, strict=True)
    )
