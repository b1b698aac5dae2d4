"""Measures taken on other threads, while the values are being made.

Digests and sums release Python's lock, so on two cores they cost hardly any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any

import numpy.typing as npt

from declinit.audits.measures import Measure, Meter, inside
from declinit.audits.tiles import Block
from declinit.workers import submit

Array = npt.NDArray[Any]

# At most so many bytes are queued; beyond that the caller measures synchronously.
WAITING_BYTES = 8 << 20
# A small block is measured sooner than it is handed over.
SMALL = 1 << 14
# So many elements are worth the handing over, and few enough for several threads to share a variable.
HANDED_OVER = 1 << 21


class BackgroundMeter:
    """Measures variables on other threads.

    Args:
        advance: told how many elements were measured, on whatever thread did it.
    """

    def __init__(self, advance: Callable[[int], None] = lambda count: None) -> None:
        self._advance = advance
        self._lock = Lock()
        self._waiting = 0

    def begin(self, shape: Sequence[int], dtype: str) -> PendingMeasure:
        """Begin to measure one variable.

        Args:
            shape: of the variable.
            dtype: its dtype by its Keras name.
        """
        return PendingMeasure(self, Meter(shape, dtype))

    def submit(
        self, meter: Meter, values: Array, block: Block, before: Future[None] | None
    ) -> Future[None] | None:
        """Have a meter add a block after those before; None if too many bytes wait already."""
        with self._lock:
            if self._waiting and self._waiting + values.nbytes > WAITING_BYTES:
                return None
            self._waiting += values.nbytes
        return submit(self._add, meter, values, block, before)

    def measure(self, meter: Meter, values: Array, block: Block) -> None:
        """Have a meter add a block here and now."""
        meter.add(values, block)
        self._advance(values.size)

    def _add(self, meter: Meter, values: Array, block: Block, before: Future[None] | None) -> None:
        try:
            if before:
                before.result()  # it was handed over sooner, so it has begun
            self.measure(meter, values, block)
        finally:
            with self._lock:
                self._waiting -= values.nbytes


class PendingMeasure:
    """The measure of one variable, while it is being taken."""

    def __init__(self, background: BackgroundMeter, meter: Meter) -> None:
        self._background = background
        self._meter = meter
        self._last: Future[None] | None = None  # of those that have to follow each other
        self._free: list[Future[None]] = []

    def add(self, values: Array, block: Block) -> None:
        """The next block in row-major order; its values must not change any more.

        Parts of it that are whole tiles are measured on as many threads as there are.
        """
        if values.size <= SMALL and not self._last:
            self._background.measure(self._meter, values, block)
            return
        for piece in self._meter.pieces(block, HANDED_OVER):
            part = values[inside(piece, block)]
            if self._meter.holds_whole_tiles(piece):
                self._add_free(part, piece)
            else:
                self._add_in_order(part, piece)

    def _add_free(self, values: Array, block: Block) -> None:
        handed_over = self._background.submit(self._meter, values, block, None)
        if handed_over:
            self._free.append(handed_over)
        else:
            self._background.measure(self._meter, values, block)

    def _add_in_order(self, values: Array, block: Block) -> None:
        self._last, before = None, self._last
        self._last = self._background.submit(self._meter, values, block, before)
        if not self._last:
            if before:
                before.result()
            self._background.measure(self._meter, values, block)

    def finished(self) -> Meter:
        """The meter, once it has measured the last values."""
        for handed_over in (*self._free, self._last):
            if handed_over:
                handed_over.result()
        return self._meter

    def result(self) -> Measure:
        """The measure; waits for the last values."""
        return self.finished().result()
