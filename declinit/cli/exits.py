"""Exit codes: the one rule for all commands, and the error that stands for wrong usage."""

from __future__ import annotations

from declinit.errors import DeclinitError, ModelError, Problem, UnreadableError
from declinit.files import UnwritableError

FINE = 0
FINDINGS = 1
USAGE = 2
INTERNAL = 3  # a fault of declinit itself; a signal ends with 128 and its number, as in shells

RULE = (
    "Exit codes: 0 the command did its work and found nothing; 1 it did its work and found "
    "something: faults in the policy that it checks, in itself or for the model, or differences "
    "between what it compares; 2 it could not do its work: an argument is wrong, what --set, "
    "--rule and --checkpoint say included, a file cannot be read or written, a model cannot be "
    "built, or what diff and verify are to compare has faults itself; 3 internal error; 128 + N "
    "ended by signal N. Warnings alone change no exit code."
)


class UsageError(DeclinitError):
    """Arguments that contradict each other or lack something."""


# Errors that are no findings: what was asked for could not be looked at, or not be written.
_NO_FINDINGS = (UsageError, UnreadableError, UnwritableError, ModelError)

# Files of weights that cannot be read, as reading the specs that name them comes upon them.
_OF_WEIGHTS = frozenset({"DI101", *(f"DI{number}" for number in range(130, 139))})

# Texts of options that have another form, or name what is not there; models that cannot be looked
# at. These problems are raised far from the command line, under errors that may be findings.
_OF_ARGUMENTS = frozenset(
    {"DI222", "DI223", "DI224", "DI225", "DI353", "DI406", "DI407", "DI742", "DI743"}
)


def code_of(error: DeclinitError) -> int:
    """The exit code of a command that an error ends: `USAGE` or `FINDINGS`."""
    wrong = isinstance(error, _NO_FINDINGS) or any(map(_is_no_finding, error.problems))
    return USAGE if wrong else FINDINGS


def _is_no_finding(problem: Problem) -> bool:
    """Whether a fault is in what the command line says, or keeps a file from being read."""
    named = problem.where.source.name if problem.where else ""
    in_option = named.startswith("--") and problem.severity == "error"
    return problem.code in _OF_ARGUMENTS | _OF_WEIGHTS or in_option
