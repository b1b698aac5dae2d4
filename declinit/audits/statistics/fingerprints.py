"""Fingerprints: which variables, or which rows of one, hold the same numbers in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.tiles import Block, Shape

Array = npt.NDArray[Any]
Words = npt.NDArray[np.uint64]

# So many draws do not coincide by chance: each has eight random bits, in bfloat16 too.
FEWEST = 16

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What two variables have in common if they hold the same numbers.

    Attributes:
        dtype: of the values.
        size: the number of them.
        total: a sum over scrambled values, which no order changes.
    """

    dtype: str
    size: int
    total: int


@dataclass(frozen=True, slots=True)
class Repetition:
    """Slices of one variable that hold the same numbers.

    Attributes:
        axis: along which they lie.
        first, second: the places of two of them.
        count: how many slices are like an earlier one.
    """

    axis: int
    first: int
    second: int
    count: int


class Fingerprints:
    """Takes the fingerprints of a variable, and of its slices along each axis, from its blocks.

    Args:
        shape: of the variable.
    """

    def __init__(self, shape: Shape) -> None:
        self._dtype = ""
        self._slices = [np.zeros(size, np.uint64) for size in shape]

    def add(self, values: Array, block: Block) -> None:
        """The values of one block."""
        words = _scrambled(values)
        self._dtype = values.dtype.name
        for axis, part in enumerate(block):
            others = tuple(other for other in range(values.ndim) if other != axis)
            self._slices[axis][part] += np.add.reduce(words, axis=others, dtype=np.uint64)

    def result(self, size: int) -> Fingerprint | None:
        """The fingerprint of the whole; None if it is too small to have one."""
        if size < FEWEST:
            return None
        whole = np.add.reduce(self._slices[0], dtype=np.uint64)
        return Fingerprint(self._dtype, size, int(whole))

    def repetition(self, size: int) -> Repetition | None:
        """Slices that are like each other, along the first axis that has any."""
        for axis, slices in enumerate(self._slices):
            if len(slices) > 1 and size // len(slices) >= FEWEST:
                found = _repeated(slices, axis)
                if found:
                    return found
        return None


def _scrambled(values: Array) -> Words:
    """A word a value: the same for the same bits, and with nothing else in common."""
    bits = np.ascontiguousarray(values).reshape(values.shape)
    words: Words = bits.view(f"u{values.itemsize}").astype(np.uint64)
    words *= _FIRST
    words ^= words >> _SHIFT
    words *= _SECOND
    words ^= words >> _SHIFT
    return words


def _repeated(slices: Words, axis: int) -> Repetition | None:
    places: dict[int, int] = {}
    pairs: list[tuple[int, int]] = []
    if np.unique(slices).size == slices.size:
        return None
    for place, total in enumerate(slices.tolist()):
        first = places.setdefault(total, place)
        if first != place:
            pairs.append((first, place))
    return Repetition(axis, *pairs[0], len(pairs))


def same_order(one: Array, other: Array) -> str:
    """How two arrays that hold the same numbers differ, in words; empty if they do not."""
    if one.shape == other.shape and np.array_equal(one, other):
        return ""
    if one.ndim == other.ndim == 2 and np.array_equal(one.T, other):
        return ", transposed"
    same = np.array_equal(one.reshape(-1), other.reshape(-1))
    return ", in another shape" if same else ", in another order"
