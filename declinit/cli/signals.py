"""Signals that end a run: each is heeded, even if code that it interrupts swallows the exception."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

# What the system, a terminal or a scheduler sends, and what is said of it.
_SIGNALS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}

_received: list[int] = []


@contextlib.contextmanager
def heeded() -> Iterator[None]:
    """Let signals raise `KeyboardInterrupt`, so that what is half done is cleaned up."""
    _received.clear()
    before = {}
    for number in filter(None, (getattr(signal, name, None) for name in _SIGNALS)):
        # Another program's own handlers stay; none can be set outside the main thread.
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            with contextlib.suppress(ValueError):
                before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def received() -> bool:
    """Whether a signal came since the run began."""
    return bool(_received)


def check() -> None:
    """Raise again for a signal whose exception was swallowed, as callbacks of C libraries do.

    Raises:
        KeyboardInterrupt: if a signal came since the run began.
    """
    if _received:
        raise KeyboardInterrupt


def ending() -> tuple[int, str]:
    """The exit code and the words for the signal that came; those of an interruption if none."""
    number = _received[0] if _received else signal.SIGINT
    return 128 + number, _SIGNALS[signal.Signals(number).name]
