"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from declinit.errors import DeclinitError


class UnwritableError(DeclinitError):
    """A file that cannot be written where it should be."""


@contextlib.contextmanager
def replaced(path: Path, suffix: str | None = None) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place if nothing was raised.

    Args:
        path: what to write.
        suffix: how the name of the file beside it ends; the default is the suffix of `path`.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    # The ending stays, since Keras chooses the format by it.
    ending = path.suffix if suffix is None else suffix
    prefix = f".{path.name.removesuffix(ending)}-"
    try:
        handle, name = tempfile.mkstemp(suffix=ending, prefix=prefix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _refusal(path, error) from error
    beside = Path(name)
    try:
        yield beside
        _give_usual_mode(beside)
        beside.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def _give_usual_mode(path: Path) -> None:
    """The mode that the file would have had from `open`, in place of the temporary file's 0600."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def _refusal(path: Path, error: OSError) -> UnwritableError:
    reason = (error.strerror or str(error)).lower()
    return UnwritableError(f"cannot write {str(path)!r}: {reason}")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replaced(path) as beside:
        beside.write_text(text, encoding="utf-8")
