"""What a rule does to the variables that it decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from declinit.kinds.registry import Registry
from declinit.kinds.schema import serialized_name
from declinit.policy.loads import LoadConfig, TensorSource, is_tensor_source


@dataclass(frozen=True, slots=True)
class InitializerConfig:
    """An initializer as a spec writes it: the name of a kind, and the parameters given."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_value(cls, value: str | Mapping[str, Any], registry: Registry) -> InitializerConfig:
        """Normalize any of the three spellings; `value` has been checked before."""
        params: dict[str, Any] = {}
        if isinstance(value, str):
            name = value
        elif "class_name" in value and isinstance(
            value.get("config"), str
        ):  # how Keras serializes a plain function
            name = value["config"]
        elif "class_name" in value:
            name, params = serialized_name(value), dict(value.get("config") or {})
        else:
            name = value["name"]
            params = {key: given for key, given in value.items() if key != "name"}
        kind = registry.find(name)
        return cls(kind.name, kind.given(name, params)) if kind else cls(name, params)

    def __hash__(self) -> int:
        return hash((self.name, _hashable(self.params)))

    def to_value(self) -> str | dict[str, Any]:
        """The shortest spelling: a name, a flat mapping, or one that keeps parameters apart."""
        if {"name", "class_name"} & self.params.keys():
            return {"class_name": self.name, "config": dict(self.params)}
        return {"name": self.name, **self.params} if self.params else self.name

    def __str__(self) -> str:
        given = ", ".join(f"{key}={json.dumps(value)}" for key, value in self.params.items())
        return f"{self.name}({given})" if given else self.name


def _hashable(value: Any) -> Any:
    """Plain data as a value that can be hashed; equal data stays equal, numbers included."""
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(inner)) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(inner) for inner in value)
    return value


@dataclass(frozen=True, slots=True)
class PartFill:
    """An initializer for a named part of a variable, over the variable's own.

    Attributes:
        name: of the part, such as `forget`.
        at: per axis the first index and the one behind the last.
        initializer: of the part.
    """

    name: str
    at: tuple[tuple[int, int], ...]
    initializer: InitializerConfig

    @property
    def block(self) -> tuple[slice, ...]:
        """The part as one slice an axis."""
        return tuple(slice(*bounds) for bounds in self.at)

    def to_dict(self) -> dict[str, Any]:
        """The part as JSON-serializable data."""
        at = [list(bounds) for bounds in self.at]
        return {"name": self.name, "at": at, "initializer": self.initializer.to_value()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> PartFill:
        """The inverse of `to_dict`."""
        return cls(
            name=data["name"],
            at=tuple((start, stop) for start, stop in data["at"]),
            initializer=InitializerConfig.from_value(data["initializer"], registry),
        )


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the variable as it is."""

    origin: ClassVar[str] = "kept"
    takes_state: ClassVar[bool] = False

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        return {"keep": True}

    def __str__(self) -> str:
        return "keep"


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill the variable with an initializer, and parts of it with others."""

    origin: ClassVar[str] = "drawn"
    takes_state: ClassVar[bool] = False

    initializer: InitializerConfig
    parts: tuple[PartFill, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        parts = {"parts": [part.to_dict() for part in self.parts]} if self.parts else {}
        return {"initializer": self.initializer.to_value(), **parts}

    def __str__(self) -> str:
        return str(self.initializer)


@dataclass(frozen=True, slots=True)
class Load:
    """Give the variable the values of a stored tensor.

    Attributes:
        load: what a rule says of it; in a plan, the tensor of one variable.
        fallback: draws what cannot be loaded, and is what the layer's config names afterwards.
    """

    origin: ClassVar[str] = "loaded"
    takes_state: ClassVar[bool] = True

    load: LoadConfig | TensorSource
    fallback: Fill | None = None

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        fallback = self.fallback.get_config() if self.fallback else {}
        return {"load": self.load.get_config(), **fallback}

    def __str__(self) -> str:
        fallback = f", else {self.fallback}" if self.fallback and self.load.draws else ""
        return f"{self.load}{fallback}"


# Each says of itself what a rule writes (`get_config`), what people read (`str`), where values come
# from (`origin`), and whether a pattern that does not name state covers it (`takes_state`), so that
# plans and audits need not tell actions apart.
Action = Keep | Fill | Load


def action_of(config: Mapping[str, Any], registry: Registry) -> Action:
    """The action that the keys of a checked rule, or of a plan's entry, name.

    Args:
        config: the rule; other keys are passed over.
        registry: the kinds that initializers are looked up in.
    """
    fill = _fill_of(config, registry) if "initializer" in config else None
    if "load" not in config:
        return fill or Keep()
    load = config["load"]
    found = TensorSource if is_tensor_source(load) else LoadConfig
    return Load(found.from_config(load), fill)


def _fill_of(config: Mapping[str, Any], registry: Registry) -> Fill:
    parts = tuple(PartFill.from_dict(part, registry) for part in config.get("parts", ()))
    return Fill(InitializerConfig.from_value(config["initializer"], registry), parts)
