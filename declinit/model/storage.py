"""Where Keras' files keep each variable: `layers/dense_1/vars/0`.

Keras has no public way to ask. The walk below follows `keras.src.saving.saving_lib`
(`_walk_saveable`, `_save_state`, `_save_container_state`): a child goes by the attribute that
holds it, and inside a list or dict by its class, counted. It differs in one thing: only layers
are looked into, since no variable of a model is saved by its optimizer, losses or metrics.
`tests/model/test_storage.py` compares the result with files that Keras wrote.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from declinit.model.addresses import is_container
from declinit.model.naming import snake_case

CONTAINERS = (list, dict, tuple)


def storage_addresses(model: Any) -> Mapping[int, str]:
    """The address of each variable in a `.weights.h5` or `.keras` file of the model.

    Args:
        model: a built Keras model or layer.

    Returns:
        Addresses by `id` of the variable. Variables that Keras does not save as they are have
        none: states of seed generators, and what LoRA adds or merges into a kernel.
    """
    walk = _Walk({id(variable) for variable in model.variables})
    walk.layer(model, "")
    return walk.addresses


@dataclass(slots=True)
class _Walk:
    """A walk through a model in the order of Keras' own.

    A variable that two layers track is saved twice. The later address is taken, since what Keras
    loads last stays.
    """

    variables: set[int]
    addresses: dict[int, str] = field(default_factory=dict)
    visited: set[int] = field(default_factory=set)

    def layer(self, layer: Any, path: str) -> None:
        if id(layer) in self.visited:
            return
        self.visited.add(id(layer))
        for key, value in _own_state(layer).items():
            if id(value) in self.variables:
                self.addresses[id(value)] = _joined(path, f"vars/{key}")
        for name, child in _children(layer):
            self.child(child, _joined(path, name), set())

    def child(self, child: Any, path: str, containers: set[int]) -> None:
        if isinstance(child, keras.Layer):
            self.layer(child, path)
        elif isinstance(child, CONTAINERS) and id(child) not in containers:
            containers.add(id(child))
            for name, inner in _counted(child):
                self.child(inner, _joined(path, name), containers)


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _own_state(layer: Any) -> Mapping[str, Any]:
    """What a layer itself saves; nothing where a user's layer fails at it."""
    store: dict[str, Any] = {}
    try:
        layer.save_own_variables(store)
    except Exception:  # a user's layer may fail in any way
        return {}
    return store


def _counted(container: Any) -> Iterator[tuple[str, Any]]:
    """The children of a container with the names that Keras gives them: by class, counted."""
    seen: Counter[str] = Counter()
    for child in container.values() if isinstance(container, dict) else container:
        if isinstance(child, (keras.Layer, *CONTAINERS)):
            nested = isinstance(child, CONTAINERS)
            name = "container" if nested else snake_case(type(child).__name__)
            yield f"{name}_{seen[name]}" if seen[name] else name, child
            seen[name] += 1


def _children(layer: Any) -> Iterator[tuple[str, Any]]:
    """A layer's attributes in Keras' order: layers of a container first, private names last."""
    if is_container(layer):
        yield "layers", layer.layers
    names = {name for name in dir(layer) if not name.startswith("__")} - _skipped(layer)
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        value = _value(layer, name)
        if isinstance(value, (keras.Layer, *CONTAINERS)):
            yield name, value


def _value(layer: Any, name: str) -> Any:
    try:
        return getattr(layer, name)
    except Exception:  # a property may fail in any way
        return None


@functools.cache
def _attributes_of_all_layers() -> frozenset[str]:
    return frozenset(dir(keras.Layer(name="plain"))) | {"_self_unconditional_dependency_names"}


def _skipped(layer: Any) -> frozenset[str]:
    """Attributes of Keras' own, among them those in which a model keeps its layers once more."""
    if isinstance(layer, keras.Sequential):
        return _attributes_of_all_layers() | {"_functional"}
    if is_container(layer):
        return _attributes_of_all_layers() | {"operations", "_operations"}
    return _attributes_of_all_layers()
