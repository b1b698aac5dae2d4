"""One pass over a variable's values: all that the tests of a draw need to know of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.measures import cut, inside
from declinit.audits.statistics.fingerprints import Fingerprint, Fingerprints, Repetition
from declinit.audits.statistics.half_types import HalfTypes
from declinit.audits.statistics.rounding import precision
from declinit.audits.statistics.views import View
from declinit.audits.tiles import Block, Shape

Array = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]

# Blocks are worked on in parts of so many elements, which a processor's cache holds.
PART = 1 << 15
# The distance of so many draws from the distribution of another family of the same mean and stddev
# has a probability of 1e-20 or less.
SAMPLE = 1 << 16
# What rounding may add to a bound: that of the bound, of the draw, of their product and their sum.
ROUNDINGS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What is known of the values of one variable.

    Attributes:
        size: the number of elements, tested or not.
        dtype: of the values.
        infinite: how many are no finite numbers.
        count: how many are tested.
        mean: of the standardized numbers: their distances from the expected mean, in stddevs.
        square: the mean of the squares of these.
        low, high: the smallest and the largest value.
        outside: how many lie outside the support.
        sample: values evenly from the whole, sorted.
        half_type: the half type that all values are numbers of.
        zeros: the number of zeros in each column, where zeros are counted.
        fingerprint: of all values.
        repetition: slices that hold the same numbers.
    """

    size: int
    dtype: np.dtype[Any]
    infinite: int
    count: int
    mean: float
    square: float
    low: float
    high: float
    outside: int
    sample: Doubles
    half_type: str | None
    zeros: Array
    fingerprint: Fingerprint | None
    repetition: Repetition | None

    @property
    def is_constant(self) -> bool:
        """Whether several elements are one and the same number."""
        return self.count > 1 and self.low == self.high


def gather(pieces: Iterable[tuple[Block, Array]], shape: Shape, view: View) -> Draws:
    """All that the tests need to know of a variable's values.

    Args:
        pieces: blocks of consecutive elements in order, with their values.
        shape: of the variable.
        view: how its distribution is looked at.
    """
    gathering = _Gathering(shape, view)
    with np.errstate(all="ignore"):  # values and the numbers in an audit may be of any size
        for block, values in pieces:
            for part in cut(block, [1] * len(block), PART):
                gathering.add(values[inside(part, block)], part)
        return gathering.result()


class _Gathering:
    """What is known of the values so far."""

    def __init__(self, shape: Shape, view: View) -> None:
        self._view = view
        self._size = math.prod(shape)
        self._step = _step(self._size)
        self._zeros = np.zeros(shape[-1:], np.int64)
        self._prints = Fingerprints(shape)
        self._halves: HalfTypes | None = None
        self._dtype: np.dtype[Any] = np.dtype("float32")
        self._seen = self._infinite = self._count = self._outside = 0
        self._sums: list[float] = []
        self._squares: list[float] = []
        self._low, self._high = math.inf, -math.inf
        self._samples: list[Doubles] = [np.empty(0)]

    def add(self, values: Array, block: Block) -> None:
        """The next values."""
        if self._halves is None:
            self._dtype, self._halves = values.dtype, HalfTypes(values.dtype)
        self._prints.add(values, block)
        self._infinite += values.size - int(np.count_nonzero(np.isfinite(values)))
        sampled = values.reshape(-1)[-self._seen % self._step :: self._step]
        self._seen += values.size
        if self._view.drops_zeros:
            self._count_zeros(values, block)
            values, sampled = values[values != 0], sampled[sampled != 0]
        self._samples.append(sampled.astype(np.float64))
        self._halves.add(values[values != 0])
        self._add_numbers(values.reshape(-1))

    def _count_zeros(self, values: Array, block: Block) -> None:
        if block:
            rows = np.count_nonzero(values == 0, axis=tuple(range(values.ndim - 1)))
            self._zeros[block[-1]] += rows

    def _add_numbers(self, values: Array) -> None:
        if not values.size:
            return
        doubles = values.astype(np.float64)
        low, high = float(doubles.min()), float(doubles.max())
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._outside += self._beyond(doubles, low, high)
        moments = self._view.moments
        numbers = self._view.numbers(doubles)
        # Halved, since the distance of two doubles may be larger than any.
        standard = (numbers / 2 - moments.mean / 2) / moments.stddev * 2
        self._count += values.size
        self._sums.append(float(standard.sum()))
        self._squares.append(float(np.square(standard).sum()))

    def _beyond(self, doubles: Doubles, low: float, high: float) -> int:
        """How many values lie further outside the support than rounding can carry them."""
        least, most = self._view.values.low, self._view.values.high
        ends = [abs(end) for end in (least, most) if math.isfinite(end)]
        slack = ROUNDINGS * precision(self._dtype)[0] * max(ends, default=0.0)
        if low >= least - slack and high <= most + slack:
            return 0
        return int(np.count_nonzero((doubles < least - slack) | (doubles > most + slack)))

    def result(self) -> Draws:
        """What is known of all values."""
        return Draws(
            size=self._size,
            dtype=self._dtype,
            infinite=self._infinite,
            count=self._count,
            mean=_total(self._sums) / max(self._count, 1),
            square=_total(self._squares) / max(self._count, 1),
            low=self._low,
            high=self._high,
            outside=self._outside,
            sample=np.sort(np.concatenate(self._samples)),
            half_type=self._halves.result() if self._halves else None,
            zeros=self._zeros,
            fingerprint=self._prints.result(self._size),
            repetition=self._prints.repetition(self._size),
        )


def _step(size: int) -> int:
    """How far apart sampled elements lie: through all rows and columns alike."""
    step = -(-size // SAMPLE) or 1
    while step > 1 and math.gcd(step, size) > 1:
        step += 1
    return step


def _total(parts: list[float]) -> float:
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):  # of infinities, or larger than any double
        return math.nan
