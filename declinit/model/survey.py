"""Surveying a model: everything a plan needs to know of its variables, without their values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras

from declinit.errors import Problem, ResolveError, expect_arguments, refuse_errors
from declinit.layers.lineage import base_names, builtin_names, is_builtin
from declinit.layers.norms import is_around_one
from declinit.layers.table import LayerFacts, attributes_read, find_axes, find_keras_axes
from declinit.model.addresses import LocatedVariable, walk
from declinit.model.arguments import MODEL
from declinit.model.places import filled_parts, row_of
from declinit.model.storage import storage_addresses
from declinit.plans.inventory import Inventory, VariableInfo

_SURROGATE = re.compile("[\ud800-\udfff]")


def survey(model: Any) -> Inventory:
    """All variables of a built model, in model order, with what is known of each.

    Args:
        model: a Keras model or layer whose variables exist.

    Returns:
        One `VariableInfo` a variable.

    Raises:
        ArgumentError: if it is no model.
        ResolveError: if the model is not built, has no weights, or its variables cannot be told
            apart.

    Example:
        >>> [info.path for info in declinit.survey(model)]
        ['body/kernel', 'body/bias', 'head/kernel', 'head/bias']
    """
    expect_arguments("declinit.survey", model=(model, MODEL))
    return inventory_of(variables_of(model), stored=True)


def variables_of(model: Any) -> list[LocatedVariable]:
    """All variables of a built model, in model order, with their addresses.

    Raises:
        ResolveError: as `survey`.
    """
    _require_built(model)
    found = walk(model)
    refuse_errors(map(_nameless, filter(_is_no_text, found)), ResolveError)
    return found


def _is_no_text(entry: LocatedVariable) -> bool:
    """Whether a path holds halves of surrogate pairs, which no file can hold."""
    return not entry.path.isascii() and bool(_SURROGATE.search(entry.path))


def _nameless(entry: LocatedVariable) -> Problem:
    return Problem("DI407", f"{entry.path!r} is no text, so no document can name this variable")


def inventory_of(found: Sequence[LocatedVariable], *, stored: bool = False) -> Inventory:
    """What is known of each variable of a model.

    Args:
        found: the variables.
        stored: whether to find out where Keras' files keep each, which takes a walk of its own.
    """
    ambiguous = _ambiguous_names(found)
    paths = {entry.path for entry in found}
    storage = storage_addresses(found[0].chain[0]) if stored and found else {}
    return tuple(
        replace(_info(entry, paths, ambiguous), storage=storage.get(id(entry.variable)))
        if stored
        else _info(entry, paths, ambiguous)
        for entry in found
    )


def _require_built(model: Any) -> None:
    """Refuse a model that is not built or has no weights.

    Raises:
        ResolveError: saying how to build the model, where that helps.
    """
    unbuilt = [layer.name for layer in _unbuilt(model)]
    if unbuilt or (not model.weights and not model.built):
        which = f" (its layer {unbuilt[0]!r} is not)" if unbuilt else ""
        hint = "call it once on data or on a keras.Input, or give `build` a shape"
        message = f"model {model.name!r} is not built yet, so its weights do not exist{which}"
        raise ResolveError(Problem("DI406", message, hint=hint))
    if not model.weights:
        raise ResolveError(Problem("DI406", f"model {model.name!r} has no weights"))


def _unbuilt(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        if not layer.built:
            yield layer


def _ambiguous_names(found: Iterable[LocatedVariable]) -> frozenset[str]:
    """Names that would address more than one variable."""
    counts = Counter(name for entry in found for name in {*_other_names(entry), entry.path})
    return frozenset(name for name, count in counts.items() if count > 1)


def _other_names(entry: LocatedVariable) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*entry.shared_paths, entry.variable.path, *entry.names)))


def _info(entry: LocatedVariable, paths: set[str], ambiguous: frozenset[str]) -> VariableInfo:
    variable, owner = entry.variable, entry.owner
    shape = tuple(int(size) for size in variable.shape)
    facts, row = layer_facts(owner), row_of(entry)
    names = [name for name in _other_names(entry) if name not in paths]
    return VariableInfo(
        path=entry.path,
        aliases=tuple(name for name in names if name not in ambiguous),
        layer_path=entry.layer_path,
        ambiguous_names=tuple(name for name in names if name in ambiguous),
        shared_paths=tuple(path for path in entry.shared_paths if path not in ambiguous),
        shape=shape,
        dtype=keras.backend.standardize_dtype(variable.dtype),
        layer=type(owner).__name__,
        enclosing_classes=_enclosing_classes(entry),
        trainable=bool(variable.trainable),
        seed_state=entry.is_seed_state,
        axes=find_axes(entry.name, shape, facts),
        keras_axes=find_keras_axes(entry.name, shape, facts),
        parts=row.parts.of(shape) if row.parts else (),
        filled=filled_parts(entry),
        around_one=is_around_one(type(owner), entry.name),
    )


def _enclosing_classes(entry: LocatedVariable) -> tuple[str, ...]:
    names = (name for layer in reversed(entry.chain) for name in base_names(type(layer)))
    return tuple(dict.fromkeys(names))


def layer_facts(layer: Any) -> LayerFacts:
    """What the table of layers needs to know of a layer, read from its public attributes."""
    classes = builtin_names(type(layer))
    return LayerFacts(
        classes=classes,
        builtin=is_builtin(type(layer)),
        attributes={name: getattr(layer, name) for name in attributes_read(classes)},
    )
