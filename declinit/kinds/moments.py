"""Exact moments of distributions, in decimal arithmetic: the same numbers on every platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

# Differences of fourth powers of neighbouring float32 lose fifty digits, a double has seventeen.
DIGITS = 100
# What lies outside these bounds changes no digit of a double.
NO_CUT = 10.0


class Moments(NamedTuple):
    """Mean, standard deviation, and the fourth central moment over the squared variance."""

    mean: float
    stddev: float
    kurtosis: float


@lru_cache(maxsize=256)
def cut_normal(bounds: float) -> Moments:
    """Of a standard normal distribution cut at `-bounds` and `bounds`.

    With T = 1 + b**2/3 + b**4/(3*5) + ..., the variance is 1 - 1/T and the fourth moment
    3 - (b**2 + 3)/T: the density at the cut over the probability within is T's reciprocal.
    """
    if bounds >= NO_CUT:
        return Moments(0.0, 1.0, 3.0)
    with _exactly():
        square = Decimal(bounds) ** 2
        total = sum(_odd_factorial_series(square), Decimal(0))
        variance = (total - 1) / total
        fourth = 3 - (square + 3) / total
        return Moments(0.0, float(variance.sqrt()), float(fourth / variance**2))


def _odd_factorial_series(square: Decimal) -> Iterator[Decimal]:
    term, odd = Decimal(1), 1
    while term > Decimal(10) ** -DIGITS:
        yield term
        odd += 2
        term = term * square / odd


@lru_cache(maxsize=256)
def log_uniform(low: float, high: float) -> Moments:
    """Of values whose logarithm is uniform between those of two numbers."""
    with _exactly():
        least, greatest = Decimal(low), Decimal(high)
        width = (greatest / least).ln()
        one, two, three, four = (
            (greatest**power - least**power) / (power * width) for power in range(1, 5)
        )
        variance = two - one**2
        fourth = four - 4 * one * three + 6 * one**2 * two - 3 * one**4
        return Moments(float(one), float(variance.sqrt()), float(fourth / variance**2))


@contextmanager
def _exactly() -> Iterator[None]:
    """Arithmetic of many digits, whatever the caller's own settings are."""
    with localcontext(Context(prec=DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX)):
        yield
