"""The initializers that scale by fan-in and fan-out: portable versions of Keras' own."""

from __future__ import annotations

from typing import Any

import keras

from declinit import random
from declinit.initializers.hosts import Shape
from declinit.initializers.portable import Drawable, Drawn, serializable
from declinit.initializers.random import checked_bounds
from declinit.kinds.distributions import KERAS_BOUNDS
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import FanAxes, Fans, keras_fans

__all__ = [
    "BoundedVarianceScaling",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "variance_scaling",
]


class Scaled(Drawn):
    """Mixin: the distribution of VarianceScaling, by Keras' arithmetic."""

    scale: float
    mode: str
    distribution: str
    input_axes: Any
    output_axes: Any
    bounds: float = KERAS_BOUNDS

    def distribution_for(self, shape: Shape) -> Drawable:
        """Of variance `scale / n`, where `n` counts units of this shape."""
        scaling = Scaling(self.scale, self.mode, self.distribution, self.bounds)
        return to_drawable(scaling, scaling.units(self._fans(shape)))

    def _fans(self, shape: Shape) -> Fans:
        if self.input_axes is None or self.output_axes is None:
            return keras_fans(shape)
        return FanAxes(tuple(self.input_axes), tuple(self.output_axes)).fans(shape)


def to_drawable(scaling: Scaling, units: float) -> Drawable:
    """What the generator draws from for a scaling by a number of units."""
    distribution = scaling.distribution(units)
    if distribution.family == "truncated_normal":
        return random.TruncatedNormal(0.0, scaling.parent_stddev(units), scaling.bounds)
    if distribution.family == "normal":
        return random.Normal(0.0, distribution.stddev)
    return random.Uniform(distribution.low, distribution.high)


@serializable
class VarianceScaling(Scaled, keras.initializers.VarianceScaling):
    """A distribution whose variance is `scale` over the number of units.

    Args:
        scale: factor of the variance, positive.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: an integer, None or a `keras.random.SeedGenerator`.
        input_axes: axes whose sizes multiply to fan-in.
        output_axes: axes whose sizes multiply to fan-out.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Example:
        >>> values = initializers.VarianceScaling(scale=2.0, mode="fan_out", seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.124
    """


@serializable
class BoundedVarianceScaling(Scaled, keras.initializers.VarianceScaling):
    """VarianceScaling whose truncated normal is cut where it is told, of the same variance.

    Keras' class cuts it at two standard deviations. A model that holds this class loads only where
    declinit is imported.

    Args:
        scale: factor of the variance, positive.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"`.
        seed: an integer, None or a `keras.random.SeedGenerator`.
        input_axes: axes whose sizes multiply to fan-in.
        output_axes: axes whose sizes multiply to fan-out.
        bounds: in standard deviations before the cut, at least 0.01.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Example:
        >>> values = initializers.BoundedVarianceScaling(scale=2.0, bounds=3.0, seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.05
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        *,
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
        bounds: float = KERAS_BOUNDS,
    ) -> None:
        axes = {"input_axes": input_axes, "output_axes": output_axes}
        super().__init__(scale, mode, distribution, seed=seed, **axes)
        if self.distribution != "truncated_normal":
            raise ValueError(
                f"`bounds` cut a truncated normal. Received: distribution={distribution!r}"
            )
        self.bounds = checked_bounds(bounds)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, and the bounds."""
        return {**super().get_config(), "bounds": self.bounds}


@serializable
class GlorotNormal(Scaled, keras.initializers.GlorotNormal):
    """Truncated normal of variance `2 / (fan_in + fan_out)`.

    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)

    Example:
        >>> values = initializers.GlorotNormal(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.047
    """


@serializable
class GlorotUniform(Scaled, keras.initializers.GlorotUniform):
    """Uniform within `sqrt(6 / (fan_in + fan_out))`.

    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)

    Example:
        >>> values = initializers.GlorotUniform(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.047
    """


@serializable
class HeNormal(Scaled, keras.initializers.HeNormal):
    """Truncated normal of variance `2 / fan_in`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Example:
        >>> values = initializers.HeNormal(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.05
    """


@serializable
class HeUniform(Scaled, keras.initializers.HeUniform):
    """Uniform within `sqrt(6 / fan_in)`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Example:
        >>> values = initializers.HeUniform(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.05
    """


@serializable
class LecunNormal(Scaled, keras.initializers.LecunNormal):
    """Truncated normal of variance `1 / fan_in`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Example:
        >>> values = initializers.LecunNormal(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.036
    """


@serializable
class LecunUniform(Scaled, keras.initializers.LecunUniform):
    """Uniform within `sqrt(3 / fan_in)`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Example:
        >>> values = initializers.LecunUniform(seed=3)((784, 128))
        >>> round(float(keras.ops.std(values)), 3)
        0.036
    """


# The names in snake case.
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
variance_scaling = VarianceScaling
