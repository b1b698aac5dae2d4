"""How probable an average of independent draws is: tails of sums, from their cumulants.

The average of a few hundred squares is not normal where it matters, a million to one. Lugannani and
Rice's saddlepoint approximation, in the form of Barndorff-Nielsen, keeps its relative precision
there: below 1 % from 10 draws on, whatever the distance.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from declinit.kinds.distributions import Distribution
from declinit.kinds.moments import NO_CUT

Doubles = npt.NDArray[np.float64]

NODES = 200
# A tilt of e**300 from end to end is as far as the nodes can follow.
STEEPEST = 300.0
ITERATIONS = 100
# So near the middle the correction is smaller than the rounding of it.
MIDDLE = 1e-5


class Cumulants(NamedTuple):
    """The logarithm of E[exp(t Y)], and its first and second derivative."""

    value: float
    mean: float
    variance: float


class Summand(Protocol):
    """One of the independent numbers that are averaged."""

    def tilt(self, mean: float) -> float:
        """The `t` at which the mean of the tilted distribution is this one, or the nearest."""

    def cumulants(self, tilt: float) -> Cumulants:
        """The cumulants at `t`."""


class SquaredNormal:
    """The square of a standard normal number."""

    def tilt(self, mean: float) -> float:
        """As in `Summand`."""
        return (1.0 - 1.0 / min(max(mean, 1e-300), 1e15)) / 2.0

    def cumulants(self, tilt: float) -> Cumulants:
        """As in `Summand`."""
        scale = 1.0 / (1.0 - 2.0 * tilt)
        return Cumulants(math.log(scale) / 2.0, scale, 2.0 * scale * scale)


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """A number of bounded support.

    Attributes:
        numbers: where the distribution is looked at.
        weights: the probability of each.
    """

    numbers: Doubles
    weights: Doubles

    def tilt(self, mean: float) -> float:
        """As in `Summand`: by Newton's method, kept inside a bracket."""
        high = STEEPEST / float(np.ptp(self.numbers))
        low, tilt = -high, 0.0
        for _ in range(ITERATIONS):
            at = self.cumulants(tilt)
            low, high = (low, tilt) if at.mean > mean else (tilt, high)
            step = tilt + (mean - at.mean) / at.variance if at.variance else math.inf
            following = step if low < step < high else (low + high) / 2.0
            if abs(following - tilt) <= 1e-15 * abs(following):
                break
            tilt = following
        return tilt

    def cumulants(self, tilt: float) -> Cumulants:
        """As in `Summand`."""
        exponents = tilt * self.numbers
        largest = float(exponents.max())
        tilted = self.weights * np.exp(exponents - largest)
        total = float(tilted.sum())
        mean = float(tilted @ self.numbers) / total
        variance = float(tilted @ (self.numbers - mean) ** 2) / total
        return Cumulants(largest + math.log(total), mean, variance)


def score(observed: float, count: float, summand: Summand) -> float:
    """The normal score of an average: as improbable as a standard normal number of this size.

    Args:
        observed: the average.
        count: of how many independent draws.
        summand: the distribution of one.
    """
    tilt = summand.tilt(observed)
    at = summand.cumulants(tilt)
    spread = math.sqrt(count * at.variance)
    if abs(tilt) * math.sqrt(summand.cumulants(0.0).variance) < MIDDLE:
        return math.copysign(abs(tilt) * spread, tilt)
    exponent = max(tilt * observed - at.value, 0.0)
    root = math.copysign(math.sqrt(2.0 * count * exponent), tilt)
    step = tilt * spread
    if not root or not step / root > 0.0:
        return root
    return root + math.log(step / root) / root


@functools.lru_cache(maxsize=64)
def squares_of(distribution: Distribution) -> Summand:
    """The squared distance from the mean, over the variance; of a normal, a uniform, or a cut one."""
    reach = _reach(distribution)
    if reach is None:
        return SquaredNormal()
    numbers, weights = _nodes(distribution, reach)
    return Bounded(numbers**2, weights)


@functools.lru_cache(maxsize=64)
def distances_of(distribution: Distribution) -> Summand | None:
    """The distance from the mean in standard deviations; None for a normal, which needs no such."""
    reach = _reach(distribution)
    return None if reach is None else Bounded(*_nodes(distribution, reach))


def _reach(distribution: Distribution) -> float | None:
    """The largest distance from the mean, in standard deviations; None where there is none."""
    if distribution.family == "uniform":
        return math.sqrt(3.0)
    if distribution.family == "truncated_normal" and distribution.bounds < NO_CUT:
        return distribution.bounds / Distribution.truncated(0, 1, distribution.bounds).stddev
    return None


def _nodes(distribution: Distribution, reach: float) -> tuple[Doubles, Doubles]:
    """Numbers from end to end, and the probability of each (by Gauss and Legendre)."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    if distribution.family == "truncated_normal":
        weights = weights * np.exp(-((distribution.bounds * places) ** 2) / 2.0)
    return reach * places, weights / weights.sum()
