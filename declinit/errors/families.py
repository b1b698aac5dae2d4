"""The exceptions: each holds all problems that were found."""

from __future__ import annotations

from collections.abc import Iterable

from declinit.errors.excerpts import shorten
from declinit.errors.problems import Problem


class DeclinitError(ValueError):
    """Anything declinit refuses; `problems` holds all faults found, or the first 100 of them.

    Args:
        problems: one problem or several.

    Example:
        >>> try:
        ...     declinit.load("missing.yaml")
        ... except declinit.DeclinitError as error:
        ...     print(error)
        cannot read 'missing.yaml': no such file [DI101]
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
    """A spec, plan or audit that cannot be read, or whose content is not allowed.

    Example:
        >>> try:
        ...     declinit.Spec.from_config({"declinit": 1, "rule": []})
        ... except declinit.SpecError as error:
        ...     print(error.problems[0].headline)
        rule: unknown key 'rule'; did you mean 'rules'? [DI201]
    """


class UnreadableError(SpecError):
    """A file that does not exist, cannot be opened, or is not text."""


class CheckpointError(DeclinitError):
    """A file of weights that cannot be read, or whose content is not allowed."""


class ModelError(DeclinitError):
    """A model that cannot be found, loaded or built."""


class MissingKerasError(ModelError, ImportError):
    """Keras cannot be imported, most often for want of its backend."""


class ResolveError(DeclinitError):
    """A spec and a model that do not fit each other.

    Example:
        >>> rules = [{"match": "haed/*", "initializer": "zeros"}]
        >>> try:
        ...     declinit.resolve({"declinit": 1, "seed": 3, "rules": rules}, model)
        ... except declinit.ResolveError as error:
        ...     print(error.problems[0].code, error.problems[0].hint)
        DI302 no path has a segment 'haed'; did you mean 'head'?
    """


class ApplyError(DeclinitError):
    """A plan that cannot be carried out on a model; says what was and was not done.

    Example:
        >>> other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> try:
        ...     declinit.apply("plan.json", other)
        ... except declinit.ApplyError as error:
        ...     print(error.problems[0].message)
        variable 'body/kernel' of the plan is not in the model
    """


class ArgumentError(DeclinitError, TypeError):
    """An argument of another kind than the function takes."""


class DeclinitWarning(UserWarning):
    """What declinit warns of: it goes on, but the result may not be what was meant.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as given:
        ...     warnings.simplefilter("always", declinit.DeclinitWarning)
        ...     rules = [{"match": "**", "initializer": name} for name in ("zeros", "ones")]
        ...     audit = declinit.apply({"declinit": 1, "seed": 3, "rules": rules}, model)
        >>> print(str(given[0].message).partition(":")[0])
        rules[0]
    """


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
