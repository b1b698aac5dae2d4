"""The initializers whose scale is given: portable versions of Keras' own."""

from __future__ import annotations

import keras

from declinit.initializers.portable import Portable
from declinit.random import Distribution, Normal, Uniform
from declinit.random import TruncatedNormal as TruncatedLaw

serializable = keras.saving.register_keras_serializable("declinit")


@serializable
class RandomNormal(Portable, keras.initializers.RandomNormal):
    """Normal with a given mean and standard deviation.

    Args:
        mean: of the law.
        stddev: of the law.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#randomnormal-class
    """

    def law(self, shape: tuple[int, ...]) -> Distribution:
        """The same for every shape."""
        return Normal(float(self.mean), float(self.stddev))


@serializable
class TruncatedNormal(Portable, keras.initializers.TruncatedNormal):
    """Normal cut at two standard deviations around its mean.

    Args:
        mean: of the law.
        stddev: of the law before the cut.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#truncatednormal-class
    """

    def law(self, shape: tuple[int, ...]) -> Distribution:
        """The same for every shape."""
        return TruncatedLaw(float(self.mean), float(self.stddev))


@serializable
class RandomUniform(Portable, keras.initializers.RandomUniform):
    """Uniform on `[minval, maxval)`.

    Args:
        minval: lower bound, included.
        maxval: upper bound, excluded.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: https://keras.io/api/layers/initializers/#randomuniform-class
    """

    def law(self, shape: tuple[int, ...]) -> Distribution:
        """The same for every shape."""
        low, high = float(self.minval), float(self.maxval)
        if not low < high:
            raise ValueError(
                f"`minval` must be below `maxval`. Received: minval={low:g}, maxval={high:g}"
            )
        return Uniform(low, high)
