"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from declinit.errors import DeclinitError, Problem

STANDARD_STREAMS = {1: 1, 2: 2}
"""Where standard output and standard error are: the command line moves the first while it runs."""

_OWN_DESCRIPTOR = re.compile(rf"/(?:dev|proc/(?:self|{os.getpid()}))/fd/(\d+)")
MOST_LINKS = 40  # as many as systems follow
LONGEST = 32  # characters of a name that a temporary file takes over


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

    A link keeps leading to the file that is replaced, and the new file has the old one's mode. What
    is no regular file (a device, a pipe) or is open as a standard stream is never replaced: what
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
        in_place = _written_in_place(path)
        target = path if in_place else path.resolve()
        folder = Path(tempfile.gettempdir()) if in_place else target.parent
        temporary = _created(folder, path.name.removesuffix(ending), ending, private=in_place)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in a name
        raise _refusal(path, error) from error
    try:
        yield temporary
        if in_place:
            _copy(temporary, path)
        else:
            _keep_mode(temporary, target)
            temporary.replace(target)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _written_in_place(path: Path) -> bool:
    """Whether a path is to be written to as it stands; not an ordinary file, or free to be one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode) or _standard_stream(path) is not None


def _standard_stream(path: Path) -> int | None:
    """The descriptor of the standard stream that a path leads to: `/dev/stdout`, or its file."""
    named = STANDARD_STREAMS.get(_descriptor_named(path) or 0)
    if named is not None:
        return named
    found = path.stat()
    for descriptor in STANDARD_STREAMS.values():
        with contextlib.suppress(OSError):  # a stream may be closed
            if os.path.samestat(os.fstat(descriptor), found) and stat.S_ISREG(found.st_mode):
                return descriptor
    return None


def _descriptor_named(path: Path) -> int | None:
    """The number in a path such as `/dev/fd/1`, where links lead to one."""
    for _ in range(MOST_LINKS):
        found = _OWN_DESCRIPTOR.fullmatch(str(path.absolute()))
        if found:
            return int(found[1])
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def _created(folder: Path, stem: str, ending: str, *, private: bool) -> Path:
    """A new file, of the mode that `open` gives unless nobody else may read it."""
    name = f".{stem[:LONGEST]}-{secrets.token_hex(6)}{ending if len(ending) <= LONGEST else ''}"
    path = folder / name
    mode = 0o600 if private else 0o666
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
    return path


def _keep_mode(temporary: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, _opened(target) as writing:
        shutil.copyfileobj(reading, writing)


def _opened(target: Path) -> BinaryIO:
    """What is written to in place; a standard stream goes on where it is, so nothing is lost."""
    stream = _standard_stream(target)
    if stream is not None:
        return open(os.dup(stream), "wb", buffering=0)  # noqa: PTH123 -- a descriptor has no path
    return target.open("wb", buffering=0)


def _refusal(path: Path, error: Exception) -> UnwritableError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return UnwritableError(Problem("DI704", f"cannot write {str(path)!r}: {reason}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
