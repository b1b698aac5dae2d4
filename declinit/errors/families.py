"""The exceptions: each holds all problems that were found."""

from __future__ import annotations

from collections.abc import Iterable

from declinit.errors.problems import Problem


class DeclinitError(ValueError):
    """Anything declinit refuses; `problems` holds all faults found, not the first."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        found = [Problem(message=problems)] if isinstance(problems, str) else problems
        self.problems: tuple[Problem, ...] = tuple(found)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DeclinitWarning(UserWarning):
    """A warning with a code, given from Python."""


class SpecError(DeclinitError):
    """A spec, plan or audit document that cannot be read, or does not say what it may."""


class UnreadableError(SpecError):
    """A file that is not there, cannot be opened, or is no text."""


class ModelError(DeclinitError):
    """A model that cannot be found, loaded or made."""


class ResolveError(DeclinitError):
    """A spec and a model that do not fit each other."""


class ApplyError(DeclinitError):
    """A plan that cannot be carried out on a model; says what was and was not done."""


def refuse_errors(problems: Iterable[Problem], error: type[DeclinitError]) -> None:
    """Raise `error` with all problems if any of them is an error rather than a warning.

    Args:
        problems: what was found, errors and warnings mixed.
        error: the class to raise.

    Raises:
        DeclinitError: of the given class, errors first.
    """
    found = sorted(problems, key=lambda problem: problem.severity != "error")
    if found and found[0].severity == "error":
        raise error(found)
