"""A user's plain function, registered by name, as an initializer that can be serialized."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from declinit.initializers.random import serializable


@serializable
class FunctionInitializer(keras.initializers.Initializer):
    """Calls `function(shape, dtype=dtype, **params)`.

    Args:
        name: that the function was given by `declinit.register`; its config keeps this only.
        params: keyword arguments, a seed among them if the function takes one.
        function: the function itself; looked up by name where a config is loaded.
    """

    def __init__(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        function: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.params = dict(params or {})
        self.function = function or _registered(name)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """What the function returns."""
        return self.function(shape, dtype=dtype, **self.params)

    def get_config(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": self.name, "params": self.params}


def _registered(name: str) -> Callable[..., Any]:
    from declinit.kinds.extensions import current_registry

    kind = current_registry().find(name)
    made = kind.build("keras", {}) if kind else None
    if not isinstance(made, FunctionInitializer):
        raise ValueError(f"no function is registered with declinit as {name!r}; register it first")
    return made.function
