"""Layers' configs that tell the truth: each initializer where its layer keeps it."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras

from declinit.audits.audit import NONE, OWN, SHARED
from declinit.initializers.parts import PARTS, Parts
from declinit.kinds.rows import BUILTIN
from declinit.layers.lineage import is_builtin
from declinit.model.addresses import LocatedVariable
from declinit.model.places import (
    Place,
    config_includes,
    config_place,
    filled_parts,
    outer_place,
    own_place,
    take_over,
)
from declinit.model.targets import Target
from declinit.policy.actions import InitializerConfig


def serialized(initializer: Any) -> Any:
    """What `keras.initializers.serialize` gives; None for what it cannot serialize.

    For Keras' own initializers and ours it goes without Keras' detour: that imports TensorFlow,
    where it is installed, to serialize any object.
    """
    module = type(initializer).__module__
    known = module.startswith(("keras.src.initializers", "declinit.initializers"))
    try:
        if not known or type(getattr(initializer, "seed", None)) not in (int, type(None)):
            return keras.initializers.serialize(initializer)
        ours = module.startswith("declinit")
        return {
            "module": module if ours else "keras.initializers",
            "class_name": type(initializer).__name__,
            "config": initializer.get_config(),
            "registered_name": f"declinit>{type(initializer).__name__}" if ours else None,
        }
    except Exception:  # a class without a config, or with one that cannot be made
        return None


def write_configs(targets: Iterable[Target]) -> dict[str, str]:
    """Put each initializer where its layer keeps it, and see whether the config names it.

    Args:
        targets: every weight of the model.

    Returns:
        By path of every variable that received an initializer: `own`, `shared` or `none`.
    """
    every = list(targets)
    users = Counter(place.key for one in every if (place := config_place(one.found)))
    received = [one for one in every if one.configured is not None]
    shared: dict[tuple[int, str], list[Target]] = {}
    for one in received:
        place, outer = own_place(one.found), outer_place(one.found)
        several = outer or (place if place and users[place.key] > 1 else None)
        if several:
            shared.setdefault(several.key, []).append(one)
        written = _for_config(one)
        # What cannot be serialized would keep the model from being saved.
        if place and place != several and serialized(written) is not None:
            place.write(written)
            if isinstance(written, Parts):  # which leaves nothing for the layer to add
                take_over(one.found)
    for group in shared.values():
        _write_shared(group, users)
    includes = functools.cache(config_includes)
    return {one.assignment.path: _kept_by_config(one, users, includes) for one in received}


def needs_more_than_keras(target: Target) -> bool:
    """Whether the layer's config names an initializer that plain Keras does not know.

    Call it once configs have been written.
    """
    written = _for_config(target)
    module = type(written).__module__
    ours = module.startswith("declinit.initializers")
    named = hasattr(keras.initializers, type(written).__name__)
    known = module.startswith("keras.src.initializers") or (ours and named)
    kept = written is not None and config_place(target.found) is not None
    return kept and not known and serialized(written) is not None


def _for_config(target: Target) -> Any:
    """The initializer that the layer's config is to name.

    The ones that an LSTM adds to a constant bias stay Keras' own doing, so that a default LSTM loads
    where declinit is not installed. Any other bias with parts names an initializer of ours.
    """
    initializer = target.configured
    if isinstance(initializer, Parts) and _adds_them_itself(target):
        whole = initializer.initializer
        return whole if isinstance(whole, _CONSTANTS) else initializer
    return initializer


def _adds_them_itself(target: Target) -> bool:
    """Whether the parts of a variable are those that its layer fills anyway."""
    fill = target.assignment.action.fill
    parts = fill.parts if fill else ()
    filled = filled_parts(target.found)
    return {(one.part, InitializerConfig(one.initializer)) for one in filled} == {
        (part.name, part.initializer) for part in parts
    }


_CONSTANTS = (keras.initializers.Zeros, keras.initializers.Ones, keras.initializers.Constant)


def _write_shared(group: list[Target], users: Mapping[tuple[int, str], int]) -> None:
    """One place for several variables names what they have in common: all but seed and axes.

    Without a seed a rebuilt layer draws a new one for each of them, so that they never coincide.
    """
    place, initializer = config_place(group[0].found), group[0].configured
    common = [_without_own(one.configured) for one in group]
    if not place or len(group) != users[place.key] or any(one != common[0] for one in common):
        return
    config = common[0] and common[0]["config"]
    if isinstance(config, Mapping):  # attention layers do not take plain functions
        with contextlib.suppress(Exception):  # a user's class may insist on a seed
            place.write(type(initializer).from_config(config))


def _without_own(initializer: Any) -> Any:
    return _common_config(serialized(initializer))


def _common_config(whole: Any) -> Any:
    """A serialized initializer without seed and axes; those of parts lose theirs too."""
    if not whole or not isinstance(whole["config"], Mapping):
        return whole
    if whole.get("registered_name") == PARTS:
        config = whole["config"]
        parts = [[box, _common_config(part)] for box, part in config["parts"]]
        inner = {"initializer": _common_config(config["initializer"]), "parts": parts}
        return {**whole, "config": inner}
    kind = BUILTIN.find(whole.get("registered_name") or whole["class_name"])
    # Of a user's own only the seed is known to be one variable's own.
    own = kind.null_means_absent if kind and kind.name in BUILTIN else {"seed"}
    kept = {key: None if key in own else value for key, value in whole["config"].items()}
    return {**whole, "config": kept}


def _around(found: LocatedVariable, holder: Any) -> Iterable[tuple[Any, Any]]:
    """Each layer around the holder of an initializer, with the one inside it."""
    chain = found.chain[: found.chain.index(holder) + 1]
    return itertools.pairwise(chain)


def _kept_by_config(
    one: Target, users: Mapping[tuple[int, str], int], includes: Callable[..., bool]
) -> str:
    place: Place | None = config_place(one.found)
    if place is None or not all(includes(*pair) for pair in _around(one.found, place.holder)):
        return NONE
    if users[place.key] > 1:
        return SHARED
    # Configs of Keras' own layers hold what is in the places known here; users' layers may not.
    config = serialized(one.configured)
    kept = is_builtin(type(place.holder)) or place.config_entry() == config
    return OWN if kept and config is not None else NONE
