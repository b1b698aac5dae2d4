"""Which of many tests reject, so that a false alarm anywhere stays improbable."""

from __future__ import annotations

from collections.abc import Sequence

# The probability that a model of plausible draws is doubted anywhere.
SIGNIFICANCE = 1e-3


def rejections(probabilities: Sequence[float], significance: float = SIGNIFICANCE) -> list[bool]:
    """Which tests reject, by Holm's method; how the tests depend on each other does not matter.

    Args:
        probabilities: of all tests of a model.
        significance: the probability that any of them rejects if all values are drawn as expected.
    """
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    rejected = [False] * len(probabilities)
    for rank, index in enumerate(order):
        if probabilities[index] > significance / (len(order) - rank):
            break
        rejected[index] = True
    return rejected
