"""Distributions that initializers draw from: what a plan promises and an audit can test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

# The standard deviation of a standard normal cut at +-2 (Keras writes the same constant).
TRUNCATED_STDDEV = 0.87962566103423978


Family = Literal["constant", "normal", "truncated_normal", "uniform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The distribution of one element: its mean, its standard deviation and its support.

    `stddev` is the standard deviation of the values themselves: for a truncated normal it is
    smaller than the `stddev` argument of `TruncatedNormal`, which is the uncut parent's.
    """

    family: Family
    mean: float
    stddev: float
    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def constant(cls, value: float) -> Distribution:
        """All elements equal."""
        return cls(family="constant", mean=value, stddev=0.0, low=value, high=value)

    @classmethod
    def normal(cls, mean: float, stddev: float) -> Distribution:
        """A normal distribution."""
        return cls(family="normal", mean=mean, stddev=stddev)

    @classmethod
    def truncated(cls, mean: float, parent: float) -> Distribution:
        """A normal of standard deviation `parent`, cut at two of them on either side."""
        return cls(
            family="truncated_normal",
            mean=mean,
            stddev=parent * TRUNCATED_STDDEV,
            low=mean - 2 * parent,
            high=mean + 2 * parent,
        )

    @classmethod
    def uniform(cls, low: float, high: float) -> Distribution:
        """A uniform distribution on `[low, high)`."""
        mean, spread = (low + high) / 2, (high - low) / math.sqrt(12)
        if not (math.isfinite(mean) and math.isfinite(spread)):  # bounds near the largest double
            mean, spread = low / 2 + high / 2, high / math.sqrt(12) - low / math.sqrt(12)
        return cls(family="uniform", mean=mean, stddev=spread, low=low, high=high)

    @property
    def parent_stddev(self) -> float:
        """Of a truncated normal: the standard deviation before the cut, exact for mean 0."""
        return (self.high - self.low) / 4

    @property
    def kurtosis(self) -> float:
        """The fourth central moment over the squared variance."""
        return {
            "constant": 1.0,
            "normal": 3.0,
            "uniform": 1.8,
            "truncated_normal": 2.3655367171296495,  # E z**4 / (E z**2)**2 after the cut
        }[self.family]

    def cdf(self, value: float) -> float:
        """The probability of an element at most `value`."""
        if value >= self.high:
            return 1.0
        if value < self.low or self.stddev == 0.0:
            return 0.0
        if self.family == "uniform":
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        if self.family == "normal":
            return _standard_normal_cdf((value - self.mean) / self.stddev)
        z = (value - self.mean) * TRUNCATED_STDDEV / self.stddev
        below = _standard_normal_cdf(-2.0)
        return (_standard_normal_cdf(z) - below) / (1.0 - 2.0 * below)

    def to_dict(self) -> dict[str, object]:
        """The distribution as JSON-serializable data; unbounded sides are left out."""
        data: dict[str, object] = {"family": self.family, "mean": self.mean, "stddev": self.stddev}
        if math.isfinite(self.low):
            data["low"] = self.low
        if math.isfinite(self.high):
            data["high"] = self.high
        return data

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> Distribution:
        """The inverse of `to_dict`."""
        return cls(**data)  # type: ignore[arg-type]


def _standard_normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
