"""A tensor, or the slices of it that are asked for, out of bytes in C order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.checkpoints.regions import ByteSource

Array = npt.NDArray[Any]
Shape = tuple[int, ...]
Bounds = tuple[tuple[int, int], ...]

PIECE = 4 * 2**20  # bytes that are read in vain where a slice is narrower than a row


def bounds_of(slices: Sequence[slice] | None, shape: Shape) -> Bounds:
    """Where each axis begins and ends.

    Args:
        slices: one for each leading axis, as `jax.Shard.index` has them; None for the whole.
        shape: of the tensor.

    Raises:
        ValueError: if there are more slices than axes, or one has a step.
    """
    given = tuple(slices or ())
    if len(given) > len(shape):
        raise ValueError(f"{len(given)} slices for {len(shape)} axes")
    rest = (slice(None),) * (len(shape) - len(given))
    found = [part.indices(size) for part, size in zip((*given, *rest), shape, strict=True)]
    if any(step != 1 for _, _, step in found):
        raise ValueError("slices with a step are not read")
    return tuple((start, max(start, stop)) for start, stop, _ in found)


def read_array(
    source: ByteSource, offset: int, shape: Shape, dtype: np.dtype[Any], bounds: Bounds
) -> Array:
    """Read a box of a tensor; whole rows go straight to where they stay.

    Args:
        source: the bytes.
        offset: where the tensor begins.
        shape: of the whole tensor.
        dtype: as stored.
        bounds: of the box.
    """
    out = np.empty([stop - start for start, stop in bounds], dtype)
    if out.size:
        _fill(source, offset, shape, bounds, out)
    return out if dtype.isnative else out.astype(dtype.newbyteorder("="))


def bytes_of(array: Array) -> memoryview:
    """The memory of a contiguous array."""
    return array.reshape(-1).view(np.uint8).data


def _fill(source: ByteSource, offset: int, shape: Shape, bounds: Bounds, out: Array) -> None:
    if not shape:
        source.read_at(offset, bytes_of(out))
        return
    start, stop = bounds[0]
    row = out.itemsize * math.prod(shape[1:])
    if all(bound == (0, size) for bound, size in zip(bounds[1:], shape[1:], strict=True)):
        source.read_at(offset + start * row, bytes_of(out))
    elif row > PIECE:
        for index in range(start, stop):
            _fill(source, offset + index * row, shape[1:], bounds[1:], out[index - start])
    else:
        _fill_by_rows(source, offset, shape, bounds, out)


def _fill_by_rows(
    source: ByteSource, offset: int, shape: Shape, bounds: Bounds, out: Array
) -> None:
    """Read whole rows, as many as fit a piece, and keep what is asked for."""
    start, stop = bounds[0]
    row = out.itemsize * math.prod(shape[1:])
    inner = tuple(slice(*bound) for bound in bounds[1:])
    count = max(1, PIECE // row)
    scratch = np.empty((min(count, stop - start), *shape[1:]), out.dtype)
    for first in range(start, stop, count):
        rows = scratch[: min(count, stop - first)]
        source.read_at(offset + first * row, bytes_of(rows))
        out[first - start : first - start + len(rows)] = rows[(slice(None), *inner)]
