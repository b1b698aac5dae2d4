"""Zip archives, `.keras` and `.npz`: members within bounds, and what they hold as bytes."""

from __future__ import annotations

import struct
import tempfile
import threading
import zipfile
import zlib
from typing import IO

from declinit.checkpoints.faults import damaged, exceeds, reason_of, repeated, shown
from declinit.checkpoints.regions import ByteSource, Region
from declinit.checkpoints.tensors import refuse_name

LARGEST_DIRECTORY = 64 * 2**20
# As Keras has it: what expands more than this was made to fill a memory or disk.
MOST_EXPANDED = 100
FREE_EXPANSION = 64 * 2**20
PIECE = 2**20

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 2**16
_ENCRYPTED = 0x1
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class Archive:
    """A zip archive of which no member is larger than it may be.

    Args:
        region: the file.

    Raises:
        CheckpointError: if it is damaged, has a name twice or a member that expands too much.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.path = region.path
        _refuse_directory(region)
        try:
            # A stream of its own, since the library moves it.
            self._zip = zipfile.ZipFile(region.part(0, region.size))
        except Exception as error:  # a hostile directory makes the library fail in many ways
            raise damaged(self.path, f"the zip archive: {reason_of(error)}") from None
        self.members: dict[str, zipfile.ZipInfo] = {}
        self._last: MemberStream | None = None
        for member in self._zip.infolist():
            self._admit(member)

    def stored(self, member: zipfile.ZipInfo) -> Region | None:
        """The bytes of a member in the archive itself, or None if they are compressed."""
        if member.compress_type != zipfile.ZIP_STORED:
            return None
        head = self.region.bytes_at(member.header_offset, _LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\3\4"):
            raise damaged(self.path, f"member {shown(member.filename)} has no header")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(head)
        start = member.header_offset + len(head) + name_length + extra_length
        return self.region.part(start, member.file_size)

    def stream(self, member: zipfile.ZipInfo) -> MemberStream:
        """The bytes of a member from first to last, checked against its checksum."""
        return MemberStream(self, member)

    def going_on(self, member: zipfile.ZipInfo) -> MemberStream:
        """The stream of the last call, if it was for this member: parts are read one after another."""
        self.region.bytes_at(0, 1)  # a stream has bytes left where the file is closed
        stream = self._last
        if stream is None or stream.member is not member:
            stream = self._last = self.stream(member)
        return stream

    def open(self, member: zipfile.ZipInfo) -> IO[bytes]:
        """A member as the library opens it."""
        try:
            return self._zip.open(member)
        except _FAULTS as error:
            raise damaged(self.path, f"the zip archive: {reason_of(error)}") from None

    def _admit(self, member: zipfile.ZipInfo) -> None:
        name = member.filename
        refuse_name(self.path, name)
        if name in self.members:
            raise repeated(self.path, name)
        if member.flag_bits & _ENCRYPTED:
            raise exceeds(self.path, f"member {shown(name)} is encrypted")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise exceeds(self.path, f"member {shown(name)} is compressed by neither of two ways")
        if member.header_offset + member.compress_size > self.region.size:
            raise damaged(self.path, f"member {shown(name)} ends beyond the archive")
        if member.file_size > max(FREE_EXPANSION, MOST_EXPANDED * member.compress_size):
            message = (
                f"member {shown(name)} is to expand from {member.compress_size:,} to "
                f"{member.file_size:,} bytes; at most {MOST_EXPANDED} times as many are read"
            )
            raise exceeds(self.path, message)
        if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
            raise damaged(self.path, f"member {shown(name)} has two sizes")
        self.members[name] = member


class MemberStream(ByteSource):
    """A member read forward; going back begins anew.

    Args:
        archive: the archive.
        member: of the archive.
    """

    def __init__(self, archive: Archive, member: zipfile.ZipInfo) -> None:
        self._archive = archive
        self.member = member
        self._stream = archive.open(member)
        self._position = 0
        self._lock = threading.Lock()

    def read_at(self, offset: int, view: memoryview) -> None:
        """Fill a view with the bytes from an offset on."""
        with self._lock:
            try:
                self._read_at(offset, view)
            except BaseException:
                self._position = self.member.file_size + 1  # nobody knows where it is
                raise

    def _read_at(self, offset: int, view: memoryview) -> None:
        if offset < self._position:
            self._stream = self._archive.open(self.member)
            self._position = 0
        scratch = memoryview(bytearray(min(PIECE, offset - self._position)))
        while self._position < offset:
            self._fill(scratch[: offset - self._position])
        for start in range(0, len(view), PIECE):
            self._fill(view[start : start + PIECE])

    def finish(self) -> None:
        """Read the rest, so that the checksum is compared."""
        left = self.member.file_size - self._position
        self.read_at(self._position + left, memoryview(b""))
        self._some(1)

    def _fill(self, view: memoryview) -> None:
        data = self._some(len(view))
        if len(data) != len(view):
            raise damaged(self._archive.path, f"member {shown(self.member.filename)} is too short")
        view[:] = data
        self._position += len(data)

    def _some(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except _FAULTS as error:
            name = shown(self.member.filename)
            raise damaged(self._archive.path, f"member {name}: {reason_of(error)}") from None


def extracted(archive: Archive, member: zipfile.ZipInfo) -> Region:
    """A member in a temporary file that has no name and is gone when it is closed."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 -- the region closes it
    try:
        _copy(archive.stream(member), member.file_size, file)
    except OSError as error:
        file.close()
        raise exceeds(archive.path, f"no room for a temporary copy: {error.strerror}") from error
    except BaseException:
        file.close()
        raise
    return Region(archive.path, file, 0, member.file_size, threading.Lock())


def _copy(stream: MemberStream, size: int, file: IO[bytes]) -> None:
    piece = bytearray(PIECE)
    for start in range(0, size, PIECE):
        view = memoryview(piece)[: min(PIECE, size - start)]
        stream.read_at(start, view)
        while view:
            view = view[file.write(view) :]
    stream.finish()


def _refuse_directory(region: Region) -> None:
    """Refuse a directory of members too large to be held in memory, before it is."""
    tail = region.bytes_at(
        max(0, region.size - _LONGEST_COMMENT - _END.size), _LONGEST_COMMENT + _END.size
    )
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise damaged(region.path, "the zip archive ends before its directory")
    size = _END.unpack_from(tail, at)[5]
    at_64 = tail.rfind(b"PK\6\6", 0, at)
    if size == 0xFFFFFFFF and at_64 >= 0 and at_64 + _END_64.size <= len(tail):
        size = _END_64.unpack_from(tail, at_64)[8]
    if size > region.size:
        raise damaged(region.path, f"the zip archive has a directory of {size:,} bytes")
    if size > LARGEST_DIRECTORY:
        raise exceeds(
            region.path,
            f"a directory of {size:,} bytes; at most {LARGEST_DIRECTORY // 2**20} MiB are read",
        )
