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
        # Keras writes what was not given as null; leaving it out says the same.
        nulls = {"seed", "input_axes", "output_axes", "split"}
        params = {k: v for k, v in params.items() if v is not None or k not in nulls}
        return cls(kind.name if kind else name, params)

    def to_value(self) -> str | dict[str, Any]:
        """The shortest spelling: a name, a flat mapping, or one that keeps parameters apart."""
        if {"name", "class_name"} & self.params.keys():
            return {"class_name": self.name, "config": dict(self.params)}
        return {"name": self.name, **self.params} if self.params else self.name

    def __str__(self) -> str:
        given = ", ".join(f"{key}={json.dumps(value)}" for key, value in self.params.items())
        return f"{self.name}({given})" if given else self.name
