"""What fan-based kinds have in common: the arguments of VarianceScaling."""

from __future__ import annotations

from typing import NamedTuple

from declinit.layers.fans import Fans


class Scaling(NamedTuple):
    """What a fan-based kind is made of, as the arguments of `VarianceScaling` spell it."""

    scale: float
    mode: str
    distribution: str

    def units(self, fans: Fans) -> float:
        """The number of units that the variance is divided by."""
        by_mode = {"fan_in": fans.fan_in, "fan_out": fans.fan_out}
        return max(1.0, by_mode.get(self.mode, (fans.fan_in + fans.fan_out) / 2))
