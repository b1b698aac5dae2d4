"""Kinds of initializers and the registry that finds them by any of their names.

A registry is a value: it is extended by making a larger copy, and two kinds that answer to one
name are refused. Nothing here imports Keras; a kind names its class and imports it when built.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.errors import DeclinitError, did_you_mean
from declinit.kinds.distributions import Distribution
from declinit.kinds.scaling import Scaling

Params = Mapping[str, Any]
JsonSchema = Mapping[str, Any]


KERAS, PORTABLE = "keras", "portable"


GENERATORS = (PORTABLE, KERAS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of initializer: its names, its parameters and their constraints, how to build it.

    Args:
        name: the canonical identifier, such as `"he_normal"`.
        aliases: every other identifier that means the same.
        class_name: the class' name in a serialized Keras config.
        registered_name: `Package>Name` of a class of ours in a serialized Keras config.
        load: given a generator, the class or callable that makes the initializer.
        parameters: per parameter, the JSON Schema of its values, with a description.
        constraint: what must hold between parameters; returns a message where it does not.
        ranks: smallest and largest rank of a variable it can fill.
        scaling: of fan-based kinds, the equivalent arguments of VarianceScaling.
        distribution: the law of one element, given all parameters, or None where there is none.
        open: whether parameters that are not listed are passed on as they are.
    """

    name: str
    summary: str
    load: Callable[[str], Callable[..., Any]]
    class_name: str = ""
    registered_name: str = ""
    aliases: tuple[str, ...] = ()
    formula: str = ""
    reference: str = ""
    parameters: Mapping[str, JsonSchema] = field(default_factory=dict)
    constraint: Callable[[Params], str | None] | None = None
    ranks: tuple[int, int | None] = (0, None)
    half_types: bool = True
    scaling: Callable[[Params], Scaling] | None = None
    distribution: Callable[[Params], Distribution | None] | None = None
    open: bool = False

    @property
    def identifiers(self) -> tuple[str, ...]:
        """All names that find this kind, the canonical one first."""
        names = (self.name, self.class_name, *self.aliases)
        return tuple(dict.fromkeys(name for name in names if name))

    def build(self, generator: str, params: Params) -> Any:
        """A new initializer object.

        Raises:
            Exception: whatever importing or calling a user's own class raises.
        """
        return self.load(generator)(**params)

    def signature(self, generator: str) -> Mapping[str, Any]:
        """Parameter names of the class or callable, with its own defaults: nobody repeats them."""
        return _signature(self.load(generator))

    def complete(self, generator: str, params: Params) -> dict[str, Any]:
        """The parameters with the defaults of those left out."""
        given = self.signature(generator).items()
        defaults = {name: value for name, value in given if value is not inspect.Parameter.empty}
        return {**defaults, **params}

    def takes_seed(self, generator: str) -> bool:
        """Whether values depend on a seed."""
        return "seed" in (self.signature(generator) if self.open else self.parameters)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the parameters."""
        properties = {name: dict(schema) for name, schema in self.parameters.items()}
        return {"properties": properties, "additionalProperties": self.open}


@functools.lru_cache(maxsize=256)
def _signature(target: Callable[..., Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(target).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


class Registry(Mapping[str, Kind]):
    """Kinds by canonical name; `find` takes any identifier.

    Args:
        kinds: to hold.
        offered: gives more kinds; asked once, when a name is not found or all are listed.
    """

    def __init__(
        self, kinds: Iterable[Kind], offered: Callable[[], Iterable[Kind]] | None = None
    ) -> None:
        self._kinds: dict[str, Kind] = {}
        self._by_identifier: dict[str, Kind] = {}
        self._offered = offered
        for kind in kinds:
            self._add(kind)

    def _add(self, kind: Kind) -> None:
        for identifier in filter(None, (*kind.identifiers, kind.registered_name)):
            holder = self._by_identifier.get(identifier)
            if holder is not None:
                raise DeclinitError(
                    f"initializer {identifier!r} is registered already, as {holder.name!r}"
                )
            self._by_identifier[identifier] = kind
        self._kinds[kind.name] = kind

    def with_kinds(self, *kinds: Kind) -> Registry:
        """A larger registry; this one stays as it is.

        Raises:
            DeclinitError: if a name is taken.
        """
        return Registry([*self._kinds.values(), *kinds], self._offered)

    def _take_offered(self) -> None:
        offered, self._offered = self._offered, None
        for kind in offered() if offered else ():
            # A package that offers a name already taken must not make every spec unreadable.
            if not any(name in self._by_identifier for name in kind.identifiers):
                self._add(kind)

    def find(self, identifier: str) -> Kind | None:
        """The kind that answers to a name; any `Package>Name` is one of Keras' registered ones."""
        if identifier not in self._by_identifier:
            self._take_offered()
        found = self._by_identifier.get(identifier)
        if found is None and is_registered_name(identifier):
            return keras_registered(identifier)
        return found

    def identifiers(self) -> list[str]:
        """Every name that `find` knows by heart."""
        self._take_offered()
        return [identifier for kind in self.values() for identifier in kind.identifiers]

    def unknown(self, identifier: str) -> tuple[str, str | None]:
        """Message and hint for a name that finds nothing."""
        hint = did_you_mean(identifier, self.identifiers())
        return f"unknown initializer {identifier!r}", hint

    def __getitem__(self, name: str) -> Kind:
        self._take_offered()
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        self._take_offered()
        return iter(self._kinds)

    def __len__(self) -> int:
        self._take_offered()
        return len(self._kinds)


def is_registered_name(identifier: str) -> bool:
    """Whether a name has the form `Package>Name` of `register_keras_serializable`."""
    package, arrow, name = identifier.partition(">")
    return bool(package and arrow and name) and ">" not in name


def keras_registered(identifier: str) -> Kind:
    """A user's own class under its Keras name; which parameters it takes, only it knows."""

    def load(_generator: str) -> Callable[..., Any]:
        import keras

        found = keras.saving.get_registered_object(identifier)
        if found is None:
            names = filter(is_registered_name, keras.saving.get_custom_objects())
            hint = did_you_mean(identifier, names) or "import the module that registers it"
            raise LookupError(f"nothing is registered with Keras as {identifier!r}; {hint}")
        return found if inspect.isclass(found) else _itself(found)

    summary = "An object registered by `keras.saving.register_keras_serializable`."
    return Kind(name=identifier, summary=summary, load=load, open=True)


def _itself(function: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    return lambda: function


def imported(target: str, **others: str) -> Callable[[str], Callable[..., Any]]:
    """A loader of `"module:attribute"` targets, one for every generator that has its own."""

    def load(generator: str) -> Callable[..., Any]:
        module, _, attribute = others.get(generator, target).partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
        return found

    return load
