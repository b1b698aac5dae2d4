"""Indices of shards: which files beside an index hold the tensors of one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from declinit.checkpoints.faults import (
    contradicts_index,
    damaged,
    leads_outside,
    shown,
    unknown_format,
)
from declinit.checkpoints.json_objects import read_object, refuse_length
from declinit.checkpoints.regions import Region
from declinit.checkpoints.tensors import StoredTensor

WEIGHT_MAP = "weight_map"
MOST_SHARDS = 10_000


@dataclass(frozen=True, slots=True)
class ShardIndex:
    """What an index says.

    Attributes:
        path: the index.
        places: by name of a tensor, or of a group of them in Keras' indices, the shards.
    """

    path: Path
    places: dict[str, tuple[str, ...]]

    @property
    def shards(self) -> list[Path]:
        """The files, each once, beside the index."""
        names = dict.fromkeys(name for names in self.places.values() for name in names)
        return [self.path.with_name(name) for name in names]

    @property
    def is_of_keras(self) -> bool:
        """Whether Keras wrote it: the shards are HDF5 files."""
        return all(name.endswith(".h5") for names in self.places.values() for name in names)

    def refuse_missing(self, tensors: Sequence[StoredTensor]) -> None:
        """Refuse an index that names tensors which the shards do not hold."""
        held = {tensor.name for tensor in tensors}
        if self.is_of_keras:
            held = {f"/{tensor.address}".rpartition("/")[0] for tensor in tensors}
        missing = [name for name in self.places if name not in held]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            message = f"no shard holds {shown(missing[0])}{more}, which the index names"
            raise contradicts_index(self.path, message)


def index_of(region: Region) -> ShardIndex:
    """Read an index of shards.

    Raises:
        CheckpointError: if it is no index, or names files that are not beside it.
    """
    path = region.path
    refuse_length(path, region.size, "an index")
    read = read_object(path, region.bytes_at(0, region.size), "the file")
    places = read.get(WEIGHT_MAP)
    if not isinstance(places, dict):
        raise unknown_format(path, f"JSON without {WEIGHT_MAP!r}")
    index = ShardIndex(path, {name: _files(path, name, said) for name, said in places.items()})
    if len(index.shards) > MOST_SHARDS:
        raise damaged(path, f"it names more than {MOST_SHARDS:,} shards")
    return index


def _files(path: Path, name: str, said: object) -> tuple[str, ...]:
    files = said if isinstance(said, list) else [said]
    for file in files:
        if not isinstance(file, str):
            raise damaged(path, f"the index names no file for {shown(name)}")
        if not file.isprintable() or Path(file).name != file or "\\" in file or ":" in file:
            message = f"the index names {shown(file)}, which is no file beside it"
            raise leads_outside(path, message)
    return tuple(files)
