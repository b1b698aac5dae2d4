"""Mean, standard deviation and bounds from a fixed order of additions.

Only single IEEE 754 operations are used, in an order that this file fixes and `README.md` beside
it specifies: the same values have the same moments to the last bit, whatever NumPy's version, the
number of threads, or the pieces in which the values arrived.
"""

from __future__ import annotations

import functools
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

LANES = 256
CHUNK = 1 << 15  # elements that are worked on at a time: they stay in a core's cache


def paired(values: Doubles) -> Doubles:
    """The sums along the last axis: neighbours are added in pairs until one value is left.

    Args:
        values: as many along the last axis as a power of two.
    """
    while values.shape[-1] > 1:
        values = values[..., ::2] + values[..., 1::2]
    return values[..., 0]


@functools.cache
def _reduces_in_order() -> bool:
    """Whether NumPy sums along an axis that is not the last one row after row.

    It always has, but does not promise it; on an order of its own the explicit way is taken.
    """
    rows = np.ldexp(np.linspace(-1.0, 1.3, 70 * 8).reshape(1, 70, 8), np.arange(70)[:, None] % 23)
    expected = rows[:, 0]
    for row in range(1, 70):
        expected = expected + rows[:, row]
    return np.array_equal(np.add.reduce(rows, axis=1), expected)


def _fold(rows: Doubles, out: Doubles) -> None:
    """The sums over axis 1, row after row in order."""
    if _reduces_in_order():
        np.add.reduce(rows, axis=1, out=out)
        return
    out[...] = rows[:, 0]
    for row in range(1, rows.shape[1]):
        out += rows[:, row]


class _Scratch(local):
    """Each thread's own working memory, made once."""

    def __init__(self) -> None:
        self.distances = np.empty(CHUNK + LANES)
        self.squares = np.empty(CHUNK + LANES)


_scratch = _Scratch()


class TileSums:
    """Sums over several tiles at once, each of which receives equally many values at a time.

    A lane sums every 256th distance of a tile, one after the other, so that values may arrive in
    pieces; the lanes are added last. Values that are not finite make NumPy warn, unless the caller
    has it ignore that.

    Args:
        first: the first value of each tile; sums are taken of the distances from it, which keeps
            constants exact.
    """

    def __init__(self, first: Array) -> None:
        self._shift: Doubles = first.astype(np.float64)
        self._low = self._shift.copy()
        self._high = self._shift.copy()
        self._rest = np.empty((len(first), 0), first.dtype)  # less than one value a lane
        self._lanes = np.zeros((2, len(first), LANES))  # of the distances, and of their squares

    def add(self, values: Array) -> None:
        """The next values of each tile, a row a tile."""
        self._widen_bounds(values)
        if self._rest.size:
            values = np.append(self._rest, values, axis=1)
        whole = values.shape[1] // LANES * LANES
        self._rest = values[:, whole:].copy()
        for start in range(0, whole, CHUNK):
            self._add_rows(values[:, start : min(start + CHUNK, whole)])

    def _widen_bounds(self, values: Array) -> None:
        # NaN stays, as in NumPy.
        np.minimum(self._low, values.min(axis=1).astype(np.float64), out=self._low)
        np.maximum(self._high, values.max(axis=1).astype(np.float64), out=self._high)

    def _add_rows(self, values: Array) -> None:
        """Add whole rows of lanes; as many tiles at a time as the working memory holds."""
        tiles, count = values.shape
        step = max(1, CHUNK // (count + LANES))
        for start in range(0, tiles, step):
            part = slice(start, min(start + step, tiles))
            self._fold_in(values[part], part)

    def _fold_in(self, values: Array, part: slice) -> None:
        tiles, count = values.shape
        shape = (tiles, count // LANES + 1, LANES)
        size = tiles * (count + LANES)
        distances = _scratch.distances[:size].reshape(shape)
        squares = _scratch.squares[:size].reshape(shape)
        distances[:, 0], squares[:, 0] = self._lanes[:, part]
        np.copyto(distances[:, 1:], values.reshape(tiles, -1, LANES))
        distances[:, 1:] -= self._shift[part, None, None]
        np.multiply(distances[:, 1:], distances[:, 1:], out=squares[:, 1:])
        _fold(distances, self._lanes[0, part])
        _fold(squares, self._lanes[1, part])

    def result(self) -> list[TileMoments]:
        """The moments of each tile; no more values follow."""
        rest = self._rest.shape[1]
        distances = np.subtract(self._rest, self._shift[:, None], dtype=np.float64)
        self._lanes[0, :, :rest] += distances
        self._lanes[1, :, :rest] += distances * distances
        columns = (self._shift, *paired(self._lanes), self._low, self._high)
        return list(map(TileMoments, *(column.tolist() for column in columns)))


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
