"""One unique, stable address for every variable of a built model.

`Variable.path` will not do: it repeats itself in nested models, begins with the model's own name
only sometimes, counts generated names over the whole process and changes when a model is loaded
back. So the layers are walked, and each segment of a path is

- below a Functional or Sequential model: the layer's name, a generated number in it replaced by
  the layer's rank among its siblings (`dense_12` -> `dense_1`);
- below any other layer: the name the layer was given, or else the attribute that holds it
  (`blocks/0/mlp`);
- last: the name the variable was given, with `:1`, `:2` where a layer has several of one name;
  or else the attribute that holds it (`gamma`, `extra/a`), or else its place in the layer
  (`variable`, `variable_1`).

Why so, in this order: every derived seed is a hash of one of these paths. Changing how any of
them is made gives other weights to every model that it touches, so each choice below is for what
survives: a second build in one process, `from_config`, `load_model`, and refactoring.

Names go before attributes because a name is public and Keras keeps it in the config, while an
attribute is the layer's inner affair. The other way round, all attention weights would hang on
Keras' private `_query_dense`, and renaming an attribute would draw new weights. A name that Keras
generated says nothing but how much was built before, so there the attribute is the better name:
it is written in the class, and every instance has it.

Below Functional and Sequential models there is no attribute to take, since Keras keeps their
layers in one list. A generated name therefore stays but is counted anew among the siblings:
what else the process built drops out, and of the siblings' own order only the relative order of
construction matters. Inserting a layer moves the ranks of the layers of its class that are built
after it, and with them their seeds; naming layers avoids that, as it does in Keras. Names that
were given are left out of the counting, so that no generated name can come to mean a layer that a
user named. A Dense layer that a user named `dense_7` cannot be told from one that Keras named so,
and is counted.

Among the sublayers of any other layer, a given name that could be taken for another sublayer
(Keras lets two have one name, or one be named like the other's attribute) is used for neither:
the attributes, which Python keeps apart, tell them apart. Bidirectional makes the names of its
two layers out of the name of the layer it was given, number included; those count as generated.

A name given to a weight also goes before its attribute, for the same reason. The unnamed weights
of a layer never change the addresses of the named ones: they take the segments that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from declinit.errors import Problem, ResolveError
from declinit.layers.generated_names import free_names
from declinit.layers.lineage import builtin_names
from declinit.layers.table import names_sublayers
from declinit.model.attributes import held_by_attributes
from declinit.model.naming import VARIABLE, is_unnamed, ranked_names

SEED_STATE = "seed_generator_state"


@dataclass(slots=True)
class LocatedVariable:
    """A variable, the layers on the way to it, and its addresses.

    Attributes:
        variable: the Keras variable.
        chain: the layers from the model down to the layer that made the variable.
        name: its name in that layer: the one it was given, or else what stands for it.
        path: its address.
        layer_path: the address of that layer.
        shared_paths: other addresses that lead to it, where layers or weights are shared.
        names: its addresses in terms of Keras' own names, as `summary()` shows them.
    """

    variable: Any
    chain: tuple[Any, ...]
    name: str
    path: str
    layer_path: str = ""
    shared_paths: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def owner(self) -> Any:
        """The layer that made the variable."""
        return self.chain[-1]

    @property
    def is_seed_state(self) -> bool:
        """Whether it is the state of a SeedGenerator, which is never initialized."""
        return bool(self.variable.name == SEED_STATE)


@dataclass(slots=True)
class _Child:
    """A sublayer, the attributes that hold it, and its segments in a path.

    A layer that a Functional or Sequential model holds goes by its name and has no attributes.
    """

    layer: Any
    attributes: list[str] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _OwnVariable:
    """A variable of a layer itself, with its segments in a path; the first one is its address."""

    variable: Any
    name: str
    segments: tuple[str, ...]
    keras_segment: str


def walk(model: Any) -> list[LocatedVariable]:
    """All variables of a model, in model order, with their addresses.

    Args:
        model: a built Keras model or layer.

    Raises:
        ResolveError: if two variables come to one path.
    """
    found: dict[int, LocatedVariable] = {}
    _visit(model, (), (), (model,), found)
    located = [_require_located(found, variable) for variable in model.variables]
    _refuse_equal_paths(located)
    return located


def _require_located(found: Mapping[int, LocatedVariable], variable: Any) -> LocatedVariable:
    if id(variable) in found:
        return found[id(variable)]
    message = (
        f"variable {variable.path!r} belongs to the model, "
        "but no attribute, list or dict of its layers leads to it"
    )
    raise ResolveError(Problem("DI407", message, hint="assign its layer to an attribute"))


def _visit(
    layer: Any,
    segments: tuple[str, ...],
    names: tuple[str, ...],
    chain: tuple[Any, ...],
    found: dict[int, LocatedVariable],
) -> None:
    children = [child for child in _children(layer) if child.layer not in chain]
    inner = {id(variable) for child in children for variable in child.layer.variables}
    for own in _own_variables(layer, inner):
        paths = ["/".join((*segments, segment)) for segment in own.segments]
        new = LocatedVariable(own.variable, chain, own.name, paths[0], "/".join(segments))
        entry = found.setdefault(id(own.variable), new)
        entry.shared_paths += [path for path in paths if path != entry.path]
        entry.names.append("/".join((*names, own.keras_segment)))
    for child in children:
        by_name, longer = (*names, child.layer.name), (*chain, child.layer)
        for segment in child.segments:
            _visit(child.layer, (*segments, segment), by_name, longer, found)


def _own_variables(layer: Any, inner: set[int]) -> Iterator[_OwnVariable]:
    """The variables of a layer that none of its sublayers has, in model order."""
    variables = [variable for variable in layer.variables if id(variable) not in inner]
    named = [variable for variable in variables if not is_unnamed(variable)]
    segments: dict[int, tuple[str, ...]] = {id(each): (name,) for each, name in _counted(named)}
    if len(named) < len(variables):
        unnamed = [variable for variable in variables if is_unnamed(variable)]
        taken = {segment for found in segments.values() for segment in found}
        segments.update(_segments_of_unnamed(layer, unnamed, taken))
    for variable, keras_segment in _counted(variables):
        found = segments[id(variable)]
        name = found[0] if is_unnamed(variable) else variable.name
        yield _OwnVariable(variable, name, found, keras_segment)


def _counted(variables: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Each variable with its name, made unique by `:1`, `:2`."""
    seen: Counter[str] = Counter()
    for variable in variables:
        name = variable.name
        yield variable, f"{name}:{seen[name]}" if seen[name] else name
        seen[name] += 1


