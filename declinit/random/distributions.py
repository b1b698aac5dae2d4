"""What can be drawn: probability distributions and their parameters, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

FLOAT32_MAX = float.fromhex("0x1.fffffep+127")
# A normal distribution that is cut closer than this is uniform but for one part in 20,000.
LEAST_BOUNDS = 0.01
# Below, slopes of a table might be subnormal.
LEAST_LOG_UNIFORM = 1e-18


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution.

    Raises:
        ValueError: if a parameter is not a finite float32.
    """

    mean: float = 0.0
    stddev: float = 1.0

    def __post_init__(self) -> None:
        keep_floats(self)


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """A normal distribution cut at some of its standard deviations on either side of its mean.

    `stddev` is the parent's, as in Keras; the standard deviation of the values is less, 0.87962566
    of it where `bounds` is 2.

    Raises:
        ValueError: if a parameter is not a finite float32, or `bounds` is below 0.01.
    """

    mean: float = 0.0
    stddev: float = 1.0
    bounds: float = 2.0

    def __post_init__(self) -> None:
        keep_floats(self)
        if self.bounds < LEAST_BOUNDS:
            raise ValueError(f"bounds must be at least {LEAST_BOUNDS}, received {self.bounds}")


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on the half-open interval from `low` to `high`, `high` excluded.

    Raises:
        ValueError: if the interval is empty or an end of it is not a finite float32.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        keep_floats(self)
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, received {self.low} and {self.high}")


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The distribution whose logarithm is uniform, on the half-open interval from `low` to `high`.

    Raises:
        ValueError: if `low` is below 1e-18, an end is not a finite float32, or no float32 lies
            from `low` up to `high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        keep_floats(self)
        if self.low < LEAST_LOG_UNIFORM:
            raise ValueError(f"low must be at least {LEAST_LOG_UNIFORM}, received {self.low}")
        if not np.float32(self.low) < np.float32(self.high):
            raise ValueError(f"low must be less than high, received {self.low} and {self.high}")


Distribution: TypeAlias = Normal | TruncatedNormal | Uniform | LogUniform


def keep_floats(distribution: Distribution) -> None:
    """Turn a distribution's parameters into Python floats, so that all arithmetic is in double.

    The precision of arithmetic with NumPy's numbers depends on NumPy's version.
    """
    for field in fields(distribution):
        value = finite_float(field.name, getattr(distribution, field.name))
        object.__setattr__(distribution, field.name, value)


def finite_float(name: str, value: float) -> float:
    """A parameter as a Python float.

    Raises:
        TypeError: if it is not a number.
        ValueError: if it is not a finite float32.
    """
    if not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, received {value!r}")
    number = float(value)
    if not abs(number) <= FLOAT32_MAX:
        raise ValueError(f"{name} must be a finite float32, received {number}")
    return number
