"""HDF5 files: their datasets by address, without following anything that leads elsewhere.

The library is trusted with the format, not with the file: links, virtual datasets, external
storage and filters, which make it open other files, load plugins or expand without bound, are
refused before anything is read through them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from declinit.checkpoints.attributes import text_attribute
from declinit.checkpoints.dtypes import dtype_named, is_extended, is_numeric
from declinit.checkpoints.faults import (
    damaged,
    exceeds,
    leads_outside,
    reason_of,
    shown,
    unsupported,
)
from declinit.checkpoints.regions import Region
from declinit.checkpoints.slicing import Array, Bounds, read_array
from declinit.checkpoints.tensors import MOST_TENSORS
from declinit.errors import CheckpointError

MOST_NESTED = 64


@dataclass(slots=True)
class Hdf5Content:
    """What an HDF5 file holds.

    Attributes:
        region: the file.
        datasets: by address.
        groups: the names of the groups and datasets in each group, by the address of the group.
        names: the attribute `name` of groups that have it, by address.
        dtypes: the names of the elements of datasets, by address.
        visited: where in the file everything listed so far lies.
    """

    region: Region
    datasets: dict[str, h5py.Dataset] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    visited: set[int] = field(default_factory=set)


def open_hdf5(region: Region) -> h5py.File:
    """Open an HDF5 file.

    Raises:
        CheckpointError: if it is damaged.
    """
    try:
        return h5py.File(region, "r")
    except Exception as error:  # the library raises whatever comes to its mind
        raise damaged(region.path, f"HDF5: {reason_of(error)}") from None


def close_hdf5(file: h5py.File) -> None:
    """Close an HDF5 file, on which the library may fail where the file is damaged."""
    with contextlib.suppress(Exception):
        file.close()


def content_of(region: Region, file: h5py.File) -> Hdf5Content:
    """List the datasets and recorded names of a file.

    Raises:
        CheckpointError: if it is damaged or leads out of itself.
    """
    content = Hdf5Content(region)
    try:
        _visit(content, file, "", 0)
    except CheckpointError:
        raise
    except Exception as error:
        raise damaged(region.path, f"HDF5: {reason_of(error)}") from None
    return content


def read_dataset(
    region: Region, name: str, dataset: h5py.Dataset, stored: str, bounds: Bounds
) -> Array:
    """Read a box of a dataset straight into an array.

    Raises:
        CheckpointError: if it is damaged or holds no numbers.
    """
    path, dtype = region.path, dtype_named(stored)
    if dtype is None or not (is_numeric(dtype) or is_extended(dtype)):
        raise unsupported(path, name, f"has elements of type {shown(stored)}")
    if not dataset.id.valid:
        raise ValueError(f"the checkpoint {str(path)!r} was closed")
    start = _place(dataset)
    if start is not None:
        in_order = dtype.newbyteorder(">" if dataset.dtype.byteorder == ">" else "<")
        return read_array(region, start, dataset.shape, in_order, bounds)
    out = np.empty([stop - start for start, stop in bounds], dtype)
    if out.size:
        _read_into(path, dataset, bounds, out)
    return out


def _place(dataset: h5py.Dataset) -> int | None:
    """Where the elements of a dataset lie in the file, if they do so as NumPy has them.

    The library reads a file that Python has opened through Python, which takes several times as
    long as to read it at once.
    """
    dtype = dataset.dtype
    is_plain = dtype.kind in "iuf" or (dtype.kind == "V" and dtype.names is None)
    if not is_plain or not dataset.id.get_type().equal(h5py.h5t.py_create(dtype)):
        return None
    place: int | None = dataset.id.get_offset()
    return place


def _read_into(path: Path, dataset: h5py.Dataset, bounds: Bounds, out: Array) -> None:
    # HDF5 has no bfloat16: Keras writes its two bytes as they are.
    raw = out.view(dataset.dtype) if dataset.dtype.kind == "V" else out
    try:
        dataset.read_direct(raw, source_sel=tuple(slice(*bound) for bound in bounds))
    except CheckpointError:
        raise
    except Exception as error:
        raise damaged(path, f"HDF5: {reason_of(error)}") from None


def _dtype_of(region: Region, dataset: h5py.Dataset) -> str:
    """The name of a dataset's elements; Keras records that of bfloat16 beside the dataset."""
    if dataset.dtype.kind == "V" and dataset.dtype.names is None:
        recorded = _text(region, dataset, "dtype")
        known = dtype_named(recorded) if recorded else None
        if known is not None and known.itemsize == dataset.dtype.itemsize:
            return known.name
    return str(dataset.dtype.name)


def _visit(content: Hdf5Content, group: h5py.Group, address: str, depth: int) -> None:
    _refuse_second_way(content, group, address)
    if depth > MOST_NESTED:
        message = f"groups nest more than {MOST_NESTED} deep at {shown(address)}"
        raise exceeds(content.region.path, message)
    recorded = _text(content.region, group, "name")
    if recorded is not None:
        content.names[address] = recorded
    content.groups[address] = []
    for name, child in _children(content, group, address):
        content.groups[address].append(name)
        at = f"{address}/{name}" if address else name
        if isinstance(child, h5py.Group):
            _visit(content, child, at, depth + 1)
        elif isinstance(child, h5py.Dataset):
            _refuse_second_way(content, child, at)
            _refuse_storage(content, child, at)
            content.datasets[at], content.dtypes[at] = child, _dtype_of(content.region, child)


def _children(content: Hdf5Content, group: h5py.Group, address: str) -> Iterator[tuple[str, Any]]:
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            message = f"{shown(f'{address}/{name}')} is a link to another place or file"
            raise leads_outside(content.region.path, message)
        yield name, group[name]


def _refuse_second_way(content: Hdf5Content, found: Any, address: str) -> None:
    """One object at two addresses would be read twice, and a circle for ever."""
    where = h5py.h5o.get_info(found.id).addr
    if where in content.visited:
        message = f"{shown(address)} is a second name of another group or dataset"
        raise leads_outside(content.region.path, message)
    content.visited.add(where)
    if len(content.visited) > MOST_TENSORS:
        raise exceeds(content.region.path, f"more than {MOST_TENSORS:,} groups and datasets")


def _refuse_storage(content: Hdf5Content, dataset: h5py.Dataset, address: str) -> None:
    path, created = content.region.path, dataset.id.get_create_plist()
    if created.get_external_count() or created.get_layout() == h5py.h5d.VIRTUAL:
        raise leads_outside(path, f"dataset {shown(address)} is kept in other files")
    if created.get_nfilters():
        raise exceeds(path, f"dataset {shown(address)} is compressed, which Keras never does")
    if dataset.shape is None:
        raise damaged(path, f"dataset {shown(address)} has no shape")
    stored = dataset.id.get_storage_size()
    if stored > content.region.size or dataset.nbytes > stored:
        message = (
            f"dataset {shown(address)} claims {dataset.nbytes:,} bytes and has {stored:,}, "
            f"in a file of {content.region.size:,}"
        )
        raise exceeds(path, message)


def _text(region: Region, owner: Any, name: str) -> str | None:
    return text_attribute(region, h5py.h5o.get_info(owner.id).addr, name)
