"""Initializers that installed packages offer through entry points; named before imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from declinit.errors import DeclinitError, Problem
from declinit.kinds.factories import prepared
from declinit.kinds.implementations import Loader
from declinit.kinds.keras_names import USERS_PACKAGE

# The entry-point group.
GROUP = "declinit.initializers"


@dataclass(frozen=True)
class Offered(Loader):
    """What an installed package offers through an entry point.

    Attributes:
        name: of the kind.
        target: `"module:attribute"`.
        package: which offers it.
    """

    name: str
    target: str
    package: str

    @property
    def registered_name(self) -> str:
        """`declinit.user>NAME`; the package may have registered its class under another."""
        return f"{USERS_PACKAGE}>{self.name}"

    @property
    def is_imported(self) -> bool:
        """Whether loading is free, since the module is there already."""
        return self._module in sys.modules

    @property
    def _module(self) -> str:
        return self.target.partition(":")[0].strip()

    def load(self) -> Callable[..., Any]:
        """The class or function as the package defines it.

        Raises:
            DeclinitError: if it cannot be imported.
        """
        from importlib.metadata import EntryPoint

        try:
            found: Callable[..., Any] = EntryPoint(self.name, self.target, GROUP).load()
        except Exception as error:
            raise self._error(f"{type(error).__name__}: {error}") from error
        if not callable(found):
            raise self._error(f"{self.target} is not callable")
        return found

    def __call__(self) -> Callable[..., Any]:
        """The class, or what makes initializers of the function."""
        return prepared(self.name, self.load())

    def fault(self) -> str:
        """Why it cannot be imported, as far as that shows without importing it; empty if not."""
        if self.is_imported:
            try:
                self.load()
            except DeclinitError as error:
                return error.problems[0].message
            return ""
        missing = _missing_module(self._module)
        return self._fault(f"there is no module {missing!r}") if missing else ""

    def _error(self, reason: str) -> DeclinitError:
        return DeclinitError(Problem("DI312", self._fault(reason)))

    def _fault(self, reason: str) -> str:
        return f"initializer {self.name!r} of package {self.package!r} cannot be imported: {reason}"


def _missing_module(name: str) -> str | None:
    """The first part of a dotted name that no module has, found without importing any."""
    path: Any = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        whole = ".".join(parts[:count])
        if whole in sys.modules:
            path = getattr(sys.modules[whole], "__path__", [])
            continue
        specs = (finder.find_spec(whole, path) for finder in sys.meta_path)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None:
            return whole
        # A module that is no package holds no others; None would mean all of `sys.path`.
        path = spec.submodule_search_locations or []
    return None
