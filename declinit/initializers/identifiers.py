"""String identifiers and configs to initializers, as `keras.initializers` does it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from declinit.builtin import BUILTIN
from declinit.initializers import orthogonal, random, scaled

_PORTABLE = {
    name: found
    for module in (orthogonal, random, scaled)
    for name, found in vars(module).items()
    if inspect.isclass(found) and issubclass(found, keras.initializers.Initializer)
}

# Identifier -> class, for every identifier of every built-in kind.
BY_NAME: Mapping[str, type[Any]] = {
    identifier: _PORTABLE.get(kind.class_name) or getattr(keras.initializers, kind.class_name)
    for kind in BUILTIN.values()
    for identifier in kind.identifiers
}


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer, as `keras.initializers.serialize` gives it."""
    return keras.initializers.serialize(initializer)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """An initializer from its configuration; Keras' own random classes become portable ones.

    Args:
        config: what `serialize` gives, or `{"class_name": ..., "config": ...}`.
        custom_objects: classes by name, which come first.

    Raises:
        ValueError, TypeError: as Keras does, for what cannot be interpreted.
    """
    name = config.get("class_name")
    module = config.get("module", "keras.initializers")
    ours = module == "keras.initializers" and not config.get("registered_name")
    if ours and name in BY_NAME and name not in (custom_objects or {}):
        return BY_NAME[str(name)].from_config(dict(config.get("config") or {}))
    return keras.initializers.deserialize(dict(config), custom_objects=custom_objects)


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
        return BY_NAME[identifier]()
    if isinstance(identifier, Mapping):
        return keras.initializers.get(deserialize(identifier))
    return keras.initializers.get(identifier)
