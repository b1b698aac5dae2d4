"""Several JAX processes that run one program: what they agree on, and how one's fault ends all.

Whenever processes meet, each says which step of the work it has reached. A process that fails says
so at the next meeting, whichever that is for the others, so that none waits for it forever.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import keras
import numpy as np
import numpy.typing as npt

from declinit.errors import ApplyError, DeclinitError, Problem
from declinit.seeds import draw_root_seed
from declinit.wording import error_text

P = ParamSpec("P")
Result = TypeVar("Result")

# Every message has the same size, since all processes must exchange arrays of one shape.
MESSAGE_BYTES = 4096
STEP_BYTES = 512


class ProcessesError(ApplyError):
    """A fault that all processes know of and raise alike."""


def process_count() -> int:
    """How many JAX processes run this program; 1 on other backends."""
    if keras.backend.backend() != "jax":
        return 1
    import jax

    count: int = jax.process_count()
    return count


def process_index() -> int:
    """Which of them this is; 0 on other backends."""
    if keras.backend.backend() != "jax":
        return 0
    import jax

    index: int = jax.process_index()
    return index


def are_several() -> bool:
    """Whether this program runs as several JAX processes."""
    return process_count() > 1


def agreed_root_seed() -> int:
    """A fresh root seed for a spec that names none: process 0 draws it for all processes.

    Raises:
        ProcessesError: if a process has failed or does something else.
    """
    return int(_meet(_Message("drawing a root seed", str(draw_root_seed())))[0].said)


def meet(step: str, fingerprint: Callable[[], str] = str) -> None:
    """Wait until every process has come to a step; before anything that needs all of them.

    Args:
        step: what follows, for messages.
        fingerprint: gives what has to be the same on every process, in words.

    Raises:
        ProcessesError: if a process has failed, is at another step, or has another fingerprint.
    """
    if are_several():
        _require_same(_meet(_Message(step, fingerprint())))


def together(
    step: str, fingerprint: Callable[[Result], str]
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Have a function that every process calls fail on all of them if it fails on one.

    What fails alike on all processes is raised as it is, everything else as a `ProcessesError` that
    is the same on all.

    Args:
        step: what the function does, for messages.
        fingerprint: of its result, in words; it has to be the same on every process.
    """

    def decorate(work: Callable[P, Result]) -> Callable[P, Result]:
        @functools.wraps(work)
        def on_every_process(*args: P.args, **kwargs: P.kwargs) -> Result:
            if not are_several():
                return work(*args, **kwargs)
            try:
                result = work(*args, **kwargs)
                said = fingerprint(result)
            except ProcessesError:
                raise
            except Exception as error:
                _tell(step, error)
                raise
            _require_same(_meet(_Message(step, said)))
            return result

        return on_every_process

    return decorate


def exchange(data: bytes, size: int) -> npt.NDArray[np.uint8]:
    """What all processes send, a row a process; all of them call this with the same size.

    Args:
        data: what this process sends.
        size: of the longest; the rows are longer still.
    """
    # Bytes: JAX would cut integers of 64 bits. Few sizes, for it compiles a program for each.
    row = np.zeros(1 << max(12, (size - 1).bit_length()), np.uint8)
    row[: len(data)] = np.frombuffer(data, np.uint8)
    if not are_several():
        return row[None]
    from jax.experimental import multihost_utils

    rows: npt.NDArray[np.uint8] = multihost_utils.process_allgather(row)
    return rows


def short_digest(text: str) -> str:
    """Enough of a text's digest to tell it from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Message:
    """What one process says at a meeting: its step, and a result or how it failed."""

    step: str
    said: str = ""
    failed: bool = False

    def to_bytes(self) -> bytes:
        """The message in `MESSAGE_BYTES`, cut if it is longer."""
        step = self.step.encode("utf-8", "replace")[:STEP_BYTES]
        head = bytes([self.failed]) + len(step).to_bytes(2, "little") + step
        said = self.said.encode("utf-8", "replace")
        room = MESSAGE_BYTES - len(head) - 2
        if len(said) > room:
            said = said[: room - 3] + b"..."
        return (head + len(said).to_bytes(2, "little") + said).ljust(MESSAGE_BYTES, b"\0")

    @classmethod
    def from_bytes(cls, data: bytes) -> _Message:
        """The inverse of `to_bytes`."""
        step, rest = _counted_text(data[1:])
        return cls(step, _counted_text(rest)[0], bool(data[0]))


def _counted_text(data: bytes) -> tuple[str, bytes]:
    stop = 2 + int.from_bytes(data[:2], "little")
    return data[2:stop].decode("utf-8", "ignore"), data[stop:]


def _meet(own: _Message) -> list[_Message]:
    """What all processes say, by their index."""
    if not are_several():
        return [own]
    said = _exchanged(own)
    if any(message.failed for message in said):
        raise _failure(said)
    if len({message.step for message in said}) > 1:
        parts = _by_process(said, lambda message: repr(message.step))
        raise ProcessesError(Problem("DI431", f"the processes are at different steps: {parts}"))
    return said


def _tell(step: str, error: Exception) -> None:
    """Have all processes know of a failure; raises unless all failed alike."""
    text = _error_text(error)
    said = _exchanged(_Message(step, text, failed=True))
    if not all(message == said[0] for message in said):
        raise _failure(said) from error


def _exchanged(own: _Message) -> list[_Message]:
    try:
        rows = exchange(own.to_bytes(), MESSAGE_BYTES)
    except Exception as error:
        message = f"at {own.step!r}, another process cannot be reached: {error_text(error)}"
        raise ProcessesError(Problem("DI432", message)) from error
    return [_Message.from_bytes(row.tobytes()) for row in rows]


def _failure(said: Sequence[_Message]) -> ProcessesError:
    failed = [message for message in said if message.failed]
    parts = _by_process(said, lambda message: message.said if message.failed else "")
    count = f"{len(failed)} of {len(said)} processes failed"
    return ProcessesError(Problem("DI430", f"{count}: {parts}"))


def _require_same(said: Sequence[_Message]) -> None:
    if len({message.said for message in said}) > 1:
        parts = _by_process(said, lambda message: message.said)
        message = f"the processes differ at {said[0].step!r}: {parts}"
        raise ProcessesError(Problem("DI431", message))


def _by_process(said: Sequence[_Message], text: Callable[[_Message], str]) -> str:
    """`process 1: this; processes 0, 2: that`, without those of which there is nothing to say."""
    groups: dict[str, list[int]] = {}
    for index, message in enumerate(said):
        groups.setdefault(text(message), []).append(index)
    return "; ".join(f"{_named(who)}: {what}" for what, who in groups.items() if what)


def _named(indices: Sequence[int]) -> str:
    noun = "process" if len(indices) == 1 else "processes"
    return f"{noun} {', '.join(map(str, indices))}"


def _error_text(error: Exception) -> str:
    """The faults of an error of ours, on one line; an error of others with its class."""
    if isinstance(error, DeclinitError):
        return " ".join(", ".join(problem.headline for problem in error.problems).split())
    text = error_text(error)
    # A class that users cannot know says nothing to them.
    return text.partition(": ")[2] if text.startswith("_") else text
