"""Frames: where the bins of a variable's histogram lie.

Bins are counted in standard deviations from the mean, those that the policy promises where it
promises any: variables of one rule then share their bins, whatever their fans are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from declinit.audits.moments import Moments
from declinit.kinds.distributions import Distribution

BINS = 63
"""Odd, so that zeros among other values have the middle of a bin; three make one of a sparkline."""

REACH = 4.0  # standard deviations that are shown of what has no bounds
BESIDE = 2  # bins beside the bounds of what has some, which show what leaves them


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the bins of a histogram lie.

    Attributes:
        mean: what the distances of values are taken from.
        stddev: what they are measured in.
        low: the lower end of the first bin, in standard deviations from the mean.
        high: the upper end of the last bin.
        is_expected: whether mean and stddev are what the policy promises, or else what was found.
    """

    mean: float
    stddev: float
    low: float = -REACH
    high: float = REACH
    is_expected: bool = False

    @property
    def grid(self) -> tuple[float, float, bool]:
        """What frames have in common whose counts may be added."""
        return round(self.low, 6), round(self.high, 6), self.is_expected


def expected_frame(distributions: Iterable[Distribution | None]) -> Frame | None:
    """The frame that shows all of some distributions, in units of the first that has a spread.

    Returns:
        None where none of them has one.
    """
    spread = [one for one in distributions if one is not None and is_spread(one)]
    if not spread:
        return None
    first = spread[0]
    ends = [_ends(one, first) for one in spread]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return Frame(first.mean, first.stddev, low, high, is_expected=True)


def is_spread(distribution: Distribution) -> bool:
    """Whether a distribution has a standard deviation that values can be measured in."""
    return 0.0 < distribution.stddev < math.inf


def measured_frame(found: Moments) -> Frame | None:
    """The frame around moments that were found; None where there is no spread."""
    if found.mean is None or not found.stddev:
        return None
    return Frame(found.mean, found.stddev)


def frame_between(low: float, high: float) -> Frame | None:
    """The frame that reaches from the smallest to the largest of some values."""
    half = high / 2 - low / 2
    return Frame(low / 2 + high / 2, half / REACH) if half / REACH > 0 else None


def _ends(one: Distribution, first: Distribution) -> tuple[float, float]:
    """The ends of what is shown of a distribution, in units of the first."""
    low, high = _own_ends(one)
    if one is first:
        return low, high
    shift, scale = (one.mean - first.mean) / first.stddev, one.stddev / first.stddev
    return shift + low * scale, shift + high * scale


def _own_ends(one: Distribution) -> tuple[float, float]:
    """The bounds with some room beside them; or a number of standard deviations."""
    low, high = ((bound - one.mean) / one.stddev for bound in (one.low, one.high))
    if max(-low, high) > 2 * REACH:
        reach = REACH / math.sqrt(1.0 - one.zeros)  # what is not zero is spread wider
        return max(-reach, low), min(reach, high)
    beside = (high - low) * BESIDE / (BINS - 2 * BESIDE)
    return low - beside, high + beside
