"""What one test of one variable found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

# Nothing that is measured is less probable than this; what cannot happen at all has 0.
LEAST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one test of one variable found.

    Attributes:
        test: its name.
        p: the probability, were the values drawn as expected, of what speaks as much against it;
            0 for what cannot happen.
        found: the finding in words, as it is told if the test rejects.
        observed: what was measured.
        expected: what was expected of it.
    """

    test: str
    p: float
    found: str
    observed: Any = None
    expected: Any = None

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON-serializable data."""
        return {
            "test": self.test,
            "p": self.p,
            "observed": self.observed,
            "expected": self.expected,
        }

    def __str__(self) -> str:
        if not self.p:
            return self.found
        chance = f"p = {self.p:.1g}" if self.p > LEAST else f"p < {LEAST:g}"
        return f"{self.found} ({chance})"


def certain(test: str, fault: str | None, observed: Any = None, expected: Any = None) -> Outcome:
    """The outcome of a test that leaves nothing to chance; no fault means that it passed."""
    p = 1.0 if fault is None else 0.0
    return Outcome(test=test, p=p, found=fault or "", observed=observed, expected=expected)


def two_sided(score: float) -> float:
    """The probability of a normal score as far from 0, on either side."""
    if math.isnan(score):  # of numbers that no double can state
        return LEAST
    return max(math.erfc(abs(score) / math.sqrt(2.0)), LEAST)


def finite(value: float) -> float | None:
    """A number as JSON has it: none for infinities and what is no number."""
    return value if math.isfinite(value) else None
