"""String identifiers and configs to initializers, as `keras.initializers` does it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import keras

from declinit.kinds.registry import PORTABLE
from declinit.kinds.rows import BUILTIN


@functools.cache
def classes_by_name() -> Mapping[str, type[Any]]:
    """The class for every identifier of every built-in kind, `declinit.initializers` being loaded.

    Keras finds the base class of all initializers by name, too.
    """
    base = keras.initializers.Initializer
    found: dict[str, Any] = {"Initializer": base, "initializer": base}
    for kind in BUILTIN.values():
        found |= dict.fromkeys(kind.identifiers, kind.load(PORTABLE))
    return found


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer, as `keras.initializers.serialize` gives it.

    Example:
        >>> initializers.serialize(initializers.HeNormal(seed=3))["registered_name"]
        'declinit>HeNormal'
    """
    return keras.initializers.serialize(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """An initializer from its configuration; Keras' own random classes become portable ones.

    Args:
        config: what `serialize` gives, `{"class_name": ..., "config": ...}`, or a name.
        custom_objects: classes by name, which come first.

    Raises:
        ValueError, TypeError: as Keras does, for what cannot be interpreted.

    Example:
        >>> config = keras.initializers.serialize(keras.initializers.HeNormal(seed=3))
        >>> type(initializers.deserialize(config)).__module__
        'declinit.initializers.scaled'
    """
    return keras.saving.deserialize_keras_object(
        config, module_objects=classes_by_name(), custom_objects=custom_objects
    )


def get(identifier: Any) -> Any:
    """An initializer from any identifier that `keras.initializers.get` takes.

    Args:
        identifier: a name, a config, a class, a callable, an array, or None.

    Returns:
        The initializer, or None for None.

    Raises:
        ValueError: if the identifier cannot be interpreted.

    Example:
        >>> type(initializers.get("he_normal")).__module__
        'declinit.initializers.scaled'
    """
    if isinstance(identifier, str) and (kind := BUILTIN.find(identifier)) and not kind.open:
        # Keras lets a custom object take the place of a built-in one.
        custom = keras.saving.get_registered_object(identifier)
        return (custom or kind.load(PORTABLE))()
    if isinstance(identifier, dict):
        found = deserialize(identifier)
        return keras.initializers.get(found if callable(found) else identifier)
    return keras.initializers.get(identifier)
