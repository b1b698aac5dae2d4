"""What fan-based kinds have in common: the arguments of VarianceScaling, and what they come to."""

from __future__ import annotations

import math
from typing import NamedTuple

from declinit.kinds.distributions import KERAS_BOUNDS, Distribution
from declinit.kinds.moments import cut_normal
from declinit.layers.fans import Fans


class Scaling(NamedTuple):
    """A fan-based kind as the arguments of `VarianceScaling` spell it.

    Attributes:
        scale: factor of the variance.
        mode: which units are counted, `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        family: the argument `distribution`.
        bounds: where a truncated normal is cut, in standard deviations of the uncut one.
    """

    scale: float
    mode: str
    family: str
    bounds: float = KERAS_BOUNDS

    def units(self, fans: Fans) -> float:
        """The number of units that the variance is divided by."""
        by_mode = {"fan_in": fans.fan_in, "fan_out": fans.fan_out}
        return max(1.0, by_mode.get(self.mode, (fans.fan_in + fans.fan_out) / 2))

    def distribution(self, units: float) -> Distribution:
        """The distribution of one element, by Keras' arithmetic; drawn values hang on its bits."""
        variance = self._variance(units)
        if self.family == "uniform":
            limit = math.sqrt(3.0 * variance)
            return Distribution.uniform(-limit, limit)
        if self.family == "untruncated_normal":
            return Distribution.normal(0.0, math.sqrt(variance))
        return Distribution.truncated(0.0, self.parent_stddev(units), self.bounds)

    def parent_stddev(self, units: float) -> float:
        """Of a truncated normal: its standard deviation before the cut."""
        return math.sqrt(self._variance(units)) / cut_normal(self.bounds).stddev

    def _variance(self, units: float) -> float:
        # A scale of NumPy's would compute in the precision that NumPy's version promotes to.
        return float(self.scale) / units
