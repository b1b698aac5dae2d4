"""Filling memory with consecutive elements of a draw, chunk by chunk."""

from __future__ import annotations

import numpy as np

from declinit.random.arrays import Array, Floats, Words
from declinit.random.formats import round_into
from declinit.random.scratch import CHUNK, scratch
from declinit.random.streams import words
from declinit.random.transforms import Transform


def fill(transform: Transform, key: int, start: int, out: Array) -> None:
    """Write elements `start`, `start + 1`, ... of a draw.

    Args:
        transform: of the distribution.
        key: of the stream that the words come from.
        start: the index of the first element, in row-major order of the whole array.
        out: a one-dimensional contiguous array in any format; its size says how many elements.
    """
    for first in range(0, out.size, CHUNK):
        chunk = out[first : first + CHUNK]
        _fill_chunk(transform, words(key, start + first, chunk.size), chunk)


def fill_runs(transform: Transform, key: int, start: int, pitch: int, out: Array) -> None:
    """Write runs of consecutive elements of a draw, a row of `out` each.

    Args:
        transform: of the distribution.
        key: of the stream that the words come from.
        start: the index of the first element of the first run.
        pitch: from the start of a run to that of the next.
        out: a contiguous matrix in any format, of at most a chunk.
    """
    drawn = scratch.runs[: out.size].reshape(out.shape)
    for row, run in enumerate(drawn):
        run[:] = words(key, start + row * pitch, run.size)
    _fill_chunk(transform, drawn.reshape(-1), out.reshape(-1))


def _fill_chunk(transform: Transform, drawn: Words, chunk: Array) -> None:
    direct = chunk.dtype == np.float32
    values: Floats = chunk if direct else scratch.values[: chunk.size]
    transform.unit(drawn, values)
    transform.finish(values)
    if not direct:
        round_into(values, chunk)
