"""Faults, reported to people: all that were found, each with a code, its place and a hint.

codes      one row for each kind of fault: what it is, why it is one, how to mend it
arguments  what public functions are handed
problems   `Problem`, and the `Place` in a `Source` that it points to
excerpts   the first of many problems, and their number
families   the exceptions, each of which holds all problems found
hints      the near miss
warning    problems as Python warnings
"""

from declinit.errors.arguments import Expected, expect_arguments
from declinit.errors.codes import CODES, Code
from declinit.errors.excerpts import MOST_COUNTED, bounded
from declinit.errors.families import (
    ApplyError,
    ArgumentError,
    CheckpointError,
    DeclinitError,
    DeclinitWarning,
    MissingKerasError,
    ModelError,
    ResolveError,
    SpecError,
    TextError,
    UnreadableError,
    refuse_errors,
)
from declinit.errors.hints import did_you_mean
from declinit.errors.problems import WIDTH, Place, Problem, Severity, Source
from declinit.errors.warning import warn

__all__ = [
    "CODES",
    "MOST_COUNTED",
    "WIDTH",
    "ApplyError",
    "ArgumentError",
    "CheckpointError",
    "Code",
    "DeclinitError",
    "DeclinitWarning",
    "Expected",
    "MissingKerasError",
    "ModelError",
    "Place",
    "Problem",
    "ResolveError",
    "Severity",
    "Source",
    "SpecError",
    "TextError",
    "UnreadableError",
    "bounded",
    "did_you_mean",
    "expect_arguments",
    "refuse_errors",
    "warn",
]
