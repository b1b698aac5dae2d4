"""The JSON Schema of an `initializer:` entry, generated from the rows of the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from declinit.kinds.keras_names import is_registered_name
from declinit.kinds.numbers import with_formulas
from declinit.kinds.registry import Kind, Registry
from declinit.kinds.rows import BUILTIN

DIALECT = "https://json-schema.org/draft/2020-12/schema"


# Before the name of a kind among the definitions: users may call a kind "flat".
KIND = "kind:"


REGISTERED_NAME = "^[^>]+>[^>]+$"
SERIALIZED: dict[str, Any] = {
    "required": ["class_name"],
    "properties": {
        "class_name": {"type": "string"},
        "config": {"type": ["object", "null"]},
        "module": {"type": ["string", "null"]},
        "registered_name": {"type": ["string", "null"]},
    },
    "additionalProperties": False,
}


def initializers_schema(registry: Registry = BUILTIN) -> dict[str, Any]:
    """The JSON Schema of an `initializer:` entry.

    Args:
        registry: the kinds that it accepts. The published schema holds the built-in ones; that of
            `declinit.kinds.extensions.current_registry()` accepts users' own too.
    """
    kinds = list(registry.values())
    registered = [kind for kind in kinds if kind.registered_names]
    return {
        "$schema": DIALECT,
        "$comment": "Generated from declinit/kinds/rows.py; run `make schemas` to write it again.",
        "title": "declinit initializer",
        "description": "An identifier, a mapping with `name` and parameters, or what "
        "keras.initializers.serialize gives.",
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"$ref": "#/definitions/identifier"},
        "else": {
            "if": {"required": ["class_name"]},
            "then": {"$ref": "#/definitions/serialized"},
            "else": {"$ref": "#/definitions/flat"},
        },
        "definitions": {
            "identifier": {
                "type": "string",
                "anyOf": [{"enum": registry.identifiers()}, {"pattern": REGISTERED_NAME}],
            },
            "flat": {
                "required": ["name"],
                "properties": {"name": {"$ref": "#/definitions/identifier"}},
                "allOf": [_picked(kind, "name", flat_schema(kind)) for kind in kinds],
            },
            "serialized": {
                **SERIALIZED,
                "if": {
                    "properties": {
                        "registered_name": {"type": "string", "pattern": REGISTERED_NAME}
                    },
                    "required": ["registered_name"],
                },
                "then": {"allOf": [_serialized(kind, "registered_name") for kind in registered]},
                "else": {
                    "properties": {"class_name": {"$ref": "#/definitions/identifier"}},
                    "allOf": [_serialized(kind, "class_name") for kind in kinds],
                },
            },
            **{f"{KIND}{kind.name}": _described(kind) for kind in kinds},
        },
    }


def _described(kind: Kind) -> dict[str, Any]:
    formula = f" {kind.formula}." if kind.formula else ""
    return {"description": f"{kind.summary}{formula}", **policy_schema(kind)}


def flat_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of a flat mapping `{name: ..., **parameters}`."""
    named = {"name": {"description": f"{kind.summary} {kind.formula}".strip()}}
    schema = policy_schema(kind)
    return {**schema, "properties": {**named, **schema["properties"]}}


def policy_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of a kind's parameters as a policy may write them: formulas for numbers."""
    schema = kind.schema()
    written = {name: with_formulas(one) for name, one in schema["properties"].items()}
    return {**schema, "properties": written}


def _serialized(kind: Kind, key: str) -> dict[str, Any]:
    config = {"properties": {"config": {"$ref": f"#/definitions/{_as_pointer(KIND + kind.name)}"}}}
    return _picked(kind, key, config)


def _picked(kind: Kind, key: str, then: dict[str, Any]) -> dict[str, Any]:
    names = [*kind.identifiers, *kind.registered_names]
    return {"if": {"properties": {key: {"enum": names}}, "required": [key]}, "then": then}


def _as_pointer(key: str) -> str:
    """A key as a step of a JSON pointer inside a URI."""
    return quote(key.replace("~", "~0").replace("/", "~1"), safe=":")


def serialized_name(value: Mapping[str, Any]) -> Any:
    """The identifier in what `keras.initializers.serialize` gives."""
    registered = value.get("registered_name")
    if isinstance(registered, str) and is_registered_name(registered):
        return registered
    return value["class_name"]
