"""Users' own classes and functions, as `declinit.register` is given them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from declinit.kinds.implementations import Loader, imported
from declinit.kinds.keras_names import USERS_PACKAGE, make_known_to_keras

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class FromFunction:
    """Makes initializers that call a user's function, with the function's own parameters."""

    name: str
    function: Callable[..., Any]

    def __call__(self, **params: Any) -> Any:
        """An initializer that calls the function with these parameters."""
        # By name, as kinds name their classes: importing it imports Keras.
        make = imported("declinit.initializers:FunctionInitializer")
        return make(self.name, params, self.function)

    @property
    def __signature__(self) -> inspect.Signature:
        parameters = inspect.signature(self.function).parameters.values()
        given = [p for p in parameters if p.name not in {"shape", "dtype"}]
        own = [p for p in given if p.kind not in VARIADIC]
        others = [p for p in given if p.kind is p.VAR_KEYWORD]
        keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        return inspect.Signature([*keyword_only, *others])


def misfit(factory: Callable[..., Any]) -> str:
    """Why a class or function cannot give values for a shape and a dtype; empty if it can."""
    call: Any = factory
    if inspect.isclass(factory):
        # `factory.__call__` would be what makes objects of a class that has none of its own.
        calls = [vars(base)["__call__"] for base in factory.__mro__ if "__call__" in vars(base)]
        if not calls:
            return "objects of this class cannot be called"
        call = calls[0].__get__(object()) if inspect.isfunction(calls[0]) else calls[0]
    try:
        inspect.signature(call).bind_partial((), dtype=None)
    except ValueError:  # one written in C may have no signature
        return ""
    except TypeError as error:
        return f"called as `f(shape, dtype=...)` it says {str(error)!r}"
    return ""


def prepared(name: str, factory: Callable[..., Any]) -> Callable[..., Any]:
    """What makes initializers: a class itself, which Keras now knows, or `FromFunction`."""
    if not inspect.isclass(factory):
        return FromFunction(name, factory)
    make_known_to_keras(name, factory)
    return factory


@dataclass(frozen=True)
class Given(Loader):
    """A class or function that was given to `declinit.register`."""

    name: str
    factory: Callable[..., Any]

    @property
    def registered_name(self) -> str:
        """`declinit.user>NAME` of a class; a function is named inside its config."""
        return f"{USERS_PACKAGE}>{self.name}" if inspect.isclass(self.factory) else ""

    def __call__(self) -> Callable[..., Any]:
        """The class, or what makes initializers of the function."""
        return prepared(self.name, self.factory)

    def __deepcopy__(self, memo: object) -> Given:
        return self  # nothing in it can change

    def __reduce__(self) -> tuple[Any, ...]:
        if not _is_importable(self.factory):
            import pickle

            raise pickle.PicklingError(
                f"initializer {self.name!r} cannot be pickled: {self.factory!r} cannot be imported "
                "by name; define it at the top level of a module"
            )
        return Given, (self.name, self.factory)


def _is_importable(factory: Callable[..., Any]) -> bool:
    """Whether another process can find a class or function by its module and name."""
    if not (inspect.isclass(factory) or inspect.isfunction(factory)):
        return True  # any other object is pickled by what it holds
    found: Any = sys.modules.get(getattr(factory, "__module__", None) or "")
    for part in getattr(factory, "__qualname__", "").split("."):
        found = getattr(found, part, None)
    return found is factory
