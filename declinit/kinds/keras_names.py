"""Users' own initializers under the names that Keras registers them by."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.kinds.implementations import Loader

# The package under which Keras knows users' classes that are not registered with it otherwise.
USERS_PACKAGE = "declinit.user"


def is_registered_name(identifier: str) -> bool:
    """Whether a name has the form `Package>Name` of `register_keras_serializable`."""
    package, arrow, name = identifier.partition(">")
    return bool(package and arrow and name) and ">" not in name


def make_known_to_keras(name: str, factory: type) -> None:
    """Register a user's class with Keras, so that a model which holds one can be loaded again.

    Args:
        name: of the kind; the class becomes `declinit.user>NAME`, the same in every process.
        factory: the class. One that is registered already, that is Keras' own, or that has no
            config stays as it is.
    """
    import keras

    of_keras = factory.__module__.partition(".")[0] == "keras"
    registered = is_registered_name(keras.saving.get_registered_name(factory))
    if hasattr(factory, "get_config") and not (of_keras or registered):
        keras.saving.register_keras_serializable(USERS_PACKAGE, name)(factory)


@dataclass(frozen=True)
class KerasRegistered(Loader):
    """A class or function by the name that it is registered with Keras under.

    Attributes:
        identifier: `Package>Name`.
        offers: what may register it when it is imported.
    """

    identifier: str
    offers: tuple[Loader, ...] = ()

    def __call__(self) -> Callable[..., Any]:
        """The class, or what gives the function.

        Raises:
            DeclinitError: if nothing has this name.
        """
        import keras

        if keras.saving.get_registered_object(self.identifier) is None:
            for offer in self.offers:
                with contextlib.suppress(
                    DeclinitError
                ):  # a broken package is no fault of this name
                    offer()
        found = keras.saving.get_registered_object(self.identifier)
        if found is None:
            raise DeclinitError(self._unknown(keras.saving.get_custom_objects()))
        return found if inspect.isclass(found) else FunctionItself(found)

    def known(self) -> Any:
        """The class or function if Keras knows it by now, found without importing anything."""
        saving = getattr(sys.modules.get("keras"), "saving", None)
        return saving.get_registered_object(self.identifier) if saving else None

    def _unknown(self, names: dict[str, Any]) -> Problem:
        near = did_you_mean(self.identifier, filter(is_registered_name, names))
        hint = near or "import the module that registers it"
        return Problem(
            "DI312", f"nothing is registered with Keras as {self.identifier!r}", hint=hint
        )


@dataclass(frozen=True)
class FunctionItself:
    """Gives a function that is registered with Keras: it is an initializer already."""

    function: Callable[..., Any]

    def __call__(self) -> Callable[..., Any]:
        """The function."""
        return self.function
