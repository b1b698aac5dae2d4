"""`.safetensors`: a length, a JSON header with shapes and offsets, then the bytes of all tensors.

The library of that name maps the whole file into memory, so that reading 1 GB takes 1 GB beside
the tensors and a file that is cut meanwhile ends the process; it has no 8-bit floats for NumPy,
and passes over repeated names. The format is small enough to be read here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from declinit.checkpoints.dtypes import OF_SAFETENSORS, dtype_named
from declinit.checkpoints.faults import damaged, shown, unsupported
from declinit.checkpoints.json_objects import read_object, refuse_length
from declinit.checkpoints.regions import Region
from declinit.checkpoints.slicing import Array, Bounds, Shape, read_array
from declinit.checkpoints.tensors import StoredTensor

_LENGTH = 8
LARGEST_AXIS = 2**63


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a header says of one tensor, checked."""

    name: str
    dtype: str
    shape: Shape
    start: int
    stop: int


def safetensors_of(region: Region) -> list[StoredTensor]:
    """The tensors of a `.safetensors` file, in the order of their bytes.

    Raises:
        CheckpointError: if the header is damaged, or offsets overlap, leave gaps or lead beyond
            the end.
    """
    path = region.path
    length = int.from_bytes(region.bytes_at(0, _LENGTH), "little")
    if region.size < _LENGTH or length > region.size - _LENGTH:
        raise damaged(path, f"a header of {length:,} bytes in a file of {region.size:,}")
    refuse_length(path, length, "a header")
    header = read_object(path, region.bytes_at(_LENGTH, length), "the header")
    header.pop("__metadata__", None)
    data = region.part(_LENGTH + length, region.size - _LENGTH - length)
    entries = [_entry(path, name, said) for name, said in header.items()]
    entries.sort(key=lambda entry: (entry.start, entry.stop))
    _refuse_gaps(path, entries, data.size)
    return [_stored(data, entry) for entry in entries]


def _entry(path: Path, name: str, said: Any) -> _Entry:
    match said:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [start, stop]}:
            numbers = [*shape, start, stop]
            if all(type(number) is int and 0 <= number < LARGEST_AXIS for number in numbers):
                entry = _Entry(name, dtype, tuple(shape), start, stop)
                _refuse_length_of(path, entry)
                return entry
    raise damaged(path, f"the header does not describe tensor {shown(name)}")


def _refuse_length_of(path: Path, entry: _Entry) -> None:
    bits, _ = OF_SAFETENSORS.get(entry.dtype, (None, None))
    received = entry.stop - entry.start
    if bits is not None and math.prod(entry.shape) * bits != received * 8:
        raise damaged(
            path,
            f"tensor {shown(entry.name)} has {received:,} bytes, which is not what "
            f"{shown(entry.dtype)} of shape {shown(entry.shape)} takes",
        )


def _refuse_gaps(path: Path, entries: Sequence[_Entry], size: int) -> None:
    """Bytes of two tensors, or of none, are how a file is made to mean different things."""
    end = 0
    for entry in entries:
        if entry.start != end:
            fault = "overlap those" if entry.start < end else "do not begin at the end"
            raise damaged(
                path, f"the bytes of tensor {shown(entry.name)} {fault} of the one before"
            )
        end = entry.stop
    if end != size:
        raise damaged(path, f"its tensors have {end:,} bytes, but {size:,} follow the header")


def _stored(data: Region, entry: _Entry) -> StoredTensor:
    _, known = OF_SAFETENSORS.get(entry.dtype, (0, None))
    name = known if known and dtype_named(known) is not None else entry.dtype
    return StoredTensor(
        name=entry.name,
        shape=entry.shape,
        dtype=name,
        file=data.path,
        address=entry.name,
        reader=functools.partial(_read, data, entry, name),
    )


def _read(data: Region, entry: _Entry, name: str, bounds: Bounds) -> Array:
    dtype = None if name == entry.dtype else dtype_named(name)
    if dtype is None:
        reason = f"has elements of type {shown(entry.dtype)}, which NumPy does not have"
        raise unsupported(data.path, entry.name, reason)
    return read_array(data, entry.start, entry.shape, dtype, bounds)
