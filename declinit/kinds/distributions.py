"""The laws that initializers draw from: what a plan promises and an audit can test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

# The standard deviation of a standard normal cut at +-2 (Keras writes the same constant).
TRUNCATED_STDDEV = 0.87962566103423978
Law = Literal["constant", "normal", "truncated_normal", "uniform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The law of one element: its own mean and standard deviation, and its support.

    `stddev` is the standard deviation of the values themselves: for a truncated normal it is
    smaller than the `stddev` argument of `TruncatedNormal`, which is the uncut parent's.
    """

    law: Law
    mean: float
    stddev: float
    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def constant(cls, value: float) -> Distribution:
        """All elements equal."""
        return cls(law="constant", mean=value, stddev=0.0, low=value, high=value)

    @classmethod
    def normal(cls, mean: float, stddev: float) -> Distribution:
        """The normal law."""
        return cls(law="normal", mean=mean, stddev=stddev)

    @classmethod
    def truncated(cls, mean: float, parent: float) -> Distribution:
        """A normal of standard deviation `parent`, cut at two of them on either side."""
        return cls(
            law="truncated_normal",
            mean=mean,
            stddev=parent * TRUNCATED_STDDEV,
            low=mean - 2 * parent,
            high=mean + 2 * parent,
        )

    @classmethod
    def uniform(cls, low: float, high: float) -> Distribution:
        """The uniform law on `[low, high)`."""
        spread = (high - low) / math.sqrt(12)
        return cls(law="uniform", mean=(low + high) / 2, stddev=spread, low=low, high=high)

    @property
    def kurtosis(self) -> float:
        """The fourth central moment over the squared variance."""
        return {
            "constant": 1.0,
            "normal": 3.0,
            "uniform": 1.8,
            "truncated_normal": 2.3655367171296495,  # E z**4 / (E z**2)**2 of the cut law
        }[self.law]

    def cdf(self, value: float) -> float:
        """The probability of an element at most `value`."""
        if value >= self.high:
            return 1.0
        if value < self.low or self.stddev == 0.0:
            return 0.0
        if self.law == "uniform":
            return (value - self.low) / (self.high - self.low)
        if self.law == "normal":
            return _phi((value - self.mean) / self.stddev)
        z = (value - self.mean) * TRUNCATED_STDDEV / self.stddev
        return (_phi(z) - _phi(-2.0)) / (1.0 - 2.0 * _phi(-2.0))

    def to_dict(self) -> dict[str, object]:
        """The law as JSON-serializable data; unbounded sides are left out."""
        data: dict[str, object] = {"law": self.law, "mean": self.mean, "stddev": self.stddev}
        if math.isfinite(self.low):
            data["low"] = self.low
        if math.isfinite(self.high):
            data["high"] = self.high
        return data

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> Distribution:
        """The inverse of `to_dict`."""
        return cls(**data)  # type: ignore[arg-type]


def _phi(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
