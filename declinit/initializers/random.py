"""The initializers whose scale is given: portable versions of Keras' own."""

from __future__ import annotations

import keras

from declinit import random
from declinit.initializers.hosts import Shape
from declinit.initializers.portable import Drawable, Drawn, serializable

__all__ = [
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
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
    """

    def distribution_for(self, shape: Shape) -> Drawable:
        """The same for every shape."""
        low, high = float(self.minval), float(self.maxval)
        if not low < high:
            raise ValueError(
                f"`minval` must be below `maxval`. Received: minval={low:g}, maxval={high:g}"
            )
        return random.Uniform(low, high)


# The other names that Keras exports.
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
