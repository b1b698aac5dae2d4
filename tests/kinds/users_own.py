"""Initializers of users', at the top level of a module as users have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

if TYPE_CHECKING:
    from nowhere import Unknown


def noise(shape, dtype=None, *, width=1.0, seed=None):
    """Noise of a width.

    Width is the distance between the bounds.
    """
    return (tuple(shape), dtype, width, seed)


def sevens(shape, dtype=None, factor: float = 1.0):
    """Sevens, times a factor."""
    return np.full(shape, 7 * factor, dtype)


class Steps(keras.initializers.Initializer):
    """A class that Keras has not heard of."""

    def __init__(self, step: float = 1.0, seed: int | None = None):
        self.step, self.seed = step, seed

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, self.step, dtype)

    def get_config(self):
        return {"step": self.step, "seed": self.seed}


@keras.saving.register_keras_serializable("UsersOwn")
class Known(Steps):
    """A class that its author registered with Keras."""


@keras.saving.register_keras_serializable("UsersOwn")
def eights(shape, dtype=None):
    """Eights, as Keras knows them."""
    return np.full(shape, 8.0, dtype)


class Open(keras.initializers.Initializer):
    def __init__(self, depth, **params):
        self.depth, self.params = depth, params


class WithoutConfig:
    def __call__(self, shape, dtype=None):
        return np.zeros(shape, dtype)


def typed(
    shape,
    dtype,
    a: int,
    b: float,
    c: bool,
    d: str,
    e: list,
    f: list[int] | None,
    g: Literal["x", "y"],
    h: Literal["x"] | None,
    i: int | float,
    j: Sequence[float],
    k: dict[str, Any],
    l: np.ndarray,  # noqa: E741
    m: tuple[int, ...] = (1,),
    n: int = None,  # noqa: RUF013
    o=2.5,
    p: int | np.ndarray = 3,
    q=np.float32,
): ...


def unknown_types(shape, dtype=None, a: Unknown = 1, b: int = 2): ...


not_callable = 3
