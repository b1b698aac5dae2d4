"""What commands read: specs, and the user's model."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from declinit.cli import starting
from declinit.cli.exits import UsageError
from declinit.cli.options import ModelOptions, SpecOptions
from declinit.errors import CheckpointError, Problem, SpecError
from declinit.policy.extending import load
from declinit.policy.spec import Spec

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel


# The codes of overrides that are not `KEY=VALUE` or `PATTERN=INITIALIZER`.
_MALFORMED = frozenset({"DI222", "DI224", "DI225"})


def read_spec(options: SpecOptions) -> Spec:
    """The spec that the command line names, with its overrides.

    Raises:
        UsageError: if an override is malformed, which is no finding about the spec.
        SpecError: for everything else.
    """
    try:
        return load(
            options.spec,
            overrides=options.settings,
            rules=options.rules,
            checkpoints=checkpoints_of(options.checkpoints),
        )
    except SpecError as error:
        if all(problem.code in _MALFORMED for problem in error.problems):
            raise UsageError(error.problems) from error
        raise


def checkpoints_of(texts: Iterable[str]) -> dict[str, str]:
    """The files of weights that texts `NAME=PATH` name.

    Raises:
        UsageError: if one is no such text, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            message = f"--checkpoint {text!r}: expected NAME=PATH"
            raise UsageError(Problem("DI703", message))
        if name in found:
            raise UsageError(Problem("DI701", f"--checkpoint {name} is given twice"))
        found[name] = path
    return found


@contextlib.contextmanager
def weights_are_readable() -> Iterator[None]:
    """A file of weights that cannot be read is no finding.

    Raises:
        UsageError: in place of a `CheckpointError`.
    """
    try:
        yield
    except CheckpointError as error:
        raise UsageError(error.problems) from error


def load_model(options: ModelOptions) -> LoadedModel:
    """The model that the command line names.

    This is where Keras is imported: nothing that imports it may be imported before.

    Raises:
        UsageError: if `--kwargs` is not a JSON object.
        ModelError: if Keras cannot start, or there is no such model.
    """
    kwargs = _kwargs(options.kwargs)
    starting.start_keras()
    from declinit.cli.models import LoadedModel

    return LoadedModel.load(options.model, kwargs)


def _kwargs(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(Problem("DI703", f"--kwargs is not JSON: {error}")) from error
    if not isinstance(found, dict):
        message = f"--kwargs must be a JSON object, received {text}"
        raise UsageError(Problem("DI703", message))
    return found
