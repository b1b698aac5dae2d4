"""Standard deviations as words: expected and measured, of a variable and of many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from declinit.audits.audit import Record
from declinit.wording import number_text


class Ratio(NamedTuple):
    """How many times the expected standard deviation was measured, over all values together.

    Attributes:
        value: the ratio.
        error: its own standard deviation, were all values drawn as expected.
    """

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ± {self.error:.1g}" if self.error else f"{self.value:.4f}"


def expected_text(record: Record) -> str:
    """The standard deviation that the plan promises, or the one value of a constant."""
    expected = record.assignment.expected
    if expected is None:
        return ""
    return _of_constant(expected.mean) if not expected.stddev else number_text(expected.stddev)


def measured_text(record: Record) -> str:
    """The standard deviation that was found, or the one value of a constant."""
    found = record.measure
    if found.stddev == 0 and found.min == found.max:
        return _of_constant(found.min or 0.0)
    return number_text(found.stddev)


def _of_constant(value: float) -> str:
    return f"all {number_text(value)}"


def range_text(texts: Iterable[str]) -> str:
    """`0.01 to 0.2`: the smallest and the largest of what is said of variables; or what all say."""
    said = [text for text in dict.fromkeys(texts) if text]
    if len(said) < 2:
        return "".join(said)
    numbers = sorted(filter(math.isfinite, map(_number, said)))
    if len(numbers) < len(said):
        return "various"
    return f"{number_text(numbers[0])} to {number_text(numbers[-1])}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def pooled_ratio(records: Sequence[Record]) -> Ratio | None:
    """The ratio over the values of variables together; None where nothing is expected of any.

    Each value counts in units of its own expected standard deviation, around its expected mean.
    """
    size, squares, spread = 0, 0.0, 0.0
    for record in records:
        expected, found = record.assignment.expected, record.measure
        if expected is None or not expected.stddev or found.stddev is None or found.mean is None:
            continue
        count = math.prod(record.shape)
        away, wide = (found.mean - expected.mean) / expected.stddev, found.stddev / expected.stddev
        squares += count * (wide * wide + away * away)
        spread += count * (expected.kurtosis - 1.0)
        size += count
    if not size:
        return None
    return Ratio(math.sqrt(squares / size), math.sqrt(spread) / (2.0 * size))
