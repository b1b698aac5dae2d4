"""Standard streams while a command runs: results go to standard output, and nothing else does.

What the user's code, Keras, and libraries written in C print is no result, even where they write to
file descriptor 1 itself. Meanwhile that descriptor is standard error, and results have their own.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import os
import sys
from typing import TextIO, cast

from declinit.files import STANDARD_STREAMS

OUTPUT, ERRORS = 1, 2


class _Closed(io.TextIOBase):
    """A standard output that nobody opened, which is found out where a result is written."""

    encoding = "utf-8"

    def write(self, text: str, /) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class Diversion:
    """Standard output, kept apart for results from `begin` to `end`."""

    def __init__(self) -> None:
        self._own: TextIO | None = None
        self._moved: TextIO | None = None

    def begin(self) -> None:
        """Send all but results to standard error."""
        _open_standard_descriptors()
        if sys.stderr is None:
            sys.stderr = open(ERRORS, "w", closefd=False)  # noqa: SIM115
        self._own = sys.stdout
        self._moved = _moved(self._own)
        _results.append(self._moved or self._own or cast(TextIO, _Closed()))
        sys.stdout = sys.stderr

    def end(self) -> None:
        """Give everything back; what C libraries still hold goes where it would have gone."""
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        sys.stdout = self._own
        _results.pop()
        if self._moved:
            _flush_c()
            os.dup2(self._moved.fileno(), OUTPUT)
            STANDARD_STREAMS[OUTPUT] = OUTPUT
            with contextlib.suppress(OSError):  # of a full disk, which was told before
                self._moved.close()


_results: list[TextIO] = []


def results() -> TextIO:
    """Where results are written."""
    return _results[-1] if _results else sys.stdout


def _open_standard_descriptors() -> None:
    """Fill what is closed of the first three, or the next file to be opened would be one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= ERRORS:
        pass
    os.close(descriptor)


def _moved(stream: TextIO | None) -> TextIO | None:
    """Standard output under another descriptor; None for a stream that is not the process' own."""
    try:
        if stream is None or stream.fileno() != OUTPUT:
            return None
        stream.flush()
    except (OSError, ValueError):  # a stream without a file, or a closed one
        return None
    kept = os.dup(OUTPUT)
    os.dup2(ERRORS, OUTPUT)
    STANDARD_STREAMS[OUTPUT] = kept
    return open(kept, "w", encoding=stream.encoding, errors=stream.errors)  # noqa: PTH123


def _flush_c() -> None:
    """Write out what C's own `printf` holds."""
    with contextlib.suppress(OSError, TypeError, AttributeError):  # where there is no such library
        ctypes.CDLL(None).fflush(None)
