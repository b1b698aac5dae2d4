"""What a rule does to the variables that it decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.kinds.registry import Registry
from declinit.kinds.schema import serialized_name


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
