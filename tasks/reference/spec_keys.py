"""Every key of a spec, as its schema describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from declinit.checks.files import SPEC, schema
from tasks.reference.markdown import block, code, prose, section
from tasks.reference.spec_examples import EXAMPLES

JsonSchema = Mapping[str, Any]

# Mappings that have keys of their own: how they are called here, and where the schema has them.
MAPPINGS = {
    "": ("Of the whole file", ()),
    "strict": ("Of `strict`", ("properties", "strict")),
    "moved": ("Of an entry of `moved`", ("properties", "moved", "items")),
    "rules": ("Of a rule", ("definitions", "rule")),
    "rules.expect": ("Of `expect`", ("definitions", "rule", "properties", "expect")),
    "rules.parts": ("Of an entry of `parts`", ("definitions", "part")),
    "rules.load": ("Of `load`", ("definitions", "load")),
    "rules.copy_of": ("Of `copy_of`", ("definitions", "copy_of")),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping.

    Attributes:
        path: the keys that lead to it, joined by dots.
        schema: of its value.
        required: whether the mapping must have it.
    """

    path: str
    schema: JsonSchema
    required: bool

    @property
    def name(self) -> str:
        """The key itself."""
        return self.path.rpartition(".")[2]


def keys_of(mapping: str) -> Iterator[Key]:
    """The keys of one of the mappings, in the order of the schema."""
    found: Any = schema(SPEC)
    for step in MAPPINGS[mapping][1]:
        found = found[step]
    for name, value in found["properties"].items():
        path = f"{mapping}.{name}" if mapping else name
        yield Key(path, _resolved(value), name in found.get("required", ()))


def _resolved(value: JsonSchema) -> JsonSchema:
    reference = value.get("$ref")
    if reference is None:
        return value
    definition: JsonSchema = schema(SPEC)["definitions"][reference.rpartition("/")[2]]
    return definition


def spec_reference() -> str:
    """All keys, mapping by mapping."""
    return "\n".join(
        section(2, title, *map(key_section, keys_of(mapping)))
        for mapping, (title, _) in MAPPINGS.items()
    )


def key_section(key: Key) -> str:
    """One key."""
    facts = {"Type": type_words(key.schema), "Default": _default(key)}
    lines = "".join(f"- **{name}**: {text}\n" for name, text in facts.items() if text)
    described = prose(key.schema.get("description", "")) + "\n"
    return section(3, code(key.name), described, lines, block("yaml", EXAMPLES[key.path]))


def _default(key: Key) -> str:
    if key.required:
        return "none; the key is required"
    if "default" in key.schema:
        default = key.schema["default"]
        return code(default if isinstance(default, str) else json.dumps(default))
    return ""


def type_words(value: JsonSchema) -> str:
    """What a schema accepts, in words."""
    if "const" in value:
        return code(json.dumps(value["const"]))
    if "enum" in value:
        return " or ".join(
            code(one) if isinstance(one, str) else code("null") for one in value["enum"]
        )
    if "type" not in value:
        return "integer or `null`" if "else" in value else "name or mapping"
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    return " or ".join(_type_word(kind, value) for kind in kinds)


def _type_word(kind: str, value: JsonSchema) -> str:
    if kind == "array":
        items = _resolved(value.get("items", {}))
        held = "string" if "enum" in items else str(items.get("type"))
        return f"list of {_PLURALS.get(held, 'numbers')}"
    return _WORDS.get(kind, kind) + (_bounds(value) if kind in ("number", "integer") else "")


_WORDS = {"string": "text", "object": "mapping", "boolean": "`true` or `false`", "null": "`null`"}
_PLURALS = {"string": "texts", "integer": "integers", "object": "mappings"}


def _bounds(value: JsonSchema) -> str:
    if "exclusiveMinimum" in value:
        return f" (above {value['exclusiveMinimum']:g})"
    return f" ({value['minimum']:g} or more)" if "minimum" in value else ""
