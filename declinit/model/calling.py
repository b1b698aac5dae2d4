"""Calling an initializer that is not ours, and not trusting what it returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from declinit.errors import DeclinitError, Problem

Initializer = Callable[..., Any]


def is_trusted(initializer: Any) -> bool:
    """Whether an initializer is Keras' own or ours: it repeats its values, and none is NaN."""
    module = type(initializer).__module__
    known = module.startswith(("keras.src.initializers", "declinit.initializers"))
    return known and type(initializer).__name__ not in {"Parts", "FunctionInitializer"}


def call_checked(initializer: Initializer, shape: tuple[int, ...], dtype: str) -> Any:
    """What an initializer returns.

    Args:
        initializer: called with the shape and `dtype=`.
        shape: of the variable.
        dtype: its dtype.

    Raises:
        DeclinitError: if the values have another shape, or one of them is NaN.
    """
    value = initializer(shape, dtype=dtype)
    received = getattr(value, "shape", None)
    received = np.shape(value) if received is None else received
    if tuple(received) != tuple(shape):
        message = f"it returned shape {tuple(received)}, expected {tuple(shape)}"
        raise DeclinitError(Problem("DI409", message))
    if not is_trusted(initializer):
        _refuse_nan(value)
    return value


def _refuse_nan(value: Any) -> None:
    host = _on_host(value)
    count = int(np.isnan(host.astype(np.float64)).sum()) if host.dtype.kind in "fV" else 0
    if count:
        message = f"{count} of the {math.prod(host.shape)} values it returned are NaN"
        raise DeclinitError(Problem("DI409", message))


def repeats(initializer: Initializer, shape: tuple[int, ...], dtype: str, value: Any) -> bool:
    """Whether an initializer gives the same values when it is called again.

    Args:
        initializer: that gave `value`.
        shape: of the variable.
        dtype: its dtype.
        value: what it returned first.
    """
    if is_trusted(initializer):
        return True
    return np.array_equal(_on_host(initializer(shape, dtype=dtype)), _on_host(value))


def _on_host(value: Any) -> np.ndarray[Any, Any]:
    return np.asarray(keras.ops.convert_to_numpy(value))
