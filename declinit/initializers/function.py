"""A user's plain function, registered by name, as an initializer that can be serialized."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from declinit.initializers.portable import serializable
from declinit.kinds.extensions import current_registry
from declinit.kinds.factories import FromFunction
from declinit.kinds.implementations import PORTABLE


@serializable
class FunctionInitializer(keras.initializers.Initializer):
    """Calls `function(shape, dtype=dtype, **params)`.

    Args:
        name: that the function was given by `declinit.register`; its config keeps this only.
        params: keyword arguments, a seed among them if the function takes one.
        function: the function itself; looked up by name where a config is loaded.

    Example:
        >>> def halves(shape, dtype=None, factor: float = 1.0):
        ...     return keras.ops.full(shape, 0.5 * factor, dtype)
        >>> declinit.register("halves", halves)
        >>> float(initializers.FunctionInitializer("halves", {"factor": 3.0})((2,))[0])
        1.5
    """

    def __init__(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        function: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.params = dict(params or {})
        self.function = function or registered_function(name)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """What the function returns."""
        return self.function(shape, dtype=dtype, **self.params)

    def get_config(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": self.name, "params": self.params}


def registered_function(name: str) -> Callable[..., Any]:
    """The function that was registered with declinit under a name.

    Raises:
        ValueError: if there is none.
    """
    kind = current_registry().find(name)
    made = kind.load(PORTABLE) if kind else None
    if not isinstance(made, FromFunction):
        raise ValueError(f"no function is registered with declinit as {name!r}; register it first")
    return made.function
