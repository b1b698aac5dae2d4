"""Mean, standard deviation and bounds from a fixed order of additions.

Only single IEEE 754 operations are used, in an order that this file fixes and `README.md` beside
it specifies: the same values have the same moments to the last bit, whatever NumPy's version, the
number of threads, or the pieces in which the values arrived.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import local
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]

LEVELS = 10
LEAF = 1 << LEVELS
CHUNK = 1 << 16  # elements that are worked on at a time: they stay in a core's cache


def paired(values: Doubles) -> Doubles:
    """The sums along the last axis: neighbours are added in pairs until one value is left.

    The last of an odd number of values waits for the next round. So a sum over 1,024 neighbours
    is a node of the sum over all, and values may arrive in pieces.
    """
    while (count := values.shape[-1]) > 1:
        even = count - count % 2
        sums = values[..., :even:2] + values[..., 1:even:2]
        values = sums if even == count else np.append(sums, values[..., even:], axis=-1)
    return values[..., 0]


class _Scratch(local):
    """Each thread's own working memory, made once: distances and their squares, twice."""

    def __init__(self) -> None:
        self.values = np.empty(2 * CHUNK)
        self.sums = np.empty(CHUNK)


_scratch = _Scratch()


def _leaf_sums(both: Doubles) -> Doubles:
    """The sums over every 1,024 neighbours; `both`, the start of the scratch, is overwritten."""
    values, spare = both, _scratch.sums
    for _ in range(LEVELS):
        half = values.size // 2
        np.add(values[::2], values[1::2], out=spare[:half])
        values, spare = spare[:half], values
    return values


class TileSums:
    """Sums over several tiles at once, each of which receives equally many values at a time.

    Values that are not finite make NumPy warn, unless the caller has it ignore that.

    Args:
        first: the first value of each tile; sums are taken of the distances from it, which keeps
            constants exact.
    """

    def __init__(self, first: Array) -> None:
        self._shift: Doubles = first.astype(np.float64)
        self._low = self._shift.copy()
        self._high = self._shift.copy()
        self._rest = np.empty((len(first), 0), first.dtype)  # of a leaf that is not complete yet
        # Each of shape (2, tiles, leaves): the distances' sums, and their squares' sums.
        self._leaves: list[Doubles] = []

    def add(self, values: Array) -> None:
        """The next values of each tile, a row a tile."""
        self._widen_bounds(values)
        if self._rest.size:
            values = np.append(self._rest, values, axis=1)
        whole = values.shape[1] // LEAF * LEAF
        self._rest = values[:, whole:].copy()
        for start in range(0, whole, CHUNK):
            self._add_leaves(values[:, start : min(start + CHUNK, whole)])

    def _widen_bounds(self, values: Array) -> None:
        # NaN stays, as in NumPy.
        np.minimum(self._low, values.min(axis=1).astype(np.float64), out=self._low)
        np.maximum(self._high, values.max(axis=1).astype(np.float64), out=self._high)

    def _add_leaves(self, values: Array) -> None:
        tiles, count = values.shape
        leaves = np.empty((2, tiles, count // LEAF))
        rows = CHUNK // count  # as many tiles at a time as the working memory holds
        for start in range(0, tiles, rows):
            part = slice(start, min(start + rows, tiles))
            leaves[:, part] = self._sums_of(values[part], self._shift[part, None])
        self._leaves.append(leaves)

    def _sums_of(self, values: Array, shift: Doubles) -> Doubles:
        both = _scratch.values[: 2 * values.size]
        distances, squares = both.reshape(2, *values.shape)
        np.subtract(values, shift, out=distances, dtype=np.float64)
        np.multiply(distances, distances, out=squares)
        return _leaf_sums(both).reshape(2, len(values), -1)

    def result(self) -> list[TileMoments]:
        """The moments of each tile; no more values follow."""
        sums, squares = self._totals()
        columns = (self._shift, sums, squares, self._low, self._high)
        return list(map(TileMoments, *(column.tolist() for column in columns)))

    def _totals(self) -> Doubles:
        if self._rest.size:
            distances = np.subtract(self._rest, self._shift[:, None], dtype=np.float64)
            self._leaves.append(paired(np.stack([distances, distances * distances]))[..., None])
            self._rest = self._rest[:, :0]
        leaves = self._leaves
        return paired(leaves[0] if len(leaves) == 1 else np.concatenate(leaves, axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Mean, standard deviation and bounds; None where there is no finite number."""

    mean: float | None = None
    stddev: float | None = None
    min: float | None = None
    max: float | None = None


class TileMoments(NamedTuple):
    """What is known of one tile.

    Attributes:
        shift: the first value.
        total: the sum of the distances from it.
        squares: the sum of the squared distances from it.
        low, high: the smallest and the largest value.
    """

    shift: float
    total: float
    squares: float
    low: float
    high: float


def moments_of_constant(values: Array) -> TileMoments | None:
    """The moments of values that are all one finite number; None for others."""
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    return TileMoments(low, 0.0, 0.0, low, high) if low == high and math.isfinite(low) else None


def combined(tiles: Sequence[TileMoments], elements: int) -> Moments:
    """The moments of an array.

    Args:
        tiles: all its tiles, in the order of its grid; at least one.
        elements: how many each of them holds.
    """
    mean = _mean(tiles, elements)
    return Moments(
        mean=_finite(mean),
        stddev=_finite(_stddev(tiles, elements, mean)),
        min=_finite(_first_nan_or(min, [tile.low for tile in tiles])),
        max=_finite(_first_nan_or(max, [tile.high for tile in tiles])),
    )


def _mean(tiles: Sequence[TileMoments], elements: int) -> float:
    # Around the first value of all, so that a constant has itself as its mean.
    first = tiles[0].shift
    distances = [(tile.shift - first) * elements for tile in tiles]
    return first + _exact_sum(distances, [tile.total for tile in tiles]) / (elements * len(tiles))


def _stddev(tiles: Sequence[TileMoments], elements: int, mean: float) -> float:
    within = [tile.squares - tile.total * tile.total / elements for tile in tiles]
    offsets = [tile.shift + tile.total / elements - mean for tile in tiles]
    between = [offset * offset * elements for offset in offsets]
    variance = _exact_sum(within, between) / (elements * len(tiles))
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else variance


def _exact_sum(*terms: list[float]) -> float:
    """The exact sum, rounded once, which no order of additions can change."""
    try:
        return math.fsum(itertools.chain(*terms))
    except (OverflowError, ValueError):  # of infinities, or larger than any double
        return math.nan


def _first_nan_or(bound: Callable[[list[float]], float], values: list[float]) -> float:
    return next(filter(math.isnan, values), None) or bound(values)


def _finite(value: float) -> float | None:
    # Adding 0 makes 0 of -0: which of the two is the smaller is NumPy's own affair.
    return value + 0.0 if math.isfinite(value) else None
