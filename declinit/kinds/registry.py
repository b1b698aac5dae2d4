"""The registry that finds kinds of initializers by any of their names.

A registry is a value: it never changes, it is extended by making a larger copy, and two kinds
that answer to one name are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.kinds.implementations import KERAS, PORTABLE, Loader
from declinit.kinds.keras_names import is_registered_name
from declinit.kinds.kind import JsonSchema, Kind, Params, Variant
from declinit.kinds.users import kind_registered_with_keras

__all__ = [
    "KERAS",
    "PORTABLE",
    "JsonSchema",
    "Kind",
    "Params",
    "Registry",
    "Variant",
    "is_registered_name",
]


# What to do about a name that is near to none: it may be a user's own.
OWN = "if it is your own, import its module first: `--import MODULE`, or `declinit.register`"


def none_offered() -> tuple[Kind, ...]:
    """No kinds beyond those that a registry holds."""
    return ()


class Registry(Mapping[str, Kind]):
    """Kinds by canonical name; `find` takes any identifier.

    Args:
        kinds: to hold.
        offered: gives more kinds, asked when a name is not found or all kinds are listed; those
            under a name that is taken are passed over. Collecting them takes time, which specs
            that name none of them are spared.

    Raises:
        DeclinitError: if two of the kinds have a name in common.
    """

    def __init__(
        self,
        kinds: Iterable[Kind],
        offered: Callable[[], Iterable[Kind]] = none_offered,
    ) -> None:
        self._by_identifier: dict[str, Kind] = {}
        self._kinds: dict[str, Kind] = {}
        self._offered = offered
        for kind in kinds:
            self._hold(kind)

    def _hold(self, kind: Kind) -> None:
        for identifier in (*kind.identifiers, *kind.registered_names):
            holder = self._by_identifier.setdefault(identifier, kind)
            if holder is not kind:
                message = f"initializer {identifier!r} is registered already, as {holder.name!r}"
                raise DeclinitError(Problem("DI601", message))
        self._kinds[kind.name] = kind

    def with_kinds(self, *kinds: Kind) -> Registry:
        """A larger registry; this one stays as it is.

        Raises:
            DeclinitError: if a name is taken.
        """
        return Registry([*self._kinds.values(), *kinds], self._offered)

    def find(self, identifier: str) -> Kind | None:
        """The kind that answers to a name; any `Package>Name` is one of Keras' registered ones."""
        found = self._by_identifier.get(identifier) or self._find_offered(identifier)
        if found is None and is_registered_name(identifier):
            return self._registered_with_keras(identifier)
        return found

    def _find_offered(self, identifier: str) -> Kind | None:
        return next(
            (
                kind
                for kind in self._additional()
                if identifier in (*kind.identifiers, *kind.registered_names)
            ),
            None,
        )

    def _additional(self) -> list[Kind]:
        return [
            kind
            for kind in self._offered()
            if not any(name in self._by_identifier for name in kind.identifiers)
        ]

    def _registered_with_keras(self, identifier: str) -> Kind:
        targets = [kind.implementations[KERAS] for kind in self._additional()]
        offers = tuple(target for target in targets if isinstance(target, Loader))
        return kind_registered_with_keras(identifier, offers)

    def identifiers(self) -> list[str]:
        """Every name of every kind."""
        return [identifier for kind in self.values() for identifier in kind.identifiers]

    def unknown(self, identifier: str) -> Problem:
        """The fault of a name that finds nothing."""
        near = did_you_mean(identifier, self.identifiers())
        return Problem("DI209", f"unknown initializer {identifier!r}", hint=near or OWN)

    def _all(self) -> dict[str, Kind]:
        return self._kinds | {kind.name: kind for kind in self._additional()}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name] if name in self._kinds else self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
