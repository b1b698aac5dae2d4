"""What commands read: specs, and the user's model."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from declinit.cli import starting
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import UsageError
from declinit.cli.options import ModelOptions, SpecOptions
from declinit.errors import CheckpointError, DeclinitError, Problem, UnreadableError
from declinit.policy.extending import load
from declinit.policy.spec import Spec

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel, NamedModel


def read_spec(options: SpecOptions) -> Spec:
    """The spec that the command line names, with its overrides.

    Raises:
        SpecError: with every fault found.
    """
    return load(
        options.spec,
        overrides=options.settings,
        rules=options.rules,
        checkpoints=checkpoints_of(options.checkpoints),
    )


@contextlib.contextmanager
def faults_are_no_difference() -> Iterator[None]:
    """What cannot be compared does not differ.

    Raises:
        UsageError, UnreadableError: in place of any other error.
    """
    try:
        yield
    except (UsageError, UnreadableError):
        raise
    except DeclinitError as error:
        raise UsageError(error.problems) from error


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


def start_model(options: ModelOptions) -> NamedModel:
    """The model that the command line names, which may be built in several sizes.

    Raises:
        UsageError, ModelError: as `load_model`.
    """
    kwargs = _kwargs(options.kwargs)
    starting.start_keras()
    from declinit.cli.models import NamedModel

    return NamedModel(options.model, kwargs)


def _kwargs(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(Problem("DI703", f"--kwargs is not JSON: {error}")) from error
    if not isinstance(found, dict):
        message = f"--kwargs must be a JSON object, received {text}"
        raise UsageError(Problem("DI703", message))
    return found
