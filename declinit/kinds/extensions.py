"""Users' own initializers: registered from Python, or offered by installed packages.

A spec never makes Python import anything by itself. Packages offer kinds through the entry-point
group `declinit.initializers`; only their names are read until one of them is built.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from declinit.errors import DeclinitError
from declinit.kinds.registry import JsonSchema, Kind, Registry, imported
from declinit.kinds.rows import BUILTIN, SEED

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


GROUP = "declinit.initializers"
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


# By name, as in `builtin`: importing it imports Keras.
_function_initializer = imported("declinit.initializers:FunctionInitializer")
_registered: Registry = Registry([])


def register(
    name: str,
    factory: Callable[..., Any],
    *,
    schema: Mapping[str, JsonSchema] | None = None,
    summary: str = "",
) -> None:
    """Make an initializer known to specs under a name.

    Args:
        name: what specs call it.
        factory: a class, called with the parameters of the spec to make an initializer; or a plain
            function `f(shape, dtype=None, **parameters)` that returns the values itself. If it
            has a parameter `seed`, each variable's own seed is passed.
        schema: JSON Schema by parameter name; without one, parameters are known by name only.
        summary: one line for `declinit initializers`.

    Raises:
        DeclinitError: if the name is taken, or the factory cannot be called.
    """
    global _registered  # noqa: PLW0603
    if not callable(factory):
        raise DeclinitError(f"cannot register {name!r}: {factory!r} is not callable")
    kind = user_kind(name, factory, schema, summary)
    registry = current_registry()
    registry.identifiers()  # which asks the entry points too, so that no name is taken twice
    registry.with_kinds(kind)
    _registered = _registered.with_kinds(kind)


def current_registry() -> Registry:
    """All kinds there are: built-in, offered by entry points, registered from Python."""
    return Registry([*BUILTIN.values(), *_registered.values()], _offered)


def user_kind(
    name: str,
    factory: Callable[..., Any],
    schema: Mapping[str, JsonSchema] | None = None,
    summary: str = "",
) -> Kind:
    """A kind around a user's own class or function."""
    make = factory if inspect.isclass(factory) else _from_function(name, factory)
    given = inspect.signature(make).parameters.values()
    names = [p.name for p in given if p.kind not in _VARIADIC]
    parameters = {**{n: {} for n in names}, **({"seed": SEED} if "seed" in names else {})}
    lines = (inspect.getdoc(factory) or "").splitlines()
    return Kind(
        name=name,
        summary=summary or (lines[0] if lines else "A user's own initializer."),
        load=lambda _generator: make,
        parameters={**parameters, **(schema or {})},
        open=any(p.kind is p.VAR_KEYWORD for p in given),
    )


def _from_function(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A factory of initializers that call a function, with the function's own parameters."""

    def make(**params: Any) -> Any:
        return _function_initializer("")(name, params, function)

    given = inspect.signature(function).parameters.values()
    own = [p for p in given if p.name not in {"shape", "dtype"} and p.kind not in _VARIADIC]
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    make.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]
    return make


@functools.cache
def _offered() -> tuple[Kind, ...]:
    from importlib.metadata import entry_points

    return tuple(_offered_kind(entry) for entry in entry_points(group=GROUP))


def _offered_kind(entry: EntryPoint) -> Kind:
    @functools.cache
    def load(_generator: str) -> Callable[..., Any]:
        found: Callable[..., Any] = entry.load()
        return found if inspect.isclass(found) else _from_function(entry.name, found)

    origin = entry.dist.name if entry.dist else entry.value
    return Kind(name=entry.name, summary=f"Offered by {origin}.", load=load, open=True)
