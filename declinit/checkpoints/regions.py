"""Bytes of open files: the only place where a weight file is read from."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path
from typing import Protocol

from declinit.checkpoints.faults import damaged, near_file, unreadable

MOST_AT_ONCE = 2**30  # some systems read no more than 2 GiB by one call


class ByteSource(Protocol):
    """What can be read at offsets."""

    def read_at(self, offset: int, view: memoryview) -> None:
        """Fill a view with the bytes from an offset on.

        Raises:
            CheckpointError: if there are not as many.
        """


class Region(io.RawIOBase):
    """A part of an open file, read at offsets or as a stream, straight into the reader's memory.

    Args:
        path: the file, for messages.
        file: the open file.
        start: where the part begins.
        size: how many bytes it has.
        lock: shared by all parts of the file, which has one position.
    """

    def __init__(
        self, path: Path, file: io.FileIO, start: int, size: int, lock: threading.Lock
    ) -> None:
        super().__init__()
        self.path = path
        self.size = size
        self._file = file
        self._start = start
        self._lock = lock
        self._position = 0

    def part(self, start: int, size: int) -> Region:
        """A part of this part."""
        if start < 0 or size < 0 or start + size > self.size:
            raise damaged(self.path, f"bytes {start} to {start + size} are beyond its end")
        return Region(self.path, self._file, self._start + start, size, self._lock)

    def read_at(self, offset: int, view: memoryview) -> None:
        """Fill a view with the bytes from an offset on."""
        if offset < 0 or offset + len(view) > self.size:
            raise damaged(self.path, f"it ends before byte {offset + len(view)}")
        done = 0
        while done < len(view):
            count = self._read_some(offset + done, view[done : done + MOST_AT_ONCE])
            if not count:
                raise damaged(self.path, "it became shorter while it was read")
            done += count

    def bytes_at(self, offset: int, count: int) -> bytes:
        """The bytes from an offset on, as many as there are."""
        data = bytearray(max(0, min(count, self.size - offset)))
        self.read_at(offset, memoryview(data))
        return bytes(data)

    def _read_some(self, offset: int, view: memoryview) -> int:
        try:
            with self._lock:
                self._file.seek(self._start + offset)
                return self._file.readinto(view) or 0
        except OSError as error:
            raise unreadable(self.path, (error.strerror or str(error)).lower()) from error

    # As a stream, for libraries.

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it has a position."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read on from the position."""
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.size - self._position))
        self.read_at(self._position, view[:count])
        self._position += count
        return count


def open_region(path: Path) -> Region:
    """The whole of a regular file, which stays open until `close_region`.

    Raises:
        CheckpointError: if it is missing, is a folder, a pipe or a device, or may not be opened.
    """
    try:
        mode = path.stat().st_mode
        # A pipe that nobody writes to would be waited for.
        file = io.FileIO(path) if stat.S_ISREG(mode) else None
    except FileNotFoundError:
        raise unreadable(path, "no such file", near_file(path)) from None
    except OSError as error:
        raise unreadable(path, (error.strerror or str(error)).lower()) from error
    except ValueError:  # a NUL
        raise unreadable(path, "not a file name") from None
    if file is None:
        raise unreadable(path, f"it is {_kind(mode)}, not a file", _inside(path, mode))
    return Region(path, file, 0, os.fstat(file.fileno()).st_size, threading.Lock())


def close_region(region: Region) -> None:
    """Close the file of a region, and with it all its parts."""
    region._file.close()


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _inside(path: Path, mode: int) -> str | None:
    """Which file in a folder of weights is meant: the index of shards goes before one of them."""
    endings = (".weights.json", ".index.json", ".weights.h5", ".safetensors", ".keras", ".npz")
    if not stat.S_ISDIR(mode):
        return None
    names = sorted(entry.name for entry in path.iterdir())
    for ending in endings:
        for name in names:
            if name.endswith(ending):
                return f"it holds {name!r}"
    return None
