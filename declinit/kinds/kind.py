"""One kind of initializer: its names, its parameters, and what makes it under each generator.

Nothing here imports Keras: a kind names its classes and imports them when one is built.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.errors import DeclinitError, Problem
from declinit.kinds.distributions import Distribution
from declinit.kinds.implementations import (
    KERAS,
    PORTABLE,
    Implementations,
    load,
    registered_name_of,
)
from declinit.kinds.scaling import Scaling

Params = Mapping[str, Any]


Shape = tuple[int, ...]


JsonSchema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A class of its own for some values of a kind's parameters.

    A saved model must load where declinit is not installed, and Keras takes its own class of the
    same name there. What that class has no parameter for is therefore said by another class.

    Attributes:
        chosen_by: whether parameters of the kind ask for this class.
        beyond: parameters that the kind's own class lacks, with the values that it stands for.
        implied: parameters that this class does not receive, since its name says them.
        implementations: by generator, as in `Kind`.
    """

    chosen_by: Callable[[Params], bool]
    beyond: Params
    implied: Params = field(default_factory=dict)
    implementations: Implementations

    @property
    def registered_names(self) -> tuple[str, ...]:
        """`Package>Name` of its classes in a serialized Keras config."""
        names = map(registered_name_of, self.implementations.values())
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of initializer: its names, its parameters and their constraints, how to build it.

    Args:
        name: the canonical identifier, such as `"he_normal"`.
        summary: one line.
        implementations: by generator, the class that makes the initializer as
            `"module:attribute"`, or a `Loader` of it; a generator that is left out has none.
        class_name: the name of Keras' class in a serialized config.
        aliases: every other identifier that means the same.
        formula: what the values are.
        reference: where the formula comes from.
        documentation: the docstring of a user's own.
        parameters: per parameter, the JSON Schema of its values, with a description. A
            `default` of null says that null means "not given".
        required: parameters that have no default.
        constraint: what must hold between parameters; returns a message where it does not.
        ranks: smallest and largest rank of a variable it can fill.
        half_types: whether Keras' own implementation fills float16 and bfloat16.
        scaling: of fan-based kinds, the equivalent arguments of VarianceScaling.
        distribution: of one element, given all parameters and the variable's shape, or None
            where there is none.
        misfit: why a variable of a shape cannot be filled, given all parameters and the shape,
            or None where it can. It is asked about ranks that suit the kind.
        variants: classes of their own for some values of the parameters.
        open: whether parameters that are not listed are passed on as they are.
        fault: why the kind cannot be imported, if that is known already.
    """

    name: str
    summary: str
    implementations: Implementations
    class_name: str = ""
    aliases: tuple[str, ...] = ()
    formula: str = ""
    reference: str = ""
    documentation: str = ""
    parameters: Mapping[str, JsonSchema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    constraint: Callable[[Params], str | None] | None = None
    ranks: tuple[int, int | None] = (0, None)
    half_types: bool = True
    scaling: Callable[[Params], Scaling] | None = None
    distribution: Callable[[Params, Shape], Distribution | None] | None = None
    misfit: Callable[[Params, Shape], str | None] | None = None
    variants: tuple[Variant, ...] = ()
    open: bool = False
    fault: str = ""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The names that a spec may use, the canonical one first."""
        names = (self.name, self.class_name, *self.aliases)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def registered_names(self) -> tuple[str, ...]:
        """`Package>Name` of its classes in a serialized Keras config, those of variants last."""
        names = [registered_name_of(target) for target in self.implementations.values()]
        names += [name for variant in self.variants for name in variant.registered_names]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def null_means_absent(self) -> frozenset[str]:
        """Parameters of which null says that they were not given.

        Keras writes a seed or axes that it was not given as null. Of an open kind nothing but the
        seed is known.
        """
        absent = {name for name, schema in self.parameters.items() if _defaults_to_null(schema)}
        return frozenset(absent | {"seed"} if self.open else absent)

    def given(self, identifier: str, params: Params) -> dict[str, Any]:
        """The parameters that a config gives, in the spelling of the kind itself.

        Args:
            identifier: the name that the config goes by, any that finds the kind.
            params: what the config says.

        Returns:
            The parameters without the nulls that say "not given", and with what the class of a
            variant says by its name.
        """
        absent = self.null_means_absent
        kept = {
            key: value for key, value in params.items() if value is not None or key not in absent
        }
        for variant in self.variants:
            if identifier in variant.registered_names:
                kept |= variant.implied
        return kept

    def build(self, generator: str, params: Params) -> Any:
        """A new initializer object.

        Raises:
            DeclinitError: if there is no implementation for the generator.
            ValueError: if the parameters ask for a variant that there is not.
            Exception: whatever importing or calling a user's own class raises.
        """
        variant = next((one for one in self.variants if one.chosen_by(params)), None)
        if variant is None:
            params = self._without_beyond(params)
        else:
            params = {key: value for key, value in params.items() if key not in variant.implied}
        return self._load(generator, variant, params)(**params)

    def _without_beyond(self, params: Params) -> Params:
        """The parameters that the kind's own class takes."""
        beyond = {key: value for one in self.variants for key, value in one.beyond.items()}
        for key, stands_for in beyond.items():
            if params.get(key, stands_for) != stands_for:
                raise ValueError(f"{self.name} has no {key}={params[key]!r}")
        return {key: value for key, value in params.items() if key not in beyond}

    def load(self, generator: str) -> Callable[..., Any]:
        """The class or callable that makes initializers under a generator.

        Raises:
            DeclinitError: if there is none.
        """
        return self._load(generator, None)

    def _load(
        self, generator: str, variant: Variant | None, params: Params | None = None
    ) -> Callable[..., Any]:
        implementations = (variant or self).implementations
        if generator not in implementations:
            chosen = {**variant.implied, **(params or {})} if variant else {}
            beyond = {key: chosen[key] for key in variant.beyond} if variant else {}
            raise DeclinitError(_unimplemented(self.name, generator, beyond))
        return load(implementations[generator])

    def signature(self, generator: str) -> Mapping[str, Any]:
        """Parameter names of the class or callable, with its own defaults: nobody repeats them.

        Raises:
            DeclinitError: if there is no implementation for the generator.
        """
        beyond = {
            key: value
            for variant in self.variants
            if generator in variant.implementations
            for key, value in variant.beyond.items()
        }
        return {**signature_of(self.load(generator)), **beyond}

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
        required = {"required": list(self.required)} if self.required else {}
        return {"properties": properties, **required, "additionalProperties": self.open}


def _defaults_to_null(schema: JsonSchema) -> bool:
    return "default" in schema and schema["default"] is None


def _unimplemented(name: str, generator: str, beyond: Params) -> Problem:
    given = ", ".join(f"{key}={value!r}" for key, value in beyond.items())
    what = f"{name}({given})" if given else name
    if generator == KERAS:
        hint = f"use `generator: {PORTABLE}`"
        return Problem("DI312", f"Keras has no initializer {what}", hint=hint)
    hint = f"use `generator: {KERAS}`"
    return Problem("DI312", f"there is no {generator} initializer {what}", hint=hint)


def signature_of(target: Callable[..., Any]) -> Mapping[str, Any]:
    """Parameter names of a class or callable, with their defaults."""
    return _class_signature(target) if isinstance(target, type) else _inspected(target)


def _inspected(target: Callable[..., Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(target).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


@functools.lru_cache(maxsize=256)
def _class_signature(target: Hashable) -> Mapping[str, Any]:
    """Remembered, since plans look signatures up for every rule."""
    return _inspected(target)  # type: ignore[arg-type]
