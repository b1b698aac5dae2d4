"""Copies: whether all devices that hold one shard of a variable hold the same values.

The measures of a variable are shared out, so that each value is looked at once, wherever else it
lies. A checksum of everything that is held twice costs a fraction of a digest, and is compared.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.model.processes import exchange, process_count, process_index
from declinit.model.shares import Bounds, bounds_of, holders_of
from declinit.model.tensors import is_sharded, shape_of

# Words of 64 bits that are added up at a time.
WORDS = 1 << 15
CHECKSUM_BYTES = 8
# Of a process whose own devices hold different values.
DIFFERENT = b"\xff" * CHECKSUM_BYTES

# The index of a variable, one of its shards, and a process that holds it.
Copy = tuple[int, Bounds, int]


def differing_copies(variables: Sequence[Any]) -> dict[int, str]:
    """The variables whose copies differ, by their index, and how; all processes call this.

    Args:
        variables: the same ones, in the same order, on every process.
    """
    copies = [copy for index, one in enumerate(variables) for copy in _copies(index, one)]
    if not copies:
        return {}
    by_shard: dict[tuple[int, Bounds], dict[int, bytes]] = {}
    for (index, shard, process), checksum in zip(copies, _told(copies, variables), strict=True):
        by_shard.setdefault((index, shard), {})[process] = checksum
    found: dict[int, str] = {}
    for (index, _), checksums in by_shard.items():
        if said := _difference(checksums):
            found.setdefault(index, said)
    return found


def _copies(index: int, variable: Any) -> Iterator[Copy]:
    """Who holds the shards that several devices hold."""
    if not is_sharded(variable):
        return
    shape = shape_of(variable)
    for shard, processes in holders_of(shape, variable.value.sharding).items():
        if len(processes) > 1:
            yield from ((index, shard, process) for process in sorted(set(processes)))


def _told(copies: Sequence[Copy], variables: Sequence[Any]) -> Iterator[bytes]:
    """The checksum of each copy, which its process alone can tell."""
    counts = [0] * process_count()
    for _, _, process in copies:
        counts[process] += 1
    own = b"".join(
        _checksum_held(variables[index], shard)
        for index, shard, process in copies
        if process == process_index()
    )
    rows = exchange(own, max(counts) * CHECKSUM_BYTES)
    places = [0] * process_count()
    for _, _, process in copies:
        start = places[process]
        places[process] += CHECKSUM_BYTES
        yield rows[process, start : start + CHECKSUM_BYTES].tobytes()


def _checksum_held(variable: Any, shard: Bounds) -> bytes:
    """Of what this process holds of a shard, or that its devices differ."""
    shape = shape_of(variable)
    held = [
        checksum(np.asarray(one.data))
        for one in variable.value.addressable_shards
        if bounds_of(one.index, shape) == shard
    ]
    return held[0] if len(set(held)) == 1 else DIFFERENT


def _difference(checksums: dict[int, bytes]) -> str:
    inside = [process for process, value in checksums.items() if value == DIFFERENT]
    if inside:
        return f"the devices of process {inside[0]} hold different copies of it"
    first, *others = checksums
    other = [process for process in others if checksums[process] != checksums[first]]
    return f"process {other[0]} holds another copy of it than process {first}" if other else ""


def checksum(values: npt.NDArray[Any]) -> bytes:
    """Tells values from others: a sum of all words, each times a number of its place.

    Args:
        values: in any layout.
    """
    flat = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    words = flat[: flat.size // 8 * 8].view(np.uint64)
    total = int.from_bytes(flat[words.nbytes :].tobytes(), "little")
    for start in range(0, words.size, WORDS):
        part = words[start : start + WORDS]
        added = int(np.add.reduce(part * _weights()[: part.size]))
        total = (total * 0x9E3779B97F4A7C15 + added) % 2**64
    return total.to_bytes(CHECKSUM_BYTES, "little")


@functools.cache
def _weights() -> npt.NDArray[np.uint64]:
    """Odd numbers, with which no change of one word is lost."""
    return np.random.Philox(key=1).random_raw(WORDS) | np.uint64(1)
