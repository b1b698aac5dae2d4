"""`.npz`: a zip archive of arrays, each with a small header. Pickled ones are listed, not read."""

from __future__ import annotations

import functools
import io
import math
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy

from declinit.checkpoints.dtypes import is_numeric
from declinit.checkpoints.faults import damaged, leads_outside, reason_of, shown, unsupported
from declinit.checkpoints.slicing import Array, Bounds, Shape, read_array
from declinit.checkpoints.tensors import StoredTensor
from declinit.checkpoints.zips import Archive

ENDING = ".npy"
_LONGEST_HEADER = 10_000  # NumPy's own limit for headers that nobody vouches for
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class _Member:
    """An array in an archive, and what its header says."""

    archive: Archive
    member: zipfile.ZipInfo
    name: str
    shape: Shape
    dtype: np.dtype[Any]
    column_major: bool
    start: int


def npz_of(archive: Archive) -> list[StoredTensor]:
    """The arrays of an archive, in its order.

    Raises:
        CheckpointError: if a member leads out of the archive or is not what its header says.
    """
    return [
        _stored(_member(archive, member))
        for name, member in archive.members.items()
        if name.endswith(ENDING)
    ]


def _member(archive: Archive, member: zipfile.ZipInfo) -> _Member:
    name = member.filename.removesuffix(ENDING)
    if name.startswith("/") or ".." in name.split("/") or "\\" in name:
        raise leads_outside(archive.path, f"member {shown(member.filename)} leads out of the file")
    # A header is short, so that only the beginning is unpacked here.
    start = io.BytesIO(_beginning(archive, member))
    try:
        version = npy.read_magic(start)
        shape, column_major, dtype = _HEADERS[version](start, max_header_size=_LONGEST_HEADER)
    except KeyError:
        raise damaged(archive.path, f"member {shown(name)} is no array of version 1 or 2") from None
    except Exception as error:  # NumPy evaluates the header as a literal, which fails in many ways
        raise damaged(archive.path, f"member {shown(name)}: {reason_of(error)}") from None
    entry = _Member(archive, member, name, shape, dtype, column_major, start.tell())
    _refuse_size(entry)
    return entry


def _beginning(archive: Archive, member: zipfile.ZipInfo) -> bytes:
    size = min(member.file_size, _LONGEST_HEADER + 12)
    data = bytearray(size)
    region = archive.stored(member)
    (region or archive.stream(member)).read_at(0, memoryview(data))
    return bytes(data)


def _refuse_size(entry: _Member) -> None:
    """The header and the archive have to agree, since the archive's sizes were checked."""
    if any(type(size) is not int or size < 0 for size in entry.shape):
        raise damaged(entry.archive.path, f"member {shown(entry.name)} has no such shape")
    expected = math.prod(entry.shape) * entry.dtype.itemsize
    received = entry.member.file_size - entry.start
    if is_numeric(entry.dtype) and expected != received:
        reason = f"member {shown(entry.name)} has {received:,} bytes of {expected:,}"
        raise damaged(entry.archive.path, reason)


def _stored(entry: _Member) -> StoredTensor:
    return StoredTensor(
        name=entry.name,
        shape=entry.shape,
        dtype=entry.dtype.name,
        file=entry.archive.path,
        address=entry.name,
        reader=functools.partial(_read, entry),
    )


def _read(entry: _Member, bounds: Bounds) -> Array:
    if not is_numeric(entry.dtype):
        raise unsupported(entry.archive.path, entry.name, *_why(entry.dtype))
    if entry.column_major:
        return _read_rows(entry, entry.shape[::-1], bounds[::-1]).T
    return _read_rows(entry, entry.shape, bounds)


def _read_rows(entry: _Member, shape: Shape, bounds: Bounds) -> Array:
    """The whole through the checksum; slices from where they are, if the bytes are there."""
    whole = all(bound == (0, size) for bound, size in zip(bounds, shape, strict=True))
    region = None if whole else entry.archive.stored(entry.member)
    if region is not None:
        return read_array(region, entry.start, shape, entry.dtype, bounds)
    archive = entry.archive
    stream = archive.stream(entry.member) if whole else archive.going_on(entry.member)
    values = read_array(stream, entry.start, shape, entry.dtype, bounds)
    if whole:
        stream.finish()
    return values


def _why(dtype: np.dtype[Any]) -> tuple[str, str | None]:
    if dtype.hasobject:
        return "holds pickled objects, which can run any code when they are read", None
    hint = "NumPy does not record bfloat16 or 8-bit floats: save them as .safetensors"
    return f"has elements of type {shown(dtype)}", hint if dtype.kind == "V" else None
