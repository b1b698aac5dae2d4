"""Digest and statistics of values, taken piece by piece."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
CHUNK = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What an audit records of a variable's values.

    Attributes:
        digest: SHA-256 of the elements in row-major order, little-endian, in the variable's dtype.
        mean, stddev, min, max: of the elements; None for a variable without elements, and where
            NaN or infinity came out.
    """

    digest: str
    mean: float | None
    stddev: float | None
    min: float | None
    max: float | None


class _Scratch(local):
    """Each thread's own working memory: one chunk of wide values, made once."""

    def __init__(self) -> None:
        self.wide = np.empty(CHUNK)


_scratch = _Scratch()


class Meter:
    """Takes the measure of values handed over in row-major order.

    Sums are taken over chunks of one size whatever the pieces, so that the same values have the
    same measure, to the last bit.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._rest = np.empty(0)  # values of a chunk that is not complete yet
        self._count = 0
        self._shift = self._sum = self._squares = 0.0
        self._low, self._high = math.inf, -math.inf

    def add(self, values: Array) -> None:
        """The next values; any shape."""
        flat = np.ascontiguousarray(values).reshape(-1)
        if not self._count and flat.size:
            # Sums are taken around the first value, which keeps constants exact.
            self._shift = float(flat[0])
        self._count += flat.size
        little = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        self._hash.update(little.view(np.uint8).data)
        start = 0
        while start < flat.size:
            piece = flat[start : start + CHUNK - self._rest.size]
            self._add(piece)
            start += piece.size

    def _add(self, piece: Array) -> None:
        held = self._rest.size
        chunk = _scratch.wide[: held + piece.size]
        chunk[:held] = self._rest
        wide = chunk[held:]
        wide[:] = piece
        self._low = float(np.minimum(self._low, wide.min()))  # NaN stays, as in NumPy
        self._high = float(np.maximum(self._high, wide.max()))
        if chunk.size < CHUNK:
            self._rest = chunk.copy()
        else:
            self._rest = chunk[:0]
            self._sum_up(chunk)

    def _sum_up(self, chunk: Array) -> None:
        with np.errstate(invalid="ignore", over="ignore"):
            chunk -= self._shift
            self._sum += float(chunk.sum())
            # Not a dot product: BLAS would spread each one over threads that others need.
            self._squares += float(np.square(chunk, out=chunk).sum())

    def end(self) -> None:
        """Keep nothing of the values: no more follow."""
        rest, self._rest = self._rest, np.empty(0)
        self._sum_up(rest)

    def result(self) -> Measure:
        """The measure of everything added."""
        self.end()
        if not self._count:
            nothing = {"mean": None, "stddev": None, "min": None, "max": None}
            return Measure(digest=self._hash.hexdigest(), **nothing)
        mean = self._sum / self._count
        variance = max(self._squares / self._count - mean * mean, 0.0)
        return Measure(
            digest=self._hash.hexdigest(),
            mean=_finite(self._shift + mean),
            stddev=_finite(math.sqrt(variance) if math.isfinite(variance) else variance),
            min=_finite(self._low),
            max=_finite(self._high),
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def measure(pieces: Iterable[Array]) -> Measure:
    """The measure of values that come in row-major pieces."""
    meter = Meter()
    for piece in pieces:
        meter.add(piece)
    return meter.result()
