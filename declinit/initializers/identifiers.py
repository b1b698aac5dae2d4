"""String identifiers and configs to initializers, as `keras.initializers` does it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from declinit.initializers import orthonormal, random, scaled
from declinit.kinds.rows import BUILTIN

_PORTABLE = {
    name: found
    for module in (orthonormal, random, scaled)
    for name, found in vars(module).items()
    if inspect.isclass(found) and issubclass(found, keras.initializers.Initializer)
}

# Identifier -> class, for every identifier of every built-in kind.
BY_NAME: Mapping[str, type[Any]] = {
    identifier: _PORTABLE.get(kind.class_name) or getattr(keras.initializers, kind.class_name)
    for kind in BUILTIN.values()
    for identifier in kind.identifiers
}

# Keras finds the base class of all initializers by name, too.
_BASE = keras.initializers.Initializer
_MODULE_OBJECTS = {**BY_NAME, "Initializer": _BASE, "initializer": _BASE}


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer, as `keras.initializers.serialize` gives it."""
    return keras.initializers.serialize(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """An initializer from its configuration; Keras' own random classes become portable ones.

    Args:
        config: what `serialize` gives, `{"class_name": ..., "config": ...}`, or a name.
        custom_objects: classes by name, which come first.

    Raises:
        ValueError, TypeError: as Keras does, for what cannot be interpreted.
    """
    return keras.saving.deserialize_keras_object(
        config, module_objects=_MODULE_OBJECTS, custom_objects=custom_objects
    )


def get(identifier: Any) -> Any:
    """An initializer from any identifier that `keras.initializers.get` takes.

    Args:
        identifier: a name, a config, a class, a callable, an array, or None.

    Returns:
        The initializer, or None for None.

    Raises:
        ValueError: if the identifier cannot be interpreted.
    """
    if isinstance(identifier, str) and identifier in BY_NAME:
        # Keras lets a custom object take the place of a built-in one.
        taken = keras.saving.get_registered_object(identifier)
        return (taken or BY_NAME[identifier])()
    if isinstance(identifier, dict):
        found = deserialize(identifier)
        return keras.initializers.get(found if callable(found) else identifier)
    return keras.initializers.get(identifier)
