"""The JSON Schema of an `initializer:` entry, generated from the rows of the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declinit.kinds.registry import Kind, Registry, is_registered_name
from declinit.kinds.rows import BUILTIN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
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
    """The JSON Schema of an `initializer:` entry, made of the registry's rows."""
    kinds = list(registry.values())
    ours = [kind for kind in kinds if kind.registered_name]
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
                "then": {"allOf": [_serialized(kind, "registered_name") for kind in ours]},
                "else": {
                    "properties": {"class_name": {"$ref": "#/definitions/identifier"}},
                    "allOf": [_serialized(kind, "class_name") for kind in kinds],
                },
            },
            **{kind.name: _described(kind) for kind in kinds},
        },
    }


def _described(kind: Kind) -> dict[str, Any]:
    formula = f" {kind.formula}." if kind.formula else ""
    return {"description": f"{kind.summary}{formula}", **kind.schema()}


def flat_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of a flat mapping `{name: ..., **parameters}`."""
    named = {"name": {"description": f"{kind.summary} {kind.formula}".strip()}}
    schema = kind.schema()
    return {**schema, "properties": {**named, **schema["properties"]}}


def _serialized(kind: Kind, key: str) -> dict[str, Any]:
    config = {"properties": {"config": {"$ref": f"#/definitions/{kind.name}"}}}
    return _picked(kind, key, config)


def _picked(kind: Kind, key: str, then: dict[str, Any]) -> dict[str, Any]:
    names = [*filter(None, (*kind.identifiers, kind.registered_name))]
    return {"if": {"properties": {key: {"enum": names}}, "required": [key]}, "then": then}


def serialized_name(value: Mapping[str, Any]) -> Any:
    """The identifier in what `keras.initializers.serialize` gives."""
    registered = value.get("registered_name")
    if isinstance(registered, str) and is_registered_name(registered):
        return registered
    return value["class_name"]
