"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from declinit.errors import DeclinitError, Problem


class UnwritableError(DeclinitError):
    """A file that cannot be written where it should be."""


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file: by a link, another spelling, or before it exists.

    Args:
        one: a path.
        other: another path.
    """
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist yet, so their names decide
        return os.path.realpath(one) == os.path.realpath(other)
    except ValueError:  # no file can have such a name
        return False


@contextlib.contextmanager
def replaced(path: Path, suffix: str | None = None) -> Iterator[Path]:
    """A temporary file to write to, which takes the place of `path` if nothing was raised.

    A link keeps leading to the file that is replaced. A device or a pipe is never replaced: what
    was written is copied to it.

    Args:
        path: what to write.
        suffix: how the name of the temporary file ends; the default is the suffix of `path`.

    Raises:
        UnwritableError: if the file or its folder cannot be written to.
    """
    # The ending stays, since Keras chooses the format by it.
    ending = path.suffix if suffix is None else suffix
    try:
        target = path.resolve()
        regular = _is_regular(target)
        handle, name = tempfile.mkstemp(
            suffix=ending,
            prefix=f".{path.name.removesuffix(ending)}-",
            dir=target.parent if regular else None,
        )
        os.close(handle)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
        raise _refusal(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        if regular:
            _give_usual_mode(temporary)
            temporary.replace(target)
        else:
            _copy(temporary, target)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _is_regular(path: Path) -> bool:
    """Whether a path is an ordinary file, or free to become one."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb", buffering=0) as writing:
        shutil.copyfileobj(reading, writing)


def _give_usual_mode(path: Path) -> None:
    """The mode that the file would have had from `open`, in place of the temporary file's 0600."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def _refusal(path: Path, error: OSError | RuntimeError) -> UnwritableError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return UnwritableError(Problem("DI704", f"cannot write {str(path)!r}: {reason}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
