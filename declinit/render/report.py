"""`Report`: what a command has found, which every format writes in its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from declinit.errors import Problem
from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems

Findings = Callable[[], tuple[Problem, ...]]


def _nothing() -> tuple[Problem, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A result, and what is wrong with it.

    Attributes:
        layout: the result.
        problems: errors and warnings of what was read, in the order they were found.
        findings: gives what the layout tells as faults with places, for formats that have nothing
            else.
    """

    layout: Layout
    problems: tuple[Problem, ...] = ()
    findings: Findings = _nothing

    @property
    def faults(self) -> Problems:
        """Everything that is wrong."""
        return Problems((*self.problems, *self.findings()))
