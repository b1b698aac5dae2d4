"""The initializers that scale by fan-in and fan-out: portable versions of Keras' own."""

from __future__ import annotations

import math
from typing import Any

import keras

from declinit.initializers.portable import Portable
from declinit.initializers.random import serializable
from declinit.kinds.distributions import TRUNCATED_STDDEV
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import FanAxes, keras_fans
from declinit.random import Distribution, Normal, TruncatedNormal, Uniform


class Scaled(Portable):
    """Mixin: the law of VarianceScaling, by Keras' arithmetic."""

    scale: float
    mode: str
    distribution: str
    input_axes: Any
    output_axes: Any

    def law(self, shape: tuple[int, ...]) -> Distribution:
        """Variance `scale / n`, where `n` counts units of this shape."""
        fans = keras_fans(shape)
        if self.input_axes is not None and self.output_axes is not None:
            fans = FanAxes(tuple(self.input_axes), tuple(self.output_axes)).fans(shape)
        units = Scaling(self.scale, self.mode, self.distribution).units(fans)
        variance = self.scale / units
        if self.distribution == "truncated_normal":
            return TruncatedNormal(0.0, math.sqrt(variance) / TRUNCATED_STDDEV)
        if self.distribution == "untruncated_normal":
            return Normal(0.0, math.sqrt(variance))
        limit = math.sqrt(3.0 * variance)
        return Uniform(-limit, limit)


@serializable
class VarianceScaling(Scaled, keras.initializers.VarianceScaling):
    """A law whose variance is `scale` over the number of units.

    Args:
        scale: factor of the variance, positive.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: an integer, None or a `keras.random.SeedGenerator`.
        input_axes: axes whose sizes multiply to fan-in.
        output_axes: axes whose sizes multiply to fan-out.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)
    """


@serializable
class GlorotNormal(Scaled, keras.initializers.GlorotNormal):
    """Truncated normal of variance `2 / (fan_in + fan_out)`.

    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)
    """


@serializable
class GlorotUniform(Scaled, keras.initializers.GlorotUniform):
    """Uniform within `sqrt(6 / (fan_in + fan_out))`.

    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)
    """


@serializable
class HeNormal(Scaled, keras.initializers.HeNormal):
    """Truncated normal of variance `2 / fan_in`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)
    """


@serializable
class HeUniform(Scaled, keras.initializers.HeUniform):
    """Uniform within `sqrt(6 / fan_in)`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)
    """


@serializable
class LecunNormal(Scaled, keras.initializers.LecunNormal):
    """Truncated normal of variance `1 / fan_in`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)
    """


@serializable
class LecunUniform(Scaled, keras.initializers.LecunUniform):
    """Uniform within `sqrt(3 / fan_in)`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)
    """
