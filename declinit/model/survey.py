"""Surveying a model: everything a plan needs to know of its variables, without their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras

from declinit.errors import Problem, ResolveError
from declinit.layers.fans import FanAxes, LayerFacts, find_axes, keras_einsum_axes
from declinit.model.addresses import SEED_STATE, Found, walk
from declinit.model.places import bases
from declinit.plans.inventory import Inventory, VariableInfo


def survey(model: Any) -> Inventory:
    """All variables of a built model, in model order, with what is known of each.

    Args:
        model: a Keras model or layer whose variables exist.

    Returns:
        One `VariableInfo` a variable.

    Raises:
        ResolveError: if the model is not built, has no weights, or its variables cannot be told
            apart.
    """
    return inventory_of(variables_of(model))


def variables_of(model: Any) -> list[Found]:
    """All variables of a built model, in model order, with their addresses.

    Raises:
        ResolveError: as `survey`.
    """
    _require_built(model)
    return walk(model)


def inventory_of(found: Sequence[Found]) -> Inventory:
    """What is known of each variable of a model."""
    shared = _names_of_several(found)
    paths = {entry.path for entry in found}
    return tuple(_info(entry, paths, shared) for entry in found)


def _require_built(model: Any) -> None:
    """Refuse what has no variables to speak of.

    Raises:
        ResolveError: saying how to build the model, where that helps.
    """
    if not isinstance(model, keras.Layer):
        raise ResolveError(f"expected a Keras model or layer, received {model!r}")
    unbuilt = [layer.name for layer in _unbuilt(model)]
    if unbuilt or (not model.weights and not model.built):
        which = f" (its layer {unbuilt[0]!r} is not)" if unbuilt else ""
        hint = "call it once on data or on a keras.Input, or give `build` a shape"
        message = f"model {model.name!r} is not built yet, so its weights do not exist{which}"
        raise ResolveError([Problem(message=message, hint=hint)])
    if not model.weights:
        raise ResolveError(f"model {model.name!r} has no weights")


def _unbuilt(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        if not layer.built:
            yield layer


def _names_of_several(found: Iterable[Found]) -> frozenset[str]:
    """Names that would address more than one variable."""
    counts = Counter(name for entry in found for name in {*_names(entry), entry.path})
    return frozenset(name for name, count in counts.items() if count > 1)


def _names(entry: Found) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*entry.ways, entry.variable.path, *entry.names)))


def _info(entry: Found, paths: set[str], shared: frozenset[str]) -> VariableInfo:
    variable, owner = entry.variable, entry.owner
    shape = tuple(int(size) for size in variable.shape)
    facts = layer_facts(owner)
    names = [name for name in _names(entry) if name != entry.path]
    return VariableInfo(
        path=entry.path,
        aliases=tuple(name for name in names if name not in shared and name not in paths),
        homonyms=tuple(name for name in names if name in shared and name not in paths),
        ways=tuple(way for way in entry.ways if way not in shared),
        shape=shape,
        dtype=keras.backend.standardize_dtype(variable.dtype),
        layer=type(owner).__name__,
        around=tuple(
            dict.fromkeys(name for layer in reversed(entry.chain) for name in bases(layer))
        ),
        trainable=bool(variable.trainable),
        seed_state=variable.name == SEED_STATE,
        axes=find_axes(variable.name, shape, facts),
        keras_axes=_keras_axes(variable.name, facts),
        forget_gates=_forget_gates(owner, variable.name),
    )


def layer_facts(layer: Any) -> LayerFacts:
    """What fans depend on, read from a layer's public attributes."""
    equation = getattr(layer, "equation", None)
    convolution = "BaseConv" in bases(layer)  # other layers mean something else by `groups`
    return LayerFacts(
        classes=bases(layer),
        builtin=type(layer).__module__.startswith("keras.src."),
        equation=equation if isinstance(equation, str) else None,
        groups=layer.groups if convolution else 1,
        tied=bool(getattr(layer, "tie_weights", False)),
    )


def _keras_axes(name: str, facts: LayerFacts) -> FanAxes | None:
    if facts.equation and name == "kernel" and "EinsumDense" in facts.classes:
        return keras_einsum_axes(facts.equation)
    return None


def _forget_gates(layer: Any, name: str) -> bool:
    return name == "bias" and bool(getattr(layer, "unit_forget_bias", False))
