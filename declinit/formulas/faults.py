"""`FormulaError`: what is wrong with a formula, and at which character."""

from __future__ import annotations

from dataclasses import replace

from declinit.errors import Problem, TextError


class FormulaError(TextError):
    """A malformed formula, or one that has no value."""


def fault_in(text: str, problem: Problem, column: int) -> FormulaError:
    """A problem as an error of the formula with this text."""
    message = f"formula {text!r}: {problem.message}"
    return FormulaError(replace(problem, message=message), column)
