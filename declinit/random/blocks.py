"""Blocks: which elements of an array a block holds, and the stretches in which they are made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from operator import index
from typing import NamedTuple, TypeAlias

from declinit.random.scratch import CHUNK

Block: TypeAlias = Sequence[slice]

# Starting a stretch takes about as long as making this many elements.
STRETCH_COST = 2_500
# And so does starting a run inside one.
RUN_COST = 600


class Axis(NamedTuple):
    """An axis of the whole array, and the range of it that a block covers."""

    size: int
    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many indices the block covers."""
        return self.stop - self.start

    @property
    def full(self) -> bool:
        """Whether the block covers the whole axis."""
        return self.length == self.size


class Stretch(NamedTuple):
    """Elements of the whole array that are made together: consecutive ones, or several runs of such.

    Attributes:
        start: index of the first element, in row-major order.
        shape: the shape in which the elements made are laid out.
        kept: the part of them that belongs to the block; None if all of them do.
        target: where that part goes in the block, whose axes are merged.
        pitch: from the start of one row of `shape` to that of the next; 0 if they follow each other.
    """

    start: int
    shape: tuple[int, ...]
    kept: tuple[slice, ...] | None
    target: tuple[int | slice, ...]
    pitch: int = 0


def axes_of(shape: Sequence[int], block: Block | None) -> list[Axis]:
    """The axes of a block in an array of the given shape.

    Raises:
        ValueError: if the block does not have one slice of step 1 for each axis.
    """
    # NumPy's integers would overflow where a shape is larger than any memory.
    shape = [index(size) for size in shape]
    if block is None:
        return [Axis(size, 0, size) for size in shape]
    if len(block) != len(shape):
        raise ValueError(f"a block of shape {tuple(shape)} needs {len(shape)} slices, got {block}")
    return [_axis(size, part) for size, part in zip(shape, block, strict=True)]


def _axis(size: int, part: slice) -> Axis:
    start, stop, step = part.indices(size)
    if step != 1:
        raise ValueError(f"the slices of a block have step 1, received {part}")
    return Axis(size, start, max(start, stop))


def merge(axes: Sequence[Axis]) -> list[Axis]:
    """The smallest number of axes (at least one) that describe the same elements in memory."""
    merged = [Axis(1, 0, 1)]
    for inner in axes:
        outer = merged[-1]
        if inner.full or outer.length == 1:
            merged[-1] = _joined(outer, inner)
        else:
            merged.append(inner)
    return merged


def _joined(outer: Axis, inner: Axis) -> Axis:
    start = outer.start * inner.size + inner.start
    return Axis(outer.size * inner.size, start, start + outer.length * inner.length)


def stretches(axes: Sequence[Axis], limit: int) -> Iterator[Stretch]:
    """Cut a block into stretches of at most `limit` elements.

    The stretches hold only elements of the block, unless its rows are so narrow that it is faster
    to make whole rows of the array and drop the rest.

    Args:
        axes: merged axes of a block that is not empty.
        limit: the largest number of elements to make together, at least a chunk.
    """
    level = _cheapest_level(axes)
    if 0 < level == len(axes) - 1 and axes[level].length <= CHUNK // 2:
        yield from _stretches_of_runs(axes, min(limit, CHUNK))
        return
    pitch = _pitch(axes, level)
    kept = tuple(slice(axis.start, axis.stop) for axis in axes[level + 1 :])
    group = max(1, (CHUNK if kept else limit) // pitch)
    inner_shape = tuple(axis.size for axis in axes[level + 1 :])
    for lead in product(*(range(axis.length) for axis in axes[:level])):
        base = _index(axes, lead)
        for first in range(0, axes[level].length, group):
            count = min(group, axes[level].length - first)
            yield Stretch(
                start=base + (axes[level].start + first) * pitch,
                shape=(count, *inner_shape),
                kept=(slice(None), *kept) if kept else None,
                target=(*lead, slice(first, first + count)),
            )


def _stretches_of_runs(axes: Sequence[Axis], limit: int) -> Iterator[Stretch]:
    """Stretches of several runs, each of which is a row of the block."""
    rows, run = axes[-2:]
    group = max(1, limit // run.length)
    for lead in product(*(range(axis.length) for axis in axes[:-2])):
        base = _index(axes, lead) + run.start
        for first in range(0, rows.length, group):
            count = min(group, rows.length - first)
            yield Stretch(
                start=base + (rows.start + first) * run.size,
                shape=(count, run.length),
                kept=None,
                target=(*lead, slice(first, first + count)),
                pitch=run.size,
            )


def _cheapest_level(axes: Sequence[Axis]) -> int:
    """The axis along which to make whole rows; the last axis means only the block's elements."""
    last = len(axes) - 1
    levels = [level for level in range(last) if _pitch(axes, level) <= CHUNK]
    return min([*levels, last], key=lambda level: _cost(axes, level))


def _cost(axes: Sequence[Axis], level: int) -> int:
    pitch = _pitch(axes, level)
    leads = math.prod(axis.length for axis in axes[:level])
    if level == len(axes) - 1:
        return leads * (axes[level].length + RUN_COST)
    groups = -(-axes[level].length // max(1, CHUNK // pitch))
    return leads * (axes[level].length * pitch + groups * STRETCH_COST)


def _pitch(axes: Sequence[Axis], level: int) -> int:
    return math.prod(axis.size for axis in axes[level + 1 :])


def _index(axes: Sequence[Axis], lead: Sequence[int]) -> int:
    steps = enumerate(zip(axes, lead, strict=False))
    return sum((axis.start + at) * _pitch(axes, level) for level, (axis, at) in steps)
