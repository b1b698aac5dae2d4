"""What can be drawn: distributions of probability and their parameters, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

FLOAT32_MAX = float.fromhex("0x1.fffffep+127")


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution.

    Raises:
        ValueError: if a parameter is not a finite float32.
    """

    mean: float = 0.0
    stddev: float = 1.0

    def __post_init__(self) -> None:
        refuse_infinite(mean=self.mean, stddev=self.stddev)


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """A normal distribution cut at two standard deviations on either side of its mean.

    `stddev` is the parent's, as in Keras; what is left varies by 0.87962566 of it.

    Raises:
        ValueError: if a parameter is not a finite float32.
    """

    mean: float = 0.0
    stddev: float = 1.0

    def __post_init__(self) -> None:
        refuse_infinite(mean=self.mean, stddev=self.stddev)


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on the half-open interval from `low` up to but without `high`.

    Raises:
        ValueError: if the interval is empty or an end of it is not a finite float32.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        refuse_infinite(low=self.low, high=self.high)
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, received {self.low} and {self.high}")


Distribution: TypeAlias = Normal | TruncatedNormal | Uniform


def refuse_infinite(**parameters: float) -> None:
    """Raise ValueError naming a parameter that is no number or that float32 cannot hold."""
    for name, value in parameters.items():
        if not abs(value) <= FLOAT32_MAX:
            raise ValueError(f"{name} must be a finite float32, received {value}")
