"""Measures taken on other threads, while the values are being made."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock

from declinit.audits.measures import Array, Measure, Meter
from declinit.workers import submit


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
