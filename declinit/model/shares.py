"""How processes share out the measuring of a variable whose shards lie on several devices.

It follows from shape and layout alone, so that every process knows it without asking: a tile inside
one shard is measured by a process that holds the shard; of one that straddles shards, each part is
sent by a process that holds it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from declinit.audits.tiles import Block, Grid, Shape, grid_of

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


def shares_of(shape: Shape, sharding: Any) -> Iterator[Share]:
    """All blocks of a variable, each once; none for one without elements.

    Args:
        shape: of the variable.
        sharding: a `jax.sharding.Sharding`.
    """
    grid = grid_of(shape)
    if not grid.elements:
        return
    holders: dict[Bounds, set[int]] = {}
    for device, index in sharding.devices_indices_map(shape).items():
        holders.setdefault(bounds_of(index, shape), set()).add(device.process_index)
    for shard in sorted(holders):
        for piece in grid.pieces(tuple(slice(*pair) for pair in shard)):
            yield from _shares_in(grid, piece, shard, sorted(holders[shard]))


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
