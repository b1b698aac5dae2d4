"""The layers of a Keras file by the paths that declinit gives them, from what the file records.

A file keeps a layer where its model held it (`layers/dense_1`, `mlp`, `blocks/block_1`), and
files of newer versions of Keras record its name there. That is enough for paths as `declinit.model.addresses`
makes them, but for two things: which class the layer of an attribute has, hence whether its name
was given or generated, and where in a list of several classes it stood. So a sublayer has one
path that is shown, and may be meant by others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from declinit.layers.generated_names import generated_number, ranks
from declinit.layers.keras_stems import KERAS_STEMS

VARS = "vars"
LAYERS = "layers"  # where Functional and Sequential models keep their layers


@dataclass(frozen=True, slots=True)
class RecordedLayer:
    """A layer in a file.

    Attributes:
        address: where the file keeps it.
        parent: the address of the layer around it; None for the model.
        segments: what it may be called below its parent; the first one is shown.
    """

    address: str
    parent: str | None
    segments: tuple[str, ...]


class RecordedLayers:
    """All layers of a file.

    Args:
        groups: the names in each group, by address.
        names: the recorded names, by the address of the layer.
        holding: the addresses of layers that hold tensors, themselves or below.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[str]],
        names: Mapping[str, str],
        holding: frozenset[str],
    ) -> None:
        self._layers: dict[str, RecordedLayer] = {}
        self._by_last: dict[str, list[RecordedLayer]] = defaultdict(list)
        naming = _Naming(groups, names, holding)
        for address in sorted(names, key=lambda address: (address.count("/"), address)):
            if address in holding:
                self._add(naming, address)

    def path(self, address: str) -> str | None:
        """The path that is shown for a layer, or None if the file records too little."""
        segments: list[str] = []
        layer = self._layers.get(address)
        while layer is not None and layer.parent is not None:
            segments.append(layer.segments[0])
            layer = self._layers.get(layer.parent)
        return "/".join(reversed(segments)) if layer is not None else None

    def matching(self, path: str) -> list[str]:
        """The addresses of all layers that a path may mean: those that are shown so, if any."""
        last = path.rpartition("/")[2]
        found = [each.address for each in self._by_last.get(last, ()) if self._means(path, each)]
        return [at for at in found if self.path(at) == path] or found

    def _add(self, naming: _Naming, address: str) -> None:
        parent = naming.parent(address)
        segments = naming.segments(address, parent) if parent is not None else ("",)
        layer = RecordedLayer(address, parent, segments)
        self._layers[address] = layer
        for last in {segment.rpartition("/")[2] for segment in segments}:
            self._by_last[last].append(layer)

    def _means(self, path: str, layer: RecordedLayer) -> bool:
        if layer.parent is None:
            return path == ""
        parent = self._layers.get(layer.parent)
        if parent is None:
            return False
        rests = {
            path[: len(path) - len(segment)]
            for segment in layer.segments
            if path == segment or path.endswith(f"/{segment}")
        }
        return any(self._means(rest.removesuffix("/"), parent) for rest in rests)


@dataclass(frozen=True, slots=True)
class _Naming:
    """How the layers of a file may be called."""

    groups: Mapping[str, Sequence[str]]
    names: Mapping[str, str]
    holding: frozenset[str]
    _ranks: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _stems: dict[str, frozenset[str]] = field(default_factory=dict)

    def parent(self, address: str) -> str | None:
        """The nearest group above that is a layer."""
        while address:
            address = address.rpartition("/")[0]
            if address in self.names:
                return address
        return None

    def segments(self, address: str, parent: str) -> tuple[str, ...]:
        name = self.names[address]
        place = address[len(parent) :].lstrip("/").split("/")
        if place[0] == LAYERS and len(place) == 2:
            ranked = self._ranked(f"{parent}/{LAYERS}".lstrip("/"))
            return (ranked.get(address, name),)
        index = self._indexed(parent, place)
        held = "/".join(place) if index is None else index
        if _is_generated(name, place):
            return (held,)
        # The class of a layer that an attribute holds is not recorded, so that a number may be
        # the user's or Keras'.
        numbered = len(place) == 1 and re.search(r"_\d+$", name)
        return tuple(dict.fromkeys([held, name] if numbered else [name, held]))

    def _ranked(self, container: str) -> Mapping[str, str]:
        """The generated names of layers in a container, counted anew among themselves."""
        if container not in self._ranks:
            self._ranks[container] = self._rank(container)
        return self._ranks[container]

    def _rank(self, container: str) -> Mapping[str, str]:
        siblings = [f"{container}/{group}" for group in self.groups.get(container, ())]
        entries = [
            (address, _stem(address), self.names[address])
            for address in siblings
            if address in self.holding and address in self.names
        ]
        return ranks(entries)

    def _indexed(self, parent: str, place: Sequence[str]) -> str | None:
        """`blocks/1` for `blocks/block_1`, if nothing of another class is in the list."""
        at = f"{parent}/{place[0]}".lstrip("/")
        found = [place[0]]
        for group in place[1:]:
            stem = _stem(group)
            if self._stems_in(at) - {stem}:
                return None
            found.append(str(generated_number(group, stem)))
            at = f"{at}/{group}"
        return "/".join(found)

    def _stems_in(self, at: str) -> frozenset[str]:
        """The classes of what is in a group."""
        if at not in self._stems:
            self._stems[at] = frozenset(map(_stem, self.groups.get(at, ())))
        return self._stems[at]


def _is_generated(name: str, place: Sequence[str]) -> bool:
    """Whether Keras made a name for certain."""
    if len(place) > 1:
        return generated_number(name, _stem(place[-1])) is not None
    return _stem(name) in KERAS_STEMS


def _stem(address: str) -> str:
    """The class in the name of a group: `dense` of `layers/dense_1`."""
    return re.sub(r"_\d+$", "", address.rpartition("/")[2])
