"""Pieces: the blocks in which a large array is read, written and measured, one after another."""

from __future__ import annotations

import math
from collections.abc import Iterator

from declinit.audits.tiles import Block

# A variable larger than this is never held twice: its values come in pieces of at most the other
# size. Both together, twice, stay well below 64 MiB.
WHOLE_BYTES = 12 << 20
PIECE_BYTES = 8 << 20


def pieces(shape: tuple[int, ...], itemsize: int) -> Iterator[Block]:
    """Blocks of consecutive elements that follow each other through an array, in order.

    Args:
        shape: of the array.
        itemsize: bytes of an element.

    Yields:
        One block for an array of at most `WHOLE_BYTES`; otherwise blocks of at most `PIECE_BYTES`,
        if a row of the last axis fits into one.
    """
    whole = math.prod(shape) * itemsize <= WHOLE_BYTES
    yield from _split(shape, itemsize, WHOLE_BYTES if whole else PIECE_BYTES)


def _split(shape: tuple[int, ...], itemsize: int, limit: int) -> Iterator[Block]:
    if math.prod(shape) * itemsize <= limit or not shape:
        yield whole(shape)
        return
    row = math.prod(shape[1:]) * itemsize
    if row > limit:
        for index in range(shape[0]):
            inner = _split(shape[1:], itemsize, limit)
            yield from ((slice(index, index + 1), *block) for block in inner)
        return
    step = limit // row
    for start in range(0, shape[0], step):
        stop = min(start + step, shape[0])
        yield (slice(start, stop), *(slice(0, size) for size in shape[1:]))


def whole(shape: tuple[int, ...]) -> Block:
    """The block that is all of an array."""
    return tuple(slice(0, size) for size in shape)
