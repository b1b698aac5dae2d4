"""Problems given as Python warnings, at the line of the user's code that led to them."""

from __future__ import annotations

import sys
import warnings

from declinit.errors.families import DeclinitWarning
from declinit.errors.problems import Problem


def warn(problem: Problem) -> None:
    """Give a problem as a `DeclinitWarning`, once for each line of the user's code."""
    warnings.warn(problem.headline, DeclinitWarning, stacklevel=_calls_from_the_user())


def _calls_from_the_user() -> int:
    """How many calls ago code outside this package was running, as `stacklevel` counts."""
    frame, calls = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "declinit":
        frame, calls = frame.f_back, calls + 1
    return calls - 1
