"""The JSON Schema of an `initializer:` entry, generated from the rows of the kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from declinit.kinds.keras_names import is_registered_name
from declinit.kinds.numbers import with_formulas
from declinit.kinds.registry import Kind, Registry
from declinit.kinds.rows import BUILTIN

# Of all drafts the one that editors support best, SchemaStore among them.
DIALECT = "http://json-schema.org/draft-07/schema#"
ADDRESS = "https://json.schemastore.org/declinit-"
"""How the `$id` of every published schema begins; its name and version follow."""

# Names of definitions; those that are generated are told by the colon.
ENTRY = "initializer"
NAME, MAPPING, FLAT = "initializer:name", "initializer:mapping", "initializer:flat"
WRITTEN_BY_KERAS = "initializer:serialized"
KIND = "kind:"  # before the name of a kind


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
    definitions = initializer_definitions(registry)
    return {
        "$schema": DIALECT,
        "$id": f"{ADDRESS}initializers-1.json",
        "$comment": "Generated from declinit/kinds/rows.py; run `make schemas` to write it again.",
        "title": "declinit initializer",
        **definitions.pop(ENTRY),
        "definitions": definitions,
    }


def is_generated(definition: str) -> bool:
    """Whether a definition of a schema is one of initializers, by its name."""
    return definition == ENTRY or ":" in definition


def initializer_definitions(registry: Registry) -> dict[str, Any]:
    """What a schema has among its definitions to refer to `#/definitions/initializer`.

    An editor offers what stands as a constant and shows its description, so each kind is one under
    its canonical name, and every other name a pattern.

    Args:
        registry: the kinds that are accepted.
    """
    kinds = list(registry.values())
    registered = [kind for kind in kinds if kind.registered_names]
    names = [*map(_offered, kinds), _other_names(registry)]
    return {
        ENTRY: {
            "description": "An identifier, a mapping with `name` and parameters, or what "
            "keras.initializers.serialize gives.",
            "anyOf": [*names, {"$ref": f"#/definitions/{MAPPING}"}],
        },
        NAME: {"description": "Which initializer.", "anyOf": names},
        MAPPING: {
            "type": "object",
            "if": {"required": ["class_name"]},
            "then": {"$ref": f"#/definitions/{WRITTEN_BY_KERAS}"},
            "else": {"$ref": f"#/definitions/{FLAT}"},
        },
        FLAT: {
            "title": "initializer with parameters",
            "required": ["name"],
            "properties": {"name": {"$ref": f"#/definitions/{NAME}"}},
            "allOf": [_picked(kind, "name", flat_schema(kind)) for kind in kinds],
        },
        WRITTEN_BY_KERAS: {
            **SERIALIZED,
            "if": {
                "properties": {"registered_name": {"type": "string", "pattern": REGISTERED_NAME}},
                "required": ["registered_name"],
            },
            "then": {"allOf": [_serialized(kind, "registered_name") for kind in registered]},
            "else": {
                "properties": {"class_name": {"$ref": f"#/definitions/{NAME}"}},
                "allOf": [_serialized(kind, "class_name") for kind in kinds],
            },
        },
        **{f"{KIND}{kind.name}": _described(kind) for kind in kinds},
    }


def _offered(kind: Kind) -> dict[str, Any]:
    """A kind as a value that an editor offers, with what it shows of it."""
    return {"const": kind.name, "description": _about(kind)}


def _other_names(registry: Registry) -> dict[str, Any]:
    """Every name but the canonical ones; editors do not offer what a pattern allows."""
    others = [name for kind in registry.values() for name in kind.identifiers[1:]]
    return {
        "description": "Another name of one of them, or Package>Name of your own.",
        "type": "string",
        "pattern": f"{_any_of(others)}|{REGISTERED_NAME}",
    }


def _any_of(names: Iterable[str]) -> str:
    """A pattern that names match, in the regular expressions of every language."""
    escaped = (re.sub(r"[][\\^$.|?*+(){}/]", r"\\\g<0>", name) for name in names)
    return f"^(?:{'|'.join(escaped)})$"


def _about(kind: Kind) -> str:
    formula = f" {kind.formula}." if kind.formula else ""
    reference = f" {kind.reference}" if kind.reference else ""
    return f"{kind.summary}{formula}{reference}"


def _described(kind: Kind) -> dict[str, Any]:
    return {"description": _about(kind), **policy_schema(kind)}


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
    # Editors would offer, and list, the values of an `enum`.
    named = {"type": "string", "pattern": _any_of([*kind.identifiers, *kind.registered_names])}
    return {"if": {"properties": {key: named}, "required": [key]}, "then": then}


def _as_pointer(key: str) -> str:
    """A key as a step of a JSON pointer inside a URI."""
    return quote(key.replace("~", "~0").replace("/", "~1"), safe=":")


def serialized_name(value: Mapping[str, Any]) -> Any:
    """The identifier in what `keras.initializers.serialize` gives."""
    registered = value.get("registered_name")
    if isinstance(registered, str) and is_registered_name(registered):
        return registered
    return value["class_name"]
