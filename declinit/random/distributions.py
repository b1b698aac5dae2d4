"""What can be drawn: probability distributions and their parameters, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, fields
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
        keep_floats(self)


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """A normal distribution cut at two standard deviations on either side of its mean.

    `stddev` is the parent's, as in Keras; the standard deviation of the values is 0.87962566 of it.

    Raises:
        ValueError: if a parameter is not a finite float32.
    """

    mean: float = 0.0
    stddev: float = 1.0

    def __post_init__(self) -> None:
        keep_floats(self)


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


Distribution: TypeAlias = Normal | TruncatedNormal | Uniform


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
