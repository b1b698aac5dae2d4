"""The initializers whose scale is given: portable versions of Keras' own, and what Keras lacks."""

from __future__ import annotations

from typing import Any

import keras

from declinit import random
from declinit.initializers.hosts import Shape
from declinit.initializers.portable import Drawable, Drawn, serializable
from declinit.kinds.distributions import KERAS_BOUNDS

__all__ = [
    "BoundedTruncatedNormal",
    "LogUniform",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "log_uniform",
    "random_normal",
    "random_uniform",
    "truncated_normal",
]


@serializable
class RandomNormal(Drawn, keras.initializers.RandomNormal):
    """Normal with a given mean and standard deviation.

    Args:
        mean: of the distribution.
        stddev: of the distribution.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#randomnormal-class

    Example:
        >>> values = initializers.RandomNormal(stddev=0.02, seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.02
    """

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        return random.Normal(float(self.mean), float(self.stddev))


@serializable
class TruncatedNormal(Drawn, keras.initializers.TruncatedNormal):
    """Normal cut at two standard deviations around its mean.

    Args:
        mean: of the distribution.
        stddev: of the distribution before the cut.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#truncatednormal-class

    Example:
        >>> values = initializers.TruncatedNormal(stddev=0.02, seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.018
    """

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        return random.TruncatedNormal(float(self.mean), float(self.stddev))


@serializable
class RandomUniform(Drawn, keras.initializers.RandomUniform):
    """Uniform on `[minval, maxval)`.

    Args:
        minval: lower bound, included.
        maxval: upper bound, excluded.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#randomuniform-class

    Example:
        >>> values = initializers.RandomUniform(-0.1, 0.1, seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.058
    """

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        low, high = float(self.minval), float(self.maxval)
        if not low < high:
            raise ValueError(
                f"`minval` must be below `maxval`. Received: minval={low:g}, maxval={high:g}"
            )
        return random.Uniform(low, high)


@serializable
class BoundedTruncatedNormal(Drawn, keras.initializers.TruncatedNormal):
    """Normal cut at some of its standard deviations around its mean.

    Keras' class cuts at two. A model that holds this class loads only where declinit is imported.

    Args:
        mean: of the distribution.
        stddev: of the distribution before the cut.
        seed: an integer, None or a `keras.random.SeedGenerator`.
        bounds: in standard deviations before the cut, at least 0.01.

    Example:
        >>> values = initializers.BoundedTruncatedNormal(stddev=0.02, bounds=3.0)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.02
    """

    def __init__(
        self,
        mean: float = 0.0,
        stddev: float = 0.05,
        seed: Any = None,
        bounds: float = KERAS_BOUNDS,
    ) -> None:
        super().__init__(mean, stddev, seed)
        self.bounds = checked_bounds(bounds)

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        return random.TruncatedNormal(float(self.mean), float(self.stddev), self.bounds)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, and the bounds."""
        return {**super().get_config(), "bounds": self.bounds}


def checked_bounds(bounds: float) -> float:
    """Bounds that a normal distribution can be cut at.

    Raises:
        ValueError: if they are too narrow or not finite.
    """
    return random.TruncatedNormal(bounds=bounds).bounds


@serializable
class LogUniform(Drawn, keras.initializers.RandomUniform):
    """Values on `[minval, maxval)` whose logarithm is uniform: time steps of state space models.

    Keras has no class like it. A model that holds this class loads only where declinit is imported.

    Args:
        minval: lower bound, included, at least 1e-18.
        maxval: upper bound, excluded.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: [Gu et al., 2022](https://arxiv.org/abs/2111.00396)

    Example:
        >>> values = initializers.LogUniform(0.001, 0.1, seed=3)((1000,))
        >>> bool(keras.ops.min(values) >= 0.001), bool(keras.ops.max(values) < 0.1)
        (True, True)
    """

    def __init__(self, minval: float, maxval: float, seed: Any = None) -> None:
        super().__init__(minval, maxval, seed)
        self.distribution_for(())

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        return random.LogUniform(float(self.minval), float(self.maxval))


# The names in snake case.
log_uniform = LogUniform
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
