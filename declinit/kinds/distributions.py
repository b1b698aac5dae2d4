"""Distributions that initializers draw from: what a plan promises and an audit can test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from declinit.kinds import moments

# Where Keras cuts a truncated normal, in standard deviations of the uncut one.
KERAS_BOUNDS = 2.0


Family = Literal[
    "constant", "normal", "truncated_normal", "uniform", "log_uniform", "sparse_normal"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The distribution of one element: its mean, its standard deviation and its support.

    `stddev` is the standard deviation of the values themselves: for a truncated normal it is
    smaller than the `stddev` argument of `TruncatedNormal`, which is the uncut parent's.

    Attributes:
        bounds: of a truncated normal, where it is cut, in standard deviations of the uncut one.
        zeros: of a sparse normal, the share of its elements that are zero.
    """

    family: Family
    mean: float
    stddev: float
    low: float = -math.inf
    high: float = math.inf
    bounds: float = KERAS_BOUNDS
    zeros: float = 0.0

    @classmethod
    def constant(cls, value: float) -> Distribution:
        """All elements equal."""
        return cls(family="constant", mean=value, stddev=0.0, low=value, high=value)

    @classmethod
    def normal(cls, mean: float, stddev: float) -> Distribution:
        """A normal distribution."""
        return cls(family="normal", mean=mean, stddev=stddev)

    @classmethod
    def truncated(cls, mean: float, parent: float, bounds: float = KERAS_BOUNDS) -> Distribution:
        """A normal of standard deviation `parent`, cut at some of them on either side."""
        return cls(
            family="truncated_normal",
            mean=mean,
            stddev=parent * moments.cut_normal(bounds).stddev,
            low=mean - bounds * parent,
            high=mean + bounds * parent,
            bounds=bounds,
        )

    @classmethod
    def uniform(cls, low: float, high: float) -> Distribution:
        """A uniform distribution on `[low, high)`."""
        mean, spread = (low + high) / 2, (high - low) / math.sqrt(12)
        if not (math.isfinite(mean) and math.isfinite(spread)):  # bounds near the largest double
            mean, spread = low / 2 + high / 2, high / math.sqrt(12) - low / math.sqrt(12)
        return cls(family="uniform", mean=mean, stddev=spread, low=low, high=high)

    @classmethod
    def log_uniform(cls, low: float, high: float) -> Distribution:
        """Values on `[low, high)` whose logarithm is uniform."""
        exact = moments.log_uniform(low, high)
        return cls(family="log_uniform", mean=exact.mean, stddev=exact.stddev, low=low, high=high)

    @classmethod
    def sparse(cls, stddev: float, zeros: float) -> Distribution:
        """A normal of mean 0 and of this standard deviation, of which a share is zero."""
        if zeros == 1:
            return cls.constant(0.0)
        own = stddev * math.sqrt(1 - zeros)
        return cls(family="sparse_normal", mean=0.0, stddev=own, zeros=zeros)

    @property
    def kurtosis(self) -> float:
        """The fourth central moment over the squared variance."""
        match self.family:
            case "constant":
                return 1.0
            case "normal":
                return 3.0
            case "uniform":
                return 1.8
            case "truncated_normal":
                return moments.cut_normal(self.bounds).kurtosis
            case "log_uniform":
                return moments.log_uniform(self.low, self.high).kurtosis
            case "sparse_normal":
                return 3.0 / (1.0 - self.zeros)

    def cdf(self, value: float) -> float:
        """The probability of an element at most `value`."""
        if value >= self.high:
            return 1.0
        if value < self.low or self.stddev == 0.0:
            return 0.0
        if self.family == "uniform":
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        if self.family == "log_uniform":
            return math.log(value / self.low) / math.log(self.high / self.low)
        z = (value - self.mean) / self.stddev
        if self.family == "normal":
            return _standard_normal_cdf(z)
        if self.family == "sparse_normal":
            drawn = _standard_normal_cdf(z * math.sqrt(1.0 - self.zeros))
            return (1.0 - self.zeros) * drawn + (self.zeros if value >= 0 else 0.0)
        z *= moments.cut_normal(self.bounds).stddev
        below = _standard_normal_cdf(-self.bounds)
        return (_standard_normal_cdf(z) - below) / (1.0 - 2.0 * below)

    def to_dict(self) -> dict[str, object]:
        """The distribution as JSON-serializable data; unbounded sides are left out."""
        data: dict[str, object] = {"family": self.family, "mean": self.mean, "stddev": self.stddev}
        if math.isfinite(self.low):
            data["low"] = self.low
        if math.isfinite(self.high):
            data["high"] = self.high
        if self.bounds != KERAS_BOUNDS:
            data["bounds"] = self.bounds
        if self.zeros:
            data["zeros"] = self.zeros
        return data

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> Distribution:
        """The inverse of `to_dict`."""
        return cls(**data)  # type: ignore[arg-type]


def _standard_normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
