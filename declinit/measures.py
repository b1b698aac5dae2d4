"""Digest and statistics of values, taken piece by piece, and tests of a law against them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.distributions import Distribution
from declinit.workers import submit

Array = npt.NDArray[Any]

CHUNK = 1 << 17
KS_SAMPLE = 8192
TOO_FEW = 64
# A test rejects below this probability: one false alarm in a million tests.
SIGNIFICANCE = 1e-6


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


class Beside:
    """Takes measures on other threads, beside the work that makes the values.

    Digests and sums release Python's lock, so on two cores they cost hardly any time. Only so
    many bytes may wait: whoever has more is to measure them itself.
    """

    WAITING_BYTES = 8 << 20
    # A small piece is measured sooner than it is handed over.
    SMALL = 1 << 14

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting = 0

    def begin(self) -> Taking:
        """Begin to measure one variable."""
        return Taking(self)

    def submit(
        self, meter: Meter, values: Array, before: Future[None] | None
    ) -> Future[None] | None:
        """Have a meter add values after those before, unless too many bytes wait already."""
        with self._lock:
            if self._waiting and self._waiting + values.nbytes > self.WAITING_BYTES:
                return None
            self._waiting += values.nbytes
        return submit(self._add, meter, values, before)

    def _add(self, meter: Meter, values: Array, before: Future[None] | None) -> None:
        try:
            if before:
                before.result()  # it was handed over sooner, so it has begun
            meter.add(values)
        finally:
            with self._lock:
                self._waiting -= values.nbytes


def _end(meter: Meter, before: Future[None]) -> None:
    before.result()
    meter.end()


class Taking:
    """The measure of one variable, while it is being taken."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self._meter = Meter()
        self._last: Future[None] | None = None

    def add(self, values: Array) -> None:
        """The next values in row-major order; they must not change any more."""
        handed_over = None
        if self._last or values.size > Beside.SMALL:
            handed_over = self._beside.submit(self._meter, values, self._last)
        if not handed_over:
            self._catch_up()
            self._meter.add(values)
        self._last = handed_over

    def end(self) -> None:
        """No more values follow, so that none are kept until the result is asked for."""
        if self._last:
            self._last = submit(_end, self._meter, self._last)
        else:
            self._meter.end()

    def result(self) -> Measure:
        """The measure; waits for the last values."""
        self._catch_up()
        return self._meter.result()

    def _catch_up(self) -> None:
        if self._last:
            self._last.result()


def measure(pieces: Iterable[Array]) -> Measure:
    """The measure of values that come in row-major pieces."""
    meter = Meter()
    for piece in pieces:
        meter.add(piece)
    return meter.result()


def inconsistency(values: Array, law: Distribution) -> str | None:
    """Why values cannot have been drawn independently from a law, as far as tests can tell.

    Args:
        values: all elements, any shape.
        law: of one element.

    Returns:
        What was found, with its probability under the law; None where nothing speaks against it.
        Tests of support, mean, variance and distribution (Kolmogorov-Smirnov, on at most 8,192
        elements) each reject at a probability of one in a million.
    """
    given = np.asarray(values).reshape(-1)
    flat = given.astype(np.float64)
    if not np.all(np.isfinite(flat)):
        return "not all elements are finite numbers"
    if law.stddev == 0.0:
        constant = np.asarray(law.mean).astype(given.dtype).astype(np.float64)
        return None if np.all(flat == constant) else f"not all elements are {law.mean:g}"
    if not flat.size:
        return None
    tests = (_support, _mean, _variance, _kolmogorov)
    return next((found for test in tests if (found := test(flat, law))), None)


def _support(flat: Array, law: Distribution) -> str | None:
    slack = 2.0**-7 * (abs(law.mean) + law.stddev * 2)  # one rounding to bfloat16, with room
    low, high = float(flat.min()), float(flat.max())
    if low < law.low - slack or high > law.high + slack:
        return f"values from {low:.6g} to {high:.6g} leave [{law.low:.6g}, {law.high:.6g}]"
    return None


def _mean(flat: Array, law: Distribution) -> str | None:
    z = (float(flat.mean()) - law.mean) / (law.stddev / math.sqrt(flat.size))
    return _rejected(f"mean {flat.mean():.6g} where {law.mean:.6g} is expected", _two_sided(z))


def _variance(flat: Array, law: Distribution) -> str | None:
    # The sample variance has variance (kurtosis - 1) / n: a chi-square law of as many degrees of
    # freedom as have that, whose cube root Wilson and Hilferty found to be all but normal.
    spread = (law.kurtosis - 1.0) / flat.size / 9.0
    ratio = float(np.mean((flat - law.mean) ** 2)) / law.stddev**2
    stddev = math.sqrt(ratio) * law.stddev
    found = f"stddev {stddev:.6g} where {law.stddev:.6g} is expected"
    return _rejected(found, _two_sided((math.cbrt(ratio) - 1.0 + spread) / math.sqrt(spread)))


def _kolmogorov(flat: Array, law: Distribution) -> str | None:
    step = max(1, flat.size // KS_SAMPLE)
    sample = np.sort(flat[::step][:KS_SAMPLE])
    count = sample.size
    expected = np.array([law.cdf(float(value)) for value in sample])
    above = np.arange(1, count + 1) / count - expected
    below = expected - np.arange(count) / count
    distance = float(max(above.max(), below.max()))
    root = math.sqrt(count)
    # Stephens' approximation of the tail of Kolmogorov's law.
    probability = min(1.0, 2.0 * math.exp(-2.0 * ((root + 0.12 + 0.11 / root) * distance) ** 2))
    return _rejected(f"distribution off by {distance:.3g} from {law.law}", probability)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2.0))


def _rejected(found: str, probability: float) -> str | None:
    return f"{found} (p = {probability:.1g})" if probability < SIGNIFICANCE else None
