"""`FormulaError`: what is wrong with a formula, and at which character."""

from __future__ import annotations

from dataclasses import replace

from declinit.errors import DeclinitError, Problem


class FormulaError(DeclinitError):
    """A malformed formula, or one that has no value.

    Attributes:
        problem: what is wrong; it has no place, since the formula's text may have come from
            anywhere.
        column: the character at fault, counted from 1.
    """

    def __init__(self, problem: Problem, column: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column

    def __reduce__(self) -> tuple[type[FormulaError], tuple[Problem, int]]:
        return type(self), (self.problem, self.column)


def fault_in(text: str, problem: Problem, column: int) -> FormulaError:
    """A problem as an error of the formula with this text."""
    message = f"formula {text!r}: {problem.message}"
    return FormulaError(replace(problem, message=message), column)
