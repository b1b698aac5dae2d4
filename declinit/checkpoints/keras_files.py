"""Keras' own files: `.weights.h5`, the one inside `.keras`, and several shards of one model."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import h5py

from declinit.checkpoints.faults import repeated, unknown_format
from declinit.checkpoints.hdf5 import Hdf5Content, close_hdf5, content_of, open_hdf5, read_dataset
from declinit.checkpoints.recorded_layers import VARS, RecordedLayers
from declinit.checkpoints.regions import Region, close_region
from declinit.checkpoints.tensors import LayerMatcher, StoredTensor
from declinit.checkpoints.zips import Archive, extracted

WEIGHTS_MEMBER = "model.weights.h5"
_Stored = tuple[Region, h5py.Dataset, str]
PICKLED_MEMBER = "model.weights.npz"


@dataclass(frozen=True, slots=True)
class KerasTensors:
    """The tensors of Keras' files, and how to find their layers by path if names are recorded."""

    tensors: list[StoredTensor]
    match_layer: LayerMatcher | None


def keras_tensors(regions: Sequence[Region], resources: contextlib.ExitStack) -> KerasTensors:
    """The tensors of one `.weights.h5` file, or of several that are shards of one model.

    Args:
        regions: the files.
        resources: what will close the files.

    Raises:
        CheckpointError: if one is damaged, or two shards hold one tensor.
    """
    contents = [_content(region, resources) for region in regions]
    datasets: dict[str, _Stored] = {}
    for content in contents:
        for address, dataset in content.datasets.items():
            if address in datasets:
                raise repeated(content.region.path, address)
            datasets[address] = (content.region, dataset, content.dtypes[address])
    layers = _layers(contents, datasets)
    return KerasTensors(_named(datasets, layers), layers.matching if layers else None)


def weights_in(archive: Archive, resources: contextlib.ExitStack) -> Region:
    """The `.weights.h5` file in a `.keras` file.

    Keras stores it as it is, so that it is read in place. Where another program compressed it, a
    temporary file holds it until the checkpoint is closed.
    """
    member = archive.members.get(WEIGHTS_MEMBER)
    if member is None:
        hint = (
            "save it anew with `model.save_weights`" if PICKLED_MEMBER in archive.members else None
        )
        raise unknown_format(archive.path, f"a zip archive without {WEIGHTS_MEMBER!r}", hint)
    region = archive.stored(member)
    if region is None:
        region = extracted(archive, member)
        resources.callback(close_region, region)
    return region


def _content(region: Region, resources: contextlib.ExitStack) -> Hdf5Content:
    file = open_hdf5(region)
    resources.callback(close_hdf5, file)
    return content_of(region, file)


def _layers(
    contents: Sequence[Hdf5Content], datasets: Mapping[str, object]
) -> RecordedLayers | None:
    """The layers by their names, which Keras writes beside the variables, in any of the shards."""
    names = {
        address.removesuffix(VARS).rstrip("/"): name
        for content in contents
        for address, name in content.names.items()
        if address == VARS or address.endswith(f"/{VARS}")
    }
    if "" not in names:
        return None
    groups: dict[str, list[str]] = {}
    for content in contents:
        for address, children in content.groups.items():
            known = groups.setdefault(address, [])
            known += [child for child in children if child not in known]
    return RecordedLayers(groups, names, _holding(datasets))


def _holding(datasets: Mapping[str, object]) -> frozenset[str]:
    """Every group that holds a tensor, if only below it."""
    holding: set[str] = set()
    for address in datasets:
        group = address
        while group and (group := group.rpartition("/")[0]) not in holding:
            holding.add(group)
    return frozenset(holding)


def _named(datasets: Mapping[str, _Stored], layers: RecordedLayers | None) -> list[StoredTensor]:
    """Tensors by the paths of their layers, or by address where paths say too little."""
    owners = {address: _owner(address, layers) for address in datasets}
    names = {
        address: f"{layer}/{key}".lstrip("/") if layer is not None else address
        for address, (layer, key) in owners.items()
    }
    uses = Counter([*names.values(), *(at for at, name in names.items() if at != name)])
    found = []
    for address, (region, dataset, dtype) in datasets.items():
        layer, key = owners[address]
        name = names[address] if uses[names[address]] == 1 else address
        found.append(
            StoredTensor(
                name=name,
                shape=tuple(dataset.shape),
                dtype=dtype,
                file=region.path,
                address=address,
                reader=functools.partial(read_dataset, region, name, dataset, dtype),
                layer=layer,
                key=key,
            )
        )
    return found


def _owner(address: str, layers: RecordedLayers | None) -> tuple[str | None, str | None]:
    group, _, key = address.rpartition("/")
    if group != VARS and not group.endswith(f"/{VARS}"):
        return None, None
    owner = group.removesuffix(VARS).rstrip("/")
    return (layers.path(owner) if layers else None), key
