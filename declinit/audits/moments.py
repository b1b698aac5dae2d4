"""Mean, standard deviation and bounds from a fixed order of additions.

Only single IEEE 754 operations are used, in an order that this file fixes and `README.md` beside
it specifies: the same values have the same moments to the last bit, whatever NumPy's version, the
number of threads, or the pieces in which the values arrived.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from threading import local
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]

LANES = 256
# Elements that are worked on at a time: few calls, and their doubles stay in a core's cache.
CHUNK = 1 << 17


def halved(values: Doubles) -> Doubles:
    """The sums along the last axis: the second half is added to the first until one value is left.

    Args:
        values: as many along the last axis as a power of two.
    """
    while (half := values.shape[-1] // 2) > 0:
        values = values[..., :half] + values[..., half:]
    return values[..., 0]


@functools.cache
def _reduces_in_order() -> bool:
    """Whether NumPy sums along an axis that is not the last one row after row.

    It always has, but does not promise it; on an order of its own the explicit way is taken.
    """
    rows = np.ldexp(np.linspace(-1.0, 1.3, 70 * 8).reshape(1, 70, 8), np.arange(70)[:, None] % 23)
    return np.array_equal(np.add.reduce(rows, axis=-2), _sum_of_rows(rows))


def _sum_of_rows(rows: Doubles) -> Doubles:
    total: Doubles = rows[..., 0, :].copy()
    for row in range(1, rows.shape[-2]):
        total += rows[..., row, :]
    return total


def _fold(rows: Doubles) -> Doubles:
    """The sums over the last axis but one, row after row in order; there is at least one row."""
    folded: Doubles = np.add.reduce(rows, axis=-2) if _reduces_in_order() else _sum_of_rows(rows)
    return folded


class _Scratch(local):
    """Each thread's own working memory, made once."""

    def __init__(self) -> None:
        self.doubles = np.empty(CHUNK + LANES)


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
        self._lanes = np.zeros((2, len(first), LANES))  # of the distances, and of their squares
        self._held = 0  # values that each tile has received

    def add(self, values: Array) -> None:
        """The next values of each tile, a row a tile."""
        count = values.shape[1]
        row = min(-self._held % LANES, count)  # completes the row of lanes that was begun
        if row:
            self._add_columns(values[:, :row])
        for start in range(row, count, CHUNK):
            self._add_columns(values[:, start : start + CHUNK])

    def _add_columns(self, values: Array) -> None:
        """As many tiles at a time as the working memory holds."""
        tiles, count = values.shape
        step = max(1, CHUNK // (count + LANES))
        for start in range(0, tiles, step):
            part = slice(start, min(start + step, tiles))
            self._add_part(values[part], part)
        self._held += count

    def _add_part(self, values: Array, part: slice) -> None:
        tiles, count = values.shape
        room = _scratch.doubles[: tiles * (LANES + count)].reshape(tiles, LANES + count)
        doubles = room[:, LANES:]
        np.copyto(doubles, values)
        # Half types are slow to compare.
        self._widen_bounds(values if values.itemsize >= 4 else doubles, part)
        doubles -= self._shift[part, None]
        self._add_to_lanes(self._lanes[0, part], room)
        doubles *= doubles
        self._add_to_lanes(self._lanes[1, part], room)

    def _widen_bounds(self, values: Array, part: slice) -> None:
        # NaN stays, as in NumPy.
        for bound, wider in ((self._low, np.minimum), (self._high, np.maximum)):
            wider(bound[part], wider.reduce(values, axis=1), out=bound[part])

    def _add_to_lanes(self, lanes: Doubles, room: Doubles) -> None:
        """Add values, each to the lane whose turn it is.

        Args:
            lanes: a row a tile.
            room: the values, a row a tile, behind room for the lanes.
        """
        count, lane = room.shape[1] - LANES, self._held % LANES
        if lane:
            lanes[:, lane : lane + count] += room[:, LANES:]
            return
        rest = count % LANES
        if count > rest:
            room[:, :LANES] = lanes
            rows = room[:, : room.shape[1] - rest].reshape(len(room), -1, LANES)
            lanes[...] = _fold(rows if self._held else rows[:, 1:])
        if rest:
            lanes[:, :rest] += room[:, -rest:]

    def result(self) -> Doubles:
        """The moments of each tile, a row a field of `TileMoments`; no more values follow."""
        return np.stack([self._shift, *halved(self._lanes), self._low, self._high])


class TileMoments(NamedTuple):
    """What is known of each tile, one element a tile.

    Attributes:
        shift: the first value.
        total: the sum of the distances from it.
        squares: the sum of the squared distances from it.
        low, high: the smallest and the largest value.
    """

    shift: Doubles
    total: Doubles
    squares: Doubles
    low: Doubles
    high: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Mean, standard deviation and bounds; None where there is no finite number."""

    mean: float | None = None
    stddev: float | None = None
    min: float | None = None
    max: float | None = None


def moments_of_constant(values: Array) -> Moments | None:
    """The moments of values that are all one finite number; None for others."""
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    if low != high or not math.isfinite(low):
        return None
    return Moments(mean=_finite(low), stddev=0.0, min=_finite(low), max=_finite(high))


def combined(tiles: TileMoments, elements: int) -> Moments:
    """The moments of an array.

    Args:
        tiles: all its tiles, in the order of its grid; at least one.
        elements: how many each of them holds.
    """
    mean = _mean(tiles, elements)
    return Moments(
        mean=_finite(mean),
        stddev=_finite(_stddev(tiles, elements, mean)),
        min=_finite(float(np.minimum.reduce(tiles.low))),
        max=_finite(float(np.maximum.reduce(tiles.high))),
    )


def _mean(tiles: TileMoments, elements: int) -> float:
    # Around the first value of all, so that a constant has itself as its mean.
    first = float(tiles.shift[0])
    distances = (tiles.shift - first) * elements
    return first + _exact_sum(distances, tiles.total) / (elements * len(tiles.shift))


def _stddev(tiles: TileMoments, elements: int, mean: float) -> float:
    within = tiles.squares - tiles.total * tiles.total / elements
    offsets = tiles.shift + tiles.total / elements - mean
    variance = _exact_sum(within, offsets * offsets * elements) / (elements * len(within))
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else variance


def _exact_sum(*terms: Doubles) -> float:
    """The exact sum, rounded once, which no order of additions can change."""
    try:
        return math.fsum(itertools.chain.from_iterable(term.tolist() for term in terms))
    except (OverflowError, ValueError):  # of infinities, or larger than any double
        return math.nan


def _finite(value: float) -> float | None:
    # Adding 0 makes 0 of -0: which of the two is the smaller is NumPy's own affair.
    return value + 0.0 if math.isfinite(value) else None
