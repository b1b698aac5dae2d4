"""How small a deviation of the standard deviation a test could have seen."""

from __future__ import annotations

import math
from statistics import NormalDist

# The probability that a deviation of the stated size would have been found.
POWER = 0.9


def detectable_deviation(freedom: float, level: float) -> float:
    """The smallest relative deviation of the stddev that would have been found, nine times in ten.

    Args:
        freedom: degrees of freedom of the variance: 2 n / (kurtosis - 1).
        level: the probability below which the test rejects.

    Returns:
        Such that a stddev larger or smaller by this share would have been found; 1 at most, since
        no stddev is smaller by more than that.
    """
    reject = NormalDist().inv_cdf(1.0 - level / 2.0)
    seen = NormalDist().inv_cdf(POWER)
    high = _quantile(freedom, reject) / _quantile(freedom, -seen)
    low = _quantile(freedom, -reject) / _quantile(freedom, seen)
    return min(max(math.sqrt(high) - 1.0, 1.0 - math.sqrt(low)), 1.0)


def _quantile(freedom: float, score: float) -> float:
    """Of chi-square over its degrees of freedom, by Wilson and Hilferty."""
    spread = 2.0 / (9.0 * freedom)
    return max(1.0 - spread + score * math.sqrt(spread), 1e-6) ** 3
