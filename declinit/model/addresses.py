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


@dataclass(frozen=True, slots=True)
class _Child:
    layer: Any
    attribute: str | None  # None below a Functional or Sequential model
    segment: str = ""


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
        _visit(
            child.layer,
            (*segments, child.segment),
            (*names, child.layer.name),
            (*chain, child.layer),
            found,
        )


def _named(variables: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    seen: Counter[str] = Counter()
    for variable in variables:
        name = variable.name
        yield variable, f"{name}:{seen[name]}" if seen[name] else name
        seen[name] += 1


def _children(layer: Any) -> list[_Child]:
    """The sublayers that hold variables, each once, under its segment."""
    held = {id(variable) for variable in layer.variables}
    found: dict[int, _Child] = {}
    for child in (*_listed(layer), *_attributes(layer)):
        variables = child.layer.variables
        if variables and all(id(variable) in held for variable in variables):
            found.setdefault(id(child.layer), child)
    return _with_segments(layer, list(found.values()))


def _listed(layer: Any) -> Iterator[_Child]:
    if is_container(layer):
        yield from (_Child(child, None) for child in layer.layers)


def is_container(layer: Any) -> bool:
    """Whether `layers` is what the user put in, by name: Functional and Sequential models."""
    return isinstance(layer, keras.Sequential) or (
        isinstance(layer, keras.Model) and hasattr(layer, "operations")
    )


def _attributes(layer: Any) -> Iterator[_Child]:
    # On the torch backend a layer is a torch module too, which keeps its sublayers apart.
    attributes = {**vars(layer), **vars(layer).get("_modules", {})}
    tracked = attributes.pop("_layers", ())
    for name, value in attributes.items():
        if name not in {"_modules", "_functional"}:
            yield from _layers_in(value, name, 0)
    yield from _layers_in(tracked, "_layers", 0)


def _layers_in(value: Any, name: str, depth: int) -> Iterator[_Child]:
    if isinstance(value, keras.Layer):
        yield _Child(value, name)
    elif depth < 8 and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _layers_in(inner, f"{name}/{key}", depth + 1)
    elif depth < 8 and isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _layers_in(inner, f"{name}/{index}", depth + 1)


def _with_segments(layer: Any, children: list[_Child]) -> list[_Child]:
    ranks = _ranks(children)
    given = Counter(child.layer.name for child in children)

    def segment(child: _Child) -> str:
        name: str = child.layer.name
        number = _auto_number(child.layer)
        if child.attribute is None:
            return name if number is None else ranks[id(child.layer)]
        derived = isinstance(layer, DERIVED_NAMES)
        return child.attribute if derived or number is not None or given[name] > 1 else name

    return [_Child(child.layer, child.attribute, segment(child)) for child in children]


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
    by_class: dict[str, list[tuple[int, int]]] = {}
    for child in children:
        number = _auto_number(child.layer)
        if number is not None:
            stem = snake_case(type(child.layer).__name__)
            by_class.setdefault(stem, []).append((number, id(child.layer)))
    return {
        identity: f"{stem}_{rank}" if rank else stem
        for stem, numbered in by_class.items()
        for rank, (_, identity) in enumerate(sorted(numbered))
    }


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
