"""The root mean square of a tensor, which is what is kept of it."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops


def is_float(value: Any) -> bool:
    """Whether a value is a tensor of floats that has elements."""
    if not keras.ops.is_tensor(value):
        return False
    dtype = keras.backend.standardize_dtype(value.dtype)
    return keras.backend.is_float_dtype(dtype) and 0 not in tuple(value.shape)


def rms(value: Any) -> Any:
    """The root mean square of a tensor of floats, as a scalar tensor."""
    constant = ops.stop_gradient(value)
    return _compiled()(constant) if keras.backend.backend() == "jax" else _rms(constant)


@functools.cache
def _compiled() -> Any:
    """JAX would otherwise compile each of the steps for each shape."""
    import jax

    return jax.jit(_rms)


def _rms(value: Any) -> Any:
    """The root mean square of a tensor of floats, as a scalar tensor.

    The largest element is divided out first: the squares of an exploding signal would be infinite
    long before the signal is.
    """
    wide = keras.backend.standardize_dtype(value.dtype) == "float64"
    exact = ops.cast(value, "float64" if wide else "float32")
    largest = ops.max(ops.absolute(exact))
    usable = ops.logical_and(largest > 0, ops.isfinite(largest))
    scale = ops.where(usable, largest, ops.ones_like(largest))
    root = ops.sqrt(ops.mean(ops.square(exact / scale)))
    return ops.cast(root * scale, "float32")


def rms_of_all(values: list[Any]) -> Any | None:
    """The root mean square over several tensors; None where there are none.

    Each counts alike, however many elements it has: two branches that are added are two signals.
    """
    if not values:
        return None
    return rms(ops.stack([rms(value) for value in values]))
