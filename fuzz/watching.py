"""One text through one target, and what must not happen meanwhile."""

from __future__ import annotations

import contextlib
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType

from declinit.errors import DeclinitError
from declinit.render.layouts.problems import Problems
from declinit.render.renderers import formats_of, render
from declinit.render.style import Style
from fuzz.targets import TARGETS

SHORT = 10_000
"""Bytes of a text that must be done with within `SECONDS`."""

SECONDS = 1.0
MEBIBYTES = 1024
PATIENCE = 30
"""Seconds after which a text is given up, however long it is."""

PLAIN = Style(colour=False, terminal=False)


class GivenUp(BaseException):
    """A text that takes too long; no handler of errors may hold it."""


@dataclass
class Tally:
    """What has been seen of one target.

    Attributes:
        tried: how many texts.
        past_reader: how many of them were read.
        accepted: how many of them had no fault at all.
        slowest: seconds of the slowest.
    """

    tried: int = 0
    past_reader: int = 0
    accepted: int = 0
    slowest: float = 0.0


@dataclass
class Watcher:
    """Counts, and keeps what must not have happened.

    Attributes:
        mutated: tallies of mutated texts by target.
        generated: tallies of texts made from nothing, likewise.
        failures: what went wrong, with the text that did it.
    """

    mutated: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in TARGETS})
    generated: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in TARGETS})
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    def watch(self, name: str, text: str, tally: Tally) -> None:
        """Take a text through a target."""
        before, begin = peak(), time.process_time()
        tally.tried += 1
        try:
            with _patience():
                _take(name, text, tally)
        except GivenUp:
            self._fail(name, text, f"not done after {PATIENCE} s")
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {error}"[:200]
            self._fail(name, text, f"{said} ({last.filename}:{last.lineno})")
        seconds = time.process_time() - begin
        tally.slowest = max(tally.slowest, seconds)
        if seconds > SECONDS and len(text.encode("utf-8", "replace")) <= SHORT:
            self._fail(name, text, f"{seconds:.1f} s for {len(text)} characters")
        if peak() > max(before, MEBIBYTES):
            self._fail(name, text, f"{peak()} MiB of memory")

    def _fail(self, name: str, text: str, reason: str) -> None:
        self.failures.append((name, reason, text))


def _take(name: str, text: str, tally: Tally) -> None:
    try:
        for _ in TARGETS[name].steps(text):
            tally.past_reader += 1
        tally.accepted += 1
    except DeclinitError as error:
        for written in formats_of(Problems):
            render(Problems(error.problems), written, PLAIN).encode()


def peak() -> int:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise GivenUp

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
