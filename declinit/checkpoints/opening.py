"""`open_checkpoint`: the one door to weight files of every format."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from declinit.checkpoints.faults import contradicts_index, unknown_format
from declinit.checkpoints.formats import format_of, refuse_pickles
from declinit.checkpoints.keras_files import WEIGHTS_MEMBER, KerasTensors, keras_tensors, weights_in
from declinit.checkpoints.npz import ENDING, npz_of
from declinit.checkpoints.regions import Region, close_region, open_region
from declinit.checkpoints.safetensors import safetensors_of
from declinit.checkpoints.shards import ShardIndex, index_of
from declinit.checkpoints.tensors import Checkpoint
from declinit.checkpoints.zips import Archive
from declinit.errors import CheckpointError


def open_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Open a weight file and list its tensors; none of them is read yet.

    Args:
        path: a `.weights.h5`, `.keras`, `.weights.json`, `.safetensors`,
            `.safetensors.index.json` or `.npz` file, told by its content.

    Returns:
        The tensors by name. It keeps the files open: use it in a `with` statement.

    Raises:
        CheckpointError: if the file is of another format, damaged, or leads out of itself.
    """
    with contextlib.ExitStack() as resources:
        region = _opened(Path(path), resources)
        format, found = _read(region, resources)  # noqa: A001
        return Checkpoint(region.path, format, found.tensors, resources, found.match_layer)
    raise AssertionError("an exit stack swallows nothing")


def _read(region: Region, resources: contextlib.ExitStack) -> tuple[str, KerasTensors]:
    match format_of(region):
        case "hdf5":
            return "Keras weights", keras_tensors([region], resources)
        case "safetensors":
            return "safetensors", KerasTensors(safetensors_of(region), None)
        case "index":
            return _read_shards(index_of(region), resources)
        case "zip":
            return _read_archive(Archive(region), resources)


def _read_archive(archive: Archive, resources: contextlib.ExitStack) -> tuple[str, KerasTensors]:
    refuse_pickles(archive)
    if WEIGHTS_MEMBER in archive.members:
        return "Keras model", keras_tensors([weights_in(archive, resources)], resources)
    if any(name.endswith(ENDING) for name in archive.members):
        return "npz", KerasTensors(npz_of(archive), None)
    weights_in(archive, resources)
    raise unknown_format(archive.path, "a zip archive")


def _read_shards(index: ShardIndex, resources: contextlib.ExitStack) -> tuple[str, KerasTensors]:
    regions = [_shard(index, path, resources) for path in index.shards]
    if index.is_of_keras:
        found = keras_tensors(regions, resources)
    else:
        found = KerasTensors([tensor for each in regions for tensor in safetensors_of(each)], None)
    index.refuse_missing(found.tensors)
    return "sharded Keras weights" if index.is_of_keras else "sharded safetensors", found


def _shard(index: ShardIndex, path: Path, resources: contextlib.ExitStack) -> Region:
    try:
        region = _opened(path, resources)
    except CheckpointError as error:
        reason, hint = error.problems[0].message, error.problems[0].hint
        message = f"shard {path.name!r}: {reason}"
        raise contradicts_index(index.path, message, hint) from None
    expected = "hdf5" if index.is_of_keras else "safetensors"
    if format_of(region) != expected:
        raise unknown_format(path, f"a shard that is not {expected}")
    return region


def _opened(path: Path, resources: contextlib.ExitStack) -> Region:
    region = open_region(path)
    resources.callback(close_region, region)
    return region
