"""Quantile functions as tables of chords, which turn a word into a value by one look-up.

A distribution's quantile function is cut into cells and replaced by a straight line in each. The
slope of a line keeps only 9 significant bits, and a place in it has at most 15, so their product is
exact in float32, and a compiler that fuses the multiplication with the addition changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from declinit.random.arrays import Doubles, Floats, Indices, Words
from declinit.random.quantiles import exponential, natural_log, tail_quantile
from declinit.random.scratch import scratch

CELLS = 65_536
HALF = CELLS // 2
OUTER_CELLS = 256
TAIL_OCTAVES = 25
TAIL_CELLS_PER_OCTAVE = 256

# The probability below -2 standard deviations, where the truncated normal begins.
_BELOW_CUT = float.fromhex("0x1.74bcf82c9d860p-6")
_SLOPE_MASK = 0xFFFF8000


@dataclass(frozen=True, slots=True, eq=False)
class ChordTable:
    """Straight lines over cells of words: the middle value and the slope of each cell."""

    middles: Floats
    slopes: Floats

    @classmethod
    def between(cls, edges: Doubles) -> ChordTable:
        """The table whose cells lie between neighbouring edges."""
        left, right = edges[:-1], edges[1:]
        slopes = ((right - left) * (1 / 65536)).astype(np.float32)
        slopes.view(np.uint32)[...] &= _SLOPE_MASK
        middles = ((left + right) * 0.5 + slopes.astype(np.float64) * 0.5).astype(np.float32)
        slopes.flags.writeable = middles.flags.writeable = False
        return cls(middles, slopes)

    def look_up(self, cells: Indices, places: Words, out: Floats) -> None:
        """Write the values at the given places, 0 to 65535, within the given cells."""
        factors = scratch.factors[: out.size]
        # Signed integers are converted to floats by one instruction, unsigned ones are not.
        np.copyto(out, places.view(np.int32), casting="same_kind")
        np.subtract(out, 32768, out=out)
        self.slopes.take(cells, out=factors, mode="wrap")
        np.multiply(out, factors, out=out)
        self.middles.take(cells, out=factors, mode="wrap")
        np.add(out, factors, out=out)


@cache
def normal_table() -> ChordTable:
    """65,536 cells of equal probability; the tail table replaces the outermost 256 on each side."""
    upper = tail_quantile(np.arange(1, HALF + 1) / CELLS)
    inner = np.concatenate([-upper, upper[-2::-1]])
    return ChordTable.between(np.concatenate([inner[:1], inner, inner[-1:]]))


@cache
def central_table() -> ChordTable:
    """The normal table with NaN wherever the tail table applies."""
    middles = normal_table().middles.copy()
    middles[:OUTER_CELLS] = middles[-OUTER_CELLS:] = np.nan
    middles.flags.writeable = False
    return ChordTable(middles, normal_table().slopes)


@cache
def truncated_table() -> ChordTable:
    """65,536 cells of equal probability between -2 and 2 standard deviations."""
    step = (0.5 - _BELOW_CUT) * (1 / HALF)
    below = _BELOW_CUT + np.arange(HALF + 1, dtype=np.float64) * step
    lower = -tail_quantile(below)
    lower[0], lower[-1] = -2, 0
    return ChordTable.between(np.concatenate([lower, -lower[-2::-1]]))


@cache
def tail_table() -> ChordTable:
    """Octaves of 256 cells each, whose probability halves towards the end of the tail."""
    within = 1 + np.arange(TAIL_CELLS_PER_OCTAVE) / TAIL_CELLS_PER_OCTAVE
    starts = np.ldexp(1.0, np.arange(TAIL_OCTAVES))
    places = np.append(np.outer(starts, within), 2.0**TAIL_OCTAVES)
    return ChordTable.between(tail_quantile(places * (0.5 / 2**32)))


@lru_cache(maxsize=8)
def log_uniform_table(low: float, high: float) -> ChordTable:
    """65,536 cells of equal width in the logarithm; half a megabyte, of which a few are kept."""
    step = natural_log(np.array([high / low])) * (1 / CELLS)
    edges = low * exponential(np.arange(CELLS + 1, dtype=np.float64) * step)
    edges[0], edges[-1] = low, high
    return ChordTable.between(edges)
