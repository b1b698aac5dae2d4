"""One unique, stable address for every variable of a built model.

`Variable.path` will not do: it repeats itself in nested models, begins with the model's own name
only sometimes, counts auto-generated names over the whole process and changes when a model is
loaded back. So the layers are walked, and each segment of a path is

- below a Functional or Sequential model: the layer's name, an auto-generated number in it
  replaced by the layer's rank among its siblings (`dense_12` -> `dense_1`);
- below any other layer: the name the layer was given, or else the attribute that holds it
  (`blocks/0/mlp`);
- last: the variable's name, with `:1`, `:2` where a layer has several of one name.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from declinit.errors import Problem, ResolveError

# Wrappers that make the name of a sublayer out of another layer's, auto-generated number included.
DERIVED_NAMES = (keras.layers.Bidirectional,)
SEED_STATE = "seed_generator_state"


@dataclass(slots=True)
class Found:
    """A variable, the layers on the way to it (its owner last), and its addresses."""

    variable: Any
    chain: tuple[Any, ...]
    path: str
    ways: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def owner(self) -> Any:
        """The layer that made the variable."""
        return self.chain[-1]


@dataclass(slots=True)
class _Child:
    layer: Any
    attributes: list[str] = field(default_factory=list)  # none where the layer goes by its name
    segments: list[str] = field(default_factory=list)


def walk(model: Any) -> list[Found]:
    """All variables of a model, in model order, with their addresses.

    Args:
        model: a built Keras model or layer.

    Raises:
        ResolveError: if two variables come to one path.
    """
    found: dict[int, Found] = {}
    _visit(model, (), (), (model,), found)
    listed = [_own_way(found, variable) for variable in model.variables]
    _refuse_equal_paths(listed)
    return listed


def _own_way(found: Mapping[int, Found], variable: Any) -> Found:
    if id(variable) in found:
        return found[id(variable)]
    message = (
        f"variable {variable.path!r} belongs to the model, "
        "but no attribute, list or dict of its layers leads to it"
    )
    raise ResolveError([Problem(message=message, hint="assign its layer to an attribute")])


def _visit(
    layer: Any,
    segments: tuple[str, ...],
    names: tuple[str, ...],
    chain: tuple[Any, ...],
    found: dict[int, Found],
) -> None:
    children = [child for child in _children(layer) if child.layer not in chain]
    inner = {id(variable) for child in children for variable in child.layer.variables}
    own = [variable for variable in layer.variables if id(variable) not in inner]
    for variable, name in _named(own):
        path, by_names = "/".join((*segments, name)), "/".join((*names, name))
        entry = found.setdefault(id(variable), Found(variable, chain, path))
        if path != entry.path:
            entry.ways.append(path)
        entry.names.append(by_names)
    for child in children:
        by_name, longer = (*names, child.layer.name), (*chain, child.layer)
        for segment in child.segments:
            _visit(child.layer, (*segments, segment), by_name, longer, found)


def _named(variables: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    seen: Counter[str] = Counter()
    for variable in variables:
        name = variable.name
        yield variable, f"{name}:{seen[name]}" if seen[name] else name
        seen[name] += 1


def _children(layer: Any) -> list[_Child]:
    """The sublayers that hold variables, each once, with their segments."""
    found = {id(child): _Child(child) for child in (layer.layers if is_container(layer) else ())}
    for name, child in _attributes(layer):
        known = found.setdefault(id(child), _Child(child, [name]))
        if known.attributes and name not in known.attributes:
            known.attributes.append(name)
    for name, child in _layers_in(vars(layer).get("_layers", ()), "_layers"):
        found.setdefault(id(child), _Child(child, [name]))
    held = {id(variable) for variable in layer.variables}
    children = [child for child in found.values() if _holds(child.layer, held)]
    _set_segments(layer, children)
    return children


def _holds(layer: Any, held: set[int]) -> bool:
    """Whether a sublayer has variables, all of them among those of the layer around it."""
    variables = layer.variables
    return bool(variables) and all(id(variable) in held for variable in variables)


def is_container(layer: Any) -> bool:
    """Whether `layers` is what the user put in, by name: Functional and Sequential models."""
    return isinstance(layer, keras.Sequential) or (
        isinstance(layer, keras.Model) and hasattr(layer, "operations")
    )


def _attributes(layer: Any) -> list[tuple[str, Any]]:
    """The layers that attributes hold, those not inside a list or dict first.

    On the torch backend a layer is a torch module too, which keeps its sublayers apart from lists
    of them; on TensorFlow it is a Trackable, which notes them once more under names of its own.
    """
    attributes = {**vars(layer), **vars(layer).get("_modules", {})}
    found = [
        pair
        for name, value in attributes.items()
        if name not in {"_layers", "_modules", "_functional"} and not name.startswith("_self_")
        for pair in _layers_in(value, name)
    ]
    return sorted(found, key=lambda pair: pair[0].count("/"))


def _layers_in(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, keras.Layer):
        yield name, value
    elif depth < 8 and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _layers_in(inner, f"{name}/{key}", depth + 1)
    elif depth < 8 and isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _layers_in(inner, f"{name}/{index}", depth + 1)


def _set_segments(layer: Any, children: list[_Child]) -> None:
    ranks = _ranks(children)
    # A given name goes before an attribute, unless another child could be meant by it.
    taken = Counter(child.layer.name for child in children)
    taken.update(name for child in children for name in child.attributes)
    derived = isinstance(layer, DERIVED_NAMES)
    for child in children:
        name: str = child.layer.name
        auto = id(child.layer) in ranks
        if not child.attributes:
            child.segments = [ranks.get(id(child.layer), name)]
        elif derived or auto or taken[name] > 1 + (name in child.attributes):
            child.segments = child.attributes
        else:
            child.segments = [name]


def snake_case(name: str) -> str:
    """The stem of the names that Keras generates for objects of a class."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _auto_number(layer: Any) -> int | None:
    """The number in an auto-generated name (0 where it has none), or None for a given name."""
    stem = re.escape(snake_case(type(layer).__name__))
    found = re.fullmatch(rf"{stem}(?:_(\d+))?", layer.name)
    return int(found[1] or 0) if found else None


def _ranks(children: Iterable[_Child]) -> dict[int, str]:
    """Auto-generated names as they would be, had nothing else been built in the process."""
    given: set[str] = set()
    by_stem: dict[str, list[tuple[int, int]]] = {}
    for child in children:
        number = _auto_number(child.layer)
        if number is None:
            given.add(child.layer.name)
        else:
            stem = snake_case(type(child.layer).__name__)
            by_stem.setdefault(stem, []).append((number, id(child.layer)))
    ranks: dict[int, str] = {}
    for stem, numbered in by_stem.items():
        free = (name for name in _numbered(stem) if name not in given)
        ranks.update(zip((identity for _, identity in sorted(numbered)), free, strict=False))
    return ranks


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}_{number}" for number in itertools.count(1))


def _refuse_equal_paths(listed: Iterable[Found]) -> None:
    by_path: dict[str, list[str]] = {}
    for entry in listed:
        by_path.setdefault(entry.path, []).append(entry.variable.path)
    problems = [
        Problem(
            message=f"{len(paths)} variables have one address, {path!r} (in Keras: {', '.join(paths)})",
            hint="give their layers different names",
        )
        for path, paths in by_path.items()
        if len(paths) > 1
    ]
    if problems:
        raise ResolveError(problems)