def _segments_of_unnamed(
    layer: Any, unnamed: Iterable[Any], taken: set[str]
) -> dict[int, tuple[str, ...]]:
    """The attributes that hold each unnamed variable, or else its place among those unheld."""
    attributes: dict[int, list[str]] = {}
    for place, variable in held_by_attributes(layer, keras.Variable):
        if place not in taken:
            attributes.setdefault(id(variable), []).append(place)
    held = {place for places in attributes.values() for place in places}
    places = free_names(VARIABLE, taken | held)
    return {
        id(variable): tuple(attributes.get(id(variable), ())) or (next(places),)
        for variable in unnamed
    }


@dataclass(frozen=True, slots=True)
class LocatedLayer:
    """A layer, those around it, and its address.

    Attributes:
        layer: the Keras layer.
        path: its address: that of its variables without their names.
        chain: the layers from the model down to the layer itself.
    """

    layer: Any
    path: str
    chain: tuple[Any, ...]


def walk_layers(model: Any) -> list[LocatedLayer]:
    """All layers below a model, also those without variables, each once.

    Args:
        model: a built Keras model or layer.
    """
    found: dict[int, LocatedLayer] = {}
    _visit_layers(LocatedLayer(model, "", (model,)), found)
    return list(found.values())


def _visit_layers(around: LocatedLayer, found: dict[int, LocatedLayer]) -> None:
    for child in _all_children(around.layer):
        if id(child.layer) in found or child.layer in around.chain:
            continue
        path = f"{around.path}/{child.segments[0]}" if around.path else child.segments[0]
        entry = LocatedLayer(child.layer, path, (*around.chain, child.layer))
        found[id(child.layer)] = entry
        _visit_layers(entry, found)


def _all_children(layer: Any) -> list[_Child]:
    """Every sublayer; those that hold variables have the segments that they have in paths."""
    holding = _children(layer)
    known = {id(child.layer) for child in holding}
    every = list(_held_layers(layer).values())
    _set_segments(layer, every)
    return [*holding, *(child for child in every if id(child.layer) not in known)]


def _children(layer: Any) -> list[_Child]:
    """The sublayers that hold variables, each once, with their segments."""
    found = _held_layers(layer)
    own = {id(variable) for variable in layer.variables}
    children = [child for child in found.values() if _has_variables_among(child.layer, own)]
    _set_segments(layer, children)
    return children


def _held_layers(layer: Any) -> dict[int, _Child]:
    """By `id`, the sublayers that a layer holds, as attributes and as a container."""
    found = {id(child): _Child(child) for child in (layer.layers if is_container(layer) else ())}
    for name, child in held_by_attributes(layer, keras.Layer):
        known = found.setdefault(id(child), _Child(child, [name]))
        if known.attributes and name not in known.attributes:
            known.attributes.append(name)
    # Keras goes on tracking a layer whose attribute was assigned anew.
    for index, child in enumerate(vars(layer).get("_layers", ())):
        found.setdefault(id(child), _Child(child, [f"_layers/{index}"]))
    return found


def _has_variables_among(layer: Any, variables: set[int]) -> bool:
    """Whether a sublayer has variables, all of them among those of the layer around it."""
    own = layer.variables
    return bool(own) and all(id(variable) in variables for variable in own)


def is_container(layer: Any) -> bool:
    """Whether `layers` is what the user put in, by name: Functional and Sequential models."""
    return isinstance(layer, keras.Sequential) or (
        isinstance(layer, keras.Model) and hasattr(layer, "operations")
    )


def _set_segments(layer: Any, children: list[_Child]) -> None:
    ranked = ranked_names(child.layer for child in children)
    meanings = Counter(child.layer.name for child in children)
    meanings.update(name for child in children for name in child.attributes)
    made_here = names_sublayers(builtin_names(type(layer)))
    for child in children:
        name: str = child.layer.name
        generated = made_here or id(child.layer) in ranked
        if not child.attributes:
            child.segments = [ranked.get(id(child.layer), name)]
        elif generated or meanings[name] > 1 + (name in child.attributes):
            child.segments = child.attributes
        else:
            child.segments = [name]


def _refuse_equal_paths(located: Iterable[LocatedVariable]) -> None:
    by_path: dict[str, list[str]] = {}
    for entry in located:
        by_path.setdefault(entry.path, []).append(entry.variable.path)
    problems = [
        Problem(
            "DI407",
            f"{len(paths)} variables have one address, {path!r} (in Keras: {', '.join(paths)})",
            hint="give their layers different names",
        )
        for path, paths in by_path.items()
        if len(paths) > 1
    ]
    if problems:
        raise ResolveError(problems)
