"""From words to values: what each distribution does with the random integers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from declinit.random.arrays import Floats, Words
from declinit.random.distributions import (
    Distribution,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
)
from declinit.random.scratch import scratch
from declinit.random.tables import (
    TAIL_CELLS_PER_OCTAVE,
    ChordTable,
    central_table,
    log_uniform_table,
    tail_table,
    truncated_table,
)

_HALF_UNIFORM_STEPS = 4_194_304
_SMALL = 2.0**-90
_EXPONENT_OF_HALF = 1022
_LAST_WORD = 2**32 - 1


class Transform(NamedTuple):
    """How words become values of a distribution: unit values, then scale, shift and bounds.

    Attributes:
        unit: writes the unit values of at most one chunk of words.
        scale: multiplies the unit values, unless it is 1.
        shift: is added to them, unless it is 0.
        bounds: least and greatest value; None if rounding cannot leave them.
    """

    unit: Callable[[Words, Floats], None]
    scale: np.float32
    shift: np.float32
    bounds: tuple[np.float32, np.float32] | None = None

    def finish(self, values: Floats) -> None:
        """Scale, shift and bound unit values in place; product and sum are rounded separately."""
        if self.scale != 1:
            np.multiply(values, self.scale, out=values)
        if self.shift != 0:
            np.add(values, self.shift, out=values)
        if self.bounds:
            np.maximum(values, self.bounds[0], out=values)
            np.minimum(values, self.bounds[1], out=values)


def transform_of(distribution: Distribution) -> Transform:
    """The transform of a distribution, with its parameters rounded to float32."""
    match distribution:
        case Normal(mean, stddev):
            return Transform(_unit_normal, np.float32(stddev), np.float32(mean))
        case TruncatedNormal(mean, stddev, bounds):
            return Transform(_cut_at(bounds), np.float32(stddev), np.float32(mean))
        case Uniform(low, high):
            return _uniform_transform(low, high)
        case LogUniform(low, high):
            return _log_uniform_transform(low, high)


def meets_subnormals(distribution: Distribution) -> bool:
    """Whether a parameter, a value or a step towards it may be small enough to be subnormal.

    Unit values are at least 2**-26 in size, and the sum of a value and a shift is either 0 or at
    least 2**-24 of the shift.
    """
    match distribution:
        case Normal(mean, stddev) | TruncatedNormal(mean, stddev):
            factors: tuple[float, ...] = (mean, stddev)
        case Uniform(low, high):
            factors = (low, high, high + low, (high - low) / _HALF_UNIFORM_STEPS)
        case LogUniform():
            factors = ()  # its least value keeps all slopes and steps far from them
    # These are doubles, in which such numbers are far from subnormal: flushing changes nothing.
    return any(0 < abs(factor) < _SMALL for factor in factors)


def _uniform_transform(low: float, high: float) -> Transform:
    scale = np.float32((high - low) * 0.5 / _HALF_UNIFORM_STEPS)
    middle = np.float32((high + low) * 0.5)
    transform = Transform(_unit_uniform, scale, middle)
    return transform if middle == 0 else _kept_within(transform, low, high)


def _log_uniform_transform(low: float, high: float) -> Transform:
    unit = partial(_look_up, log_uniform_table(low, high))
    return _kept_within(Transform(unit, np.float32(1), np.float32(0)), low, high)


def _kept_within(transform: Transform, low: float, high: float) -> Transform:
    """The transform with bounds, if rounding would leave the half-open interval without them."""
    least = np.float32(low)
    greatest = np.nextafter(np.float32(high), np.float32(-np.inf))
    # Values rise with the words, so the first and the last are the extremes.
    ends = np.empty(2, np.float32)
    transform.unit(np.array([0, _LAST_WORD], np.uint32), ends)
    transform.finish(ends)
    stays = least <= ends[0] and ends[1] <= greatest
    return transform if stays else transform._replace(bounds=(least, greatest))


def _unit_normal(words: Words, out: Floats) -> None:
    _look_up(central_table(), words, out)
    tail = np.isnan(out, out=scratch.chosen[: out.size]).nonzero()[0]
    if tail.size:
        out[tail] = _tail_normal(words[tail])


def _unit_truncated(words: Words, out: Floats) -> None:
    _look_up(truncated_table(), words, out)


def _cut_at(bounds: float) -> Callable[[Words, Floats], None]:
    """What makes unit values of a normal distribution cut at some of its standard deviations."""
    if bounds == 2:
        return _unit_truncated
    first, last = _words_within(bounds)
    if (first, last) == (0, _LAST_WORD):
        return _unit_normal
    return partial(_unit_normal_between, first, last + 1 - first)


@lru_cache(maxsize=64)
def _words_within(bounds: float) -> tuple[int, int]:
    """The first and the last word whose unit normal value lies within the bounds.

    Values rise with the words, so both are found by halving the range.
    """
    first = _first_word(lambda value: value >= -bounds)
    return first, _first_word(lambda value: value > bounds) - 1


def _first_word(holds: Callable[[float], bool]) -> int:
    low, high = 0, _LAST_WORD + 1
    value = np.empty(1, np.float32)
    while low < high:
        middle = (low + high) // 2
        _unit_normal(np.array([middle], np.uint32), value)
        low, high = (low, middle) if holds(float(value[0])) else (middle + 1, high)
    return low


def _unit_normal_between(first: int, count: int, words: Words, out: Floats) -> None:
    """The normal values of words that are spread evenly over `count` words from `first` on."""
    products = scratch.products[: words.size]
    np.multiply(words, np.uint64(count), out=products, dtype=np.uint64)
    np.right_shift(products, np.uint64(32), out=products)
    np.add(products, np.uint64(first), out=products)
    mapped = scratch.words[: words.size]
    np.copyto(mapped, products, casting="same_kind")
    _unit_normal(mapped, out)


def _look_up(table: ChordTable, words: Words, out: Floats) -> None:
    cells = np.right_shift(words, 16, out=scratch.cells[: words.size])
    places = np.bitwise_and(words, 0xFFFF, out=scratch.bits[: words.size])
    table.look_up(cells, places, out)


def _unit_uniform(words: Words, out: Floats) -> None:
    bits = scratch.bits[: words.size]
    np.right_shift(words, 9, out=bits)
    np.copyto(out, bits.view(np.int32), casting="same_kind")
    np.subtract(out, _HALF_UNIFORM_STEPS - 0.5, out=out)


def _tail_normal(words: Words) -> Floats:
    """The values of words in the normal table's outermost cells.

    A word's distance from its end of the range is put into a float64, whose exponent is an octave
    of the tail table and whose mantissa is a place within it.
    """
    mirrored = ~words
    bits = (np.minimum(words, mirrored) + np.float64(0.5)).view(np.int64)
    cells = (bits >> 44) - _EXPONENT_OF_HALF * TAIL_CELLS_PER_OCTAVE
    places = (bits >> 28).astype(np.uint32) & np.uint32(0xFFFF)
    values = np.empty(words.size, np.float32)
    tail_table().look_up(cells.astype(np.intp, copy=False), places, values)
    # Words without the top bit are the lower half of the range, which is negative.
    return np.copysign(values, mirrored.view(np.float32), out=values)
