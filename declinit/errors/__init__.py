"""What went wrong, for people: every fault that was found, each with its place and a hint.

problems  `Problem`, and the `Place` in a `Source` that it points to
families  the exceptions, each of which holds all problems found
hints     the near miss
warning   problems as Python warnings
"""

from declinit.errors.families import (
    ApplyError,
    DeclinitError,
    DeclinitWarning,
    ModelError,
    ResolveError,
    SpecError,
    UnreadableError,
    refuse_errors,
)
from declinit.errors.hints import did_you_mean
from declinit.errors.problems import WIDTH, Place, Problem, Severity, Source
from declinit.errors.warning import warn

__all__ = [
    "WIDTH",
    "ApplyError",
    "DeclinitError",
    "DeclinitWarning",
    "ModelError",
    "Place",
    "Problem",
    "ResolveError",
    "Severity",
    "Source",
    "SpecError",
    "UnreadableError",
    "did_you_mean",
    "refuse_errors",
    "warn",
]
