"""Kinds around users' own classes and functions, which say by their signatures what they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.kinds.factories import Given
from declinit.kinds.implementations import Loader, for_every_generator
from declinit.kinds.keras_names import KerasRegistered
from declinit.kinds.kind import JsonSchema, Kind
from declinit.kinds.seed_schema import SEED
from declinit.kinds.signatures import parameters_of, required_of, takes_any


def user_kind(
    name: str,
    factory: Callable[..., Any],
    *,
    loader: Loader | None = None,
    parameters: Mapping[str, JsonSchema] | None = None,
    summary: str = "",
) -> Kind:
    """A kind around a user's own class or function.

    Args:
        name: what specs call it.
        factory: the class or function.
        loader: finds the class or function again; the default holds it.
        parameters: JSON Schema by name, in place of what the signature says.
        summary: one line; the default is the first of the docstring.
    """
    known, is_open = parameters_of(factory), takes_any(factory)
    given = parameters or {}
    unknown = [] if is_open else [one for one in given if one not in known]
    problems = [_not_taken(name, one, known) for one in unknown]
    problems += [problem for one in given for problem in _malformed(name, one, given[one])]
    if problems:
        raise DeclinitError(problems)
    seed = {"seed": SEED} if "seed" in known else {}
    documentation = inspect.cleandoc(factory.__doc__ or "")
    return Kind(
        name=name,
        summary=summary or documentation.partition("\n")[0] or "A user's own initializer.",
        documentation=documentation,
        implementations=for_every_generator(loader or Given(name, factory)),
        parameters={**known, **seed, **given},
        # Each variable's own seed is passed where a spec gives none.
        required=tuple(one for one in required_of(factory) if one != "seed"),
        open=is_open,
    )


def _not_taken(kind: str, parameter: str, known: Mapping[str, JsonSchema]) -> Problem:
    message = f"cannot register {kind!r}: it takes no parameter {parameter!r}"
    return Problem("DI201", message, hint=did_you_mean(parameter, known))


def _malformed(kind: str, parameter: str, schema: JsonSchema) -> Iterator[Problem]:
    """The fault of a parameter's schema that is none."""
    from jsonschema_rs import Draft7Validator

    try:
        Draft7Validator(dict(schema), offline=True)  # the address of another is not fetched
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        message = (
            f"cannot register {kind!r}: the schema of {parameter!r} is no JSON Schema: {reason}"
        )
        yield Problem("DI606", message)


def kind_registered_with_keras(identifier: str, offers: tuple[Loader, ...]) -> Kind:
    """A user's own under its Keras name, checked by its signature once it is registered.

    Args:
        identifier: `Package>Name`.
        offers: what may register it when it is imported.
    """
    loader = KerasRegistered(identifier, offers)
    found = loader.known()
    if inspect.isclass(found):
        return user_kind(identifier, found, loader=loader)
    summary = "An object registered by `keras.saving.register_keras_serializable`."
    documentation = inspect.cleandoc(getattr(found, "__doc__", None) or "")
    return Kind(
        name=identifier,
        summary=documentation.partition("\n")[0] or summary,
        documentation=documentation,
        implementations=for_every_generator(loader),
        # A function is the initializer itself; of what is not registered yet, nothing is known.
        open=found is None,
    )
