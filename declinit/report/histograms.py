"""Histograms: how many values lie in each bin, counted piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.moments import Moments
from declinit.report.frames import BINS, Frame, frame_between, measured_frame

Array = npt.NDArray[Any]
Counts = npt.NDArray[np.int64]
Pieces = Callable[[], Iterable[Array]]
"""Gives the values of a variable, piece by piece, each time that it is called."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie in each bin.

    Attributes:
        frame: where the bins lie.
        counts: one number a bin.
        beside: how many finite values lie in no bin.
        infinite: how many are no finite number.
    """

    frame: Frame
    counts: Counts
    beside: int = 0
    infinite: int = 0

    @property
    def size(self) -> int:
        """How many finite values there are."""
        return int(self.counts.sum()) + self.beside


def histogram_of(pieces: Pieces, found: Moments, frame: Frame | None) -> Histogram | None:
    """Count the values of a variable; they are never held at once.

    Args:
        pieces: gives the values.
        found: their moments.
        frame: where the bins are to lie; None to go by what was found.

    Returns:
        None for values without a spread, which moments tell all of.
    """
    frame = frame or measured_frame(found) or (_finite_frame(pieces) if _is_odd(found) else None)
    return None if frame is None else _counted(frame, pieces())


def _is_odd(found: Moments) -> bool:
    """Whether there is no finite standard deviation."""
    return found.stddev is None


def _finite_frame(pieces: Pieces) -> Frame | None:
    """The frame of those values that are finite, where others keep moments from being numbers."""
    low, high = np.inf, -np.inf
    for values in map(_finite, pieces()):
        low = min(low, float(values.min(initial=np.inf)))
        high = max(high, float(values.max(initial=-np.inf)))
    return frame_between(low, high) if low < high else None


def _counted(frame: Frame, pieces: Iterable[Array]) -> Histogram:
    counts, finite, total = np.zeros(BINS, np.int64), 0, 0
    for values, size in _by_stddev(frame, pieces):
        counts += np.histogram(values, BINS, (frame.low, frame.high))[0]
        finite += values.size
        total += size
    return Histogram(frame, counts, finite - int(counts.sum()), total - finite)


def _by_stddev(frame: Frame, pieces: Iterable[Array]) -> Iterator[tuple[Array, int]]:
    """The finite values of each piece, in standard deviations from the mean; and its size."""
    for piece in pieces:
        values = _finite(piece)
        with np.errstate(over="ignore"):
            values -= frame.mean
            values /= frame.stddev
        yield values, piece.size


def _finite(values: Array) -> Array:
    doubles = values.astype(np.float64).reshape(-1)
    finite = np.isfinite(doubles)
    return doubles if finite.all() else doubles[finite]
