"""The registry's initializers as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from declinit.kinds.registry import Kind, Registry
from declinit.render.style import Style

_WORDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
}


def kinds_text(registry: Registry, style: Style) -> str:
    """All kinds, a line each."""
    rows = [[name, kind.summary, kind.formula] for name, kind in registry.items()]
    return "\n".join(style.table(rows)) + "\n"


def kind_text(kind: Kind, style: Style) -> str:
    """One kind: every name, its formula and source, its parameters and their constraints."""
    return "\n".join(_lines(kind, style)) + "\n"


def _lines(kind: Kind, style: Style) -> Iterator[str]:
    yield style.paint("bold", kind.name) + f": {kind.summary}"
    if kind.identifiers[1:]:
        yield f"  also      {', '.join(kind.identifiers[1:])}"
    if kind.formula:
        yield f"  formula   {kind.formula}"
    if kind.reference:
        yield f"  source    {kind.reference}"
    low, high = kind.ranks
    if (low, high) != (0, None):
        yield f"  rank      {low}" + (" or more" if high is None else "")
    for line in kind.documentation.splitlines()[1:]:
        yield f"  {line}".rstrip()
    rows = [
        [f"  {name}", _constraint(schema), _about(schema)]
        for name, schema in kind.parameters.items()
    ]
    if rows:
        yield "parameters"
        yield from style.table(rows)


def _about(schema: Mapping[str, Any]) -> str:
    """What a parameter is for; of a user's own, its default, which no class of Keras' tells."""
    default = schema.get("default")
    given = "" if default is None else f"default {json.dumps(default)}"
    return str(schema.get("description", given))


def _constraint(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    types = schema.get("type") or schema.get("else", {}).get("type", "any value")
    bounds = [f"{sign} {schema[key]}" for key, sign in _WORDS.items() if key in schema]
    named = types if isinstance(types, str) else " or ".join(types)
    return " ".join([named, *bounds])
