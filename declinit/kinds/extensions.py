"""The kinds that specs may name now: built in, offered by packages, registered from Python.

A spec never makes Python import anything by itself. Of what packages offer through the entry-point
group `declinit.initializers` only names are read until one of them is built.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from declinit.errors import DeclinitError, Problem, warn
from declinit.kinds.factories import misfit
from declinit.kinds.implementations import KERAS, for_every_generator
from declinit.kinds.keras_names import make_known_to_keras
from declinit.kinds.offers import GROUP, Offered
from declinit.kinds.registry import JsonSchema, Kind, Registry
from declinit.kinds.rows import BUILTIN
from declinit.kinds.users import user_kind

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Extensions:
    """What this process knows beyond the built-in kinds.

    Attributes:
        registered: kinds registered from Python.
        offers: what installed packages offer; None until somebody asks, since reading every
            package's entry points takes longer than checking most specs.
    """

    def __init__(self) -> None:
        self.registered: tuple[Kind, ...] = ()
        self.offers: tuple[Offered, ...] | None = None

    def collected(self) -> tuple[Offered, ...]:
        """What installed packages offer, read at the first call."""
        if self.offers is None:
            self.offers = tuple(_collected())
        return self.offers


_EXTENSIONS = Extensions()

TAKES = "a class makes what is called as `f(shape, dtype=...)`, and a function is called like that"


def register(
    name: str,
    factory: Callable[..., Any],
    *,
    parameters: Mapping[str, JsonSchema] | None = None,
    summary: str = "",
) -> None:
    """Make an initializer known to specs under a name.

    Args:
        name: what specs call it.
        factory: a class, called with the parameters of the spec to make an initializer; or a plain
            function `f(shape, dtype=None, **parameters)` that returns the values itself. If it
            has a parameter `seed`, each variable's own seed is passed.
        parameters: JSON Schema by parameter name, in place of what the annotations and defaults of
            the factory say.
        summary: one line for `declinit initializers`; the default is the docstring's first.

    Raises:
        DeclinitError: if the name is taken, the factory or what it makes cannot be called with a
            shape and a dtype, or `parameters` names one that the factory does not take or holds
            what is no JSON Schema.

    Example:
        >>> def halves(shape, dtype=None, factor: float = 1.0):
        ...     return keras.ops.full(shape, 0.5 * factor, dtype)
        >>> declinit.register("halves", halves)
        >>> policy = {
        ...     "declinit": 1,
        ...     "seed": 3,
        ...     "rules": [{"match": "**", "initializer": {"name": "halves", "factor": 2.0}}],
        ... }
        >>> declinit.apply(policy, model)["head/bias"].measure.mean
        1.0
    """
    if not callable(factory):
        message = f"cannot register {name!r}: {factory!r} is not callable"
        raise DeclinitError(Problem("DI602", message))
    if hasattr(factory, "get_config") and not inspect.isclass(factory):
        message = f"cannot register {name!r}: it is an object, one for all variables"
        raise DeclinitError(Problem("DI602", message, hint="register its class or a function"))
    if reason := misfit(factory):
        message = f"cannot register {name!r}: {reason}"
        raise DeclinitError(Problem("DI605", message, hint=TAKES))
    kind = user_kind(name, factory, parameters=parameters, summary=summary)
    Registry([*current_registry().values(), kind])  # which refuses a name that is taken
    _EXTENSIONS.registered = (*_EXTENSIONS.registered, kind)
    # Keras may be asked to load a model before any spec is: then it must know the class.
    if inspect.isclass(factory) and "keras" in sys.modules:
        make_known_to_keras(name, factory)


def current_registry() -> Registry:
    """All kinds there are: built in, registered from Python, offered by entry points."""
    if "keras" in sys.modules:  # the time that entry points take is small beside that
        _EXTENSIONS.collected()
    return Registry([*BUILTIN.values(), *_EXTENSIONS.registered], offered_kinds)


@contextlib.contextmanager
def registering() -> Iterator[None]:
    """Forget at the end what was registered inside; entry points are read anew inside."""
    registered, offers = _EXTENSIONS.registered, _EXTENSIONS.offers
    _EXTENSIONS.offers = None
    try:
        yield
    finally:
        _EXTENSIONS.registered, _EXTENSIONS.offers = registered, offers


def make_users_known_to_keras() -> None:
    """Import what packages offer, and have Keras know every user's class by name.

    A model that holds such a class can be loaded after this. What cannot be imported is warned of:
    the model may not need it.
    """
    for offer in _EXTENSIONS.collected():
        try:
            offer()
        except DeclinitError as error:
            warn(replace(error.problems[0], severity="warning"))
    for kind in _EXTENSIONS.registered:
        kind.load(KERAS)


def offered_kinds() -> tuple[Kind, ...]:
    """The kinds of installed packages; what is not imported yet is known by name alone."""
    return tuple(_offered_kind(offer) for offer in _EXTENSIONS.collected())


def _offered_kind(offer: Offered) -> Kind:
    fault = offer.fault()
    if offer.is_imported and not fault:
        return user_kind(offer.name, offer.load(), loader=offer)
    return Kind(
        name=offer.name,
        summary=f"Offered by {offer.package}.",
        implementations=for_every_generator(offer),
        open=True,
        fault=fault,
    )


def _collected() -> Iterator[Offered]:
    from importlib.metadata import entry_points

    holders = dict.fromkeys(BUILTIN.identifiers(), "declinit itself")
    for entry in entry_points(group=GROUP):
        package = _package_of(entry)
        if entry.name in holders:
            message = (
                f"initializer {entry.name!r} of package {package!r} is passed over: "
                f"the name is taken by {holders[entry.name]}"
            )
            warn(Problem("DI601", message, severity="warning"))
            continue
        holders[entry.name] = f"package {package!r}"
        yield Offered(entry.name, entry.value, package)


def _package_of(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
