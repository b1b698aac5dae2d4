"""The exceptions: each holds all problems that were found."""

from __future__ import annotations

from collections.abc import Iterable

from declinit.errors.excerpts import shorten
from declinit.errors.problems import Problem


class DeclinitError(ValueError):
    """Anything declinit refuses; `problems` holds all faults found, or the first 100 of them.

    Args:
        problems: one problem or several.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        found = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.problems: tuple[Problem, ...] = found
        super().__init__(found)  # what pickle passes on: an error may cross processes

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class TextError(DeclinitError):
    """A malformed text with a grammar of its own: a pattern, a formula, a slicing.

    Attributes:
        problem: what is wrong; it has no place, since the text may have come from anywhere.
        column: the character at fault, counted from 1.
    """

    def __init__(self, problem: Problem, column: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column

    def __reduce__(self) -> tuple[type[TextError], tuple[Problem, int]]:
        return type(self), (self.problem, self.column)


class SpecError(DeclinitError):
    """A spec, plan or audit that cannot be read, or whose content is not allowed."""


class UnreadableError(SpecError):
    """A file that does not exist, cannot be opened, or is not text."""


class CheckpointError(DeclinitError):
    """A file of weights that cannot be read, or whose content is not allowed."""


class ModelError(DeclinitError):
    """A model that cannot be found, loaded or built."""


class MissingKerasError(ModelError, ImportError):
    """Keras cannot be imported, most often for want of its backend."""


class ResolveError(DeclinitError):
    """A spec and a model that do not fit each other."""


class ApplyError(DeclinitError):
    """A plan that cannot be carried out on a model; says what was and was not done."""


class ArgumentError(DeclinitError, TypeError):
    """An argument of another kind than the function takes."""


class DeclinitWarning(UserWarning):
    """What declinit warns of: it goes on, but the result may not be what was meant."""


def refuse_errors(problems: Iterable[Problem], error: type[DeclinitError]) -> None:
    """Raise `error` with the problems if any of them is an error rather than a warning.

    All problems, or the first ones of many and their number.

    Args:
        problems: what was found, errors and warnings mixed.
        error: the class to raise.

    Raises:
        DeclinitError: of the given class, errors first.
    """
    found = sorted(problems, key=lambda problem: problem.severity != "error")
    if found and found[0].severity == "error":
        raise error(shorten(found))
