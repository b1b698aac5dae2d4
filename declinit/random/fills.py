"""Filling a stretch of memory with consecutive elements of a draw, chunk by chunk."""

from __future__ import annotations

import numpy as np

from declinit.random.arrays import Array, Floats, Indices, Words
from declinit.random.formats import round_into, rounded
from declinit.random.scratch import CHUNK, scratch
from declinit.random.streams import words
from declinit.random.transforms import Transform

# The words that the normal law's own table leaves to its tail: the first and last 256 cells.
TAIL_WORDS = 256 << 16

# So many draws lie in the tail, one in 128, that the calls which compute them cost little each.
FILL_LIMIT = 8 * CHUNK


def fill(transform: Transform, key: int, start: int, out: Array) -> None:
    """Write elements `start`, `start + 1`, ... of a draw.

    Args:
        transform: the law, made ready.
        key: of the stream that the words come from.
        start: the index of the first element, in row-major order of the whole array.
        out: one-dimensional and contiguous, in any format; its size decides how many.
            Memory for the tail grows with the size: 12 bytes for 128 elements.
    """
    positions: list[Indices] = []
    outermost: list[Words] = []
    for first in range(0, out.size, CHUNK):
        chunk = out[first : first + CHUNK]
        drawn = words(key, start + first, chunk.size)
        _fill_chunk(transform, drawn, chunk)
        if transform.tail:
            found = _find_tail(drawn)
            positions.append(found + first)
            outermost.append(drawn[found])
    if transform.tail and positions:
        _fill_tail(transform, np.concatenate(outermost), np.concatenate(positions), out)


def _fill_chunk(transform: Transform, drawn: Words, chunk: Array) -> None:
    direct = chunk.dtype == np.float32
    values: Floats = chunk if direct else scratch.values[: chunk.size]
    transform.unit(drawn, values)
    transform.finish(values)
    if not direct:
        round_into(values, chunk)


def _find_tail(drawn: Words) -> Indices:
    shifted = scratch.bits[: drawn.size]
    chosen = scratch.chosen[: drawn.size]
    # The two ends of the range lie side by side once it is turned by the length of one.
    np.add(drawn, TAIL_WORDS, out=shifted)
    np.less(shifted, 2 * TAIL_WORDS, out=chosen)
    return chosen.nonzero()[0]


def _fill_tail(transform: Transform, drawn: Words, positions: Indices, out: Array) -> None:
    if transform.tail and positions.size:
        values = transform.tail(drawn)
        transform.finish(values)
        out[positions] = rounded(values, out.dtype)
