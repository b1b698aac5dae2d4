"""What makes a kind's initializers: a class that is imported on first use, or a loader of one."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

KERAS, PORTABLE = "keras", "portable"

OURS = "declinit"


class Loader(ABC):
    """Finds the class or callable that makes initializers; a value that can be pickled."""

    @property
    def registered_name(self) -> str:
        """`Package>Name` of the class in a serialized Keras config, or the empty string."""
        return ""

    @abstractmethod
    def __call__(self) -> Callable[..., Any]:
        """The class or callable, imported now if it was not before."""


# A text is `"module:attribute"`.
Implementation: TypeAlias = str | Loader
Implementations: TypeAlias = Mapping[str, Implementation]


def for_every_generator(implementation: Implementation) -> Implementations:
    """Implementations of a kind that is made the same way whatever draws random numbers."""
    return {KERAS: implementation, PORTABLE: implementation}


def load(implementation: Implementation) -> Callable[..., Any]:
    """The class or callable that an implementation names."""
    return imported(implementation) if isinstance(implementation, str) else implementation()


def imported(target: str) -> Callable[..., Any]:
    """The attribute that `"module:attribute"` names."""
    module, _, attribute = target.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def registered_name_of(implementation: Implementation) -> str:
    """`Package>Name` in a serialized Keras config; empty for Keras' own classes.

    Classes of this package are registered as `declinit>Name`, see `declinit.initializers`.
    """
    if isinstance(implementation, Loader):
        return implementation.registered_name
    module, _, attribute = implementation.partition(":")
    return f"{OURS}>{attribute}" if module.partition(".")[0] == OURS else ""
