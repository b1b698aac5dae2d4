"""Faults, as formats take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from declinit.errors import Problem


@dataclass(frozen=True, slots=True)
class Problems:
    """Errors and warnings, in the order they were found."""

    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The faults as JSON-serializable data."""
        return {
            "declinit_problems": 1,
            "problems": [problem.to_dict() for problem in self.problems],
        }
