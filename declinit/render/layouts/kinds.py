"""Kinds of initializers: all of them, or one with its parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from declinit.kinds.numbers import FORMULA, with_formulas
from declinit.kinds.registry import Kind, Registry
from declinit.render.layout import Fact, Facts, Layout, Table, row

COLUMNS = ("name", "summary", "formula")

_SIGNS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<="}


def kinds_layout(registry: Registry) -> Layout:
    """All kinds, a line each."""
    rows = tuple(row(name, kind.summary, kind.formula) for name, kind in registry.items())
    return Layout(
        document=lambda: {
            "declinit_kinds": 1,
            "kinds": [_document(kind) for kind in registry.values()],
        },
        tables=(Table(columns=COLUMNS, rows=rows),),
    )


def kind_layout(kind: Kind) -> Layout:
    """One kind: every name, its formula and source, its parameters and their constraints."""
    about = Facts(subject=kind.name, about=f": {kind.summary}", facts=tuple(_facts(kind)))
    parameters = tuple(
        Fact(name, (_constraint(with_formulas(schema)), _about(schema)))
        for name, schema in kind.parameters.items()
    )
    beyond_summary = kind.documentation.partition("\n")[2].strip("\n")
    more = tuple(Fact("", (line,)) for line in beyond_summary.splitlines())
    tables: tuple[Facts, ...] = (about,)
    tables += (Facts(subject="documentation", facts=more),) if more else ()
    tables += (Facts(subject="parameters", facts=parameters),) if parameters else ()
    return Layout(document=lambda: {"declinit_kind": 1, **_document(kind)}, tables=tables)


def _document(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "identifiers": list(kind.identifiers),
        "summary": kind.summary,
        "formula": kind.formula,
        "reference": kind.reference,
        "parameters": {name: dict(schema) for name, schema in kind.parameters.items()},
    }


def _facts(kind: Kind) -> Iterator[Fact]:
    for label, text in (
        ("also", ", ".join(kind.identifiers[1:])),
        ("formula", kind.formula),
        ("source", kind.reference),
        ("rank", _ranks(*kind.ranks)),
    ):
        if text:
            yield Fact(label, (text,))


def _ranks(low: int, high: int | None) -> str:
    if (low, high) == (0, None):
        return ""
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


def _about(schema: Mapping[str, Any]) -> str:
    """What a parameter is for; of a user's own, its default, which no class of Keras' tells."""
    default = schema.get("default")
    given = "" if default is None else f"default {json.dumps(default)}"
    return str(schema.get("description", given))


def _constraint(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    types = schema.get("type") or schema.get("else", {}).get("type", "any value")
    bounds = [f"{sign} {schema[key]}" for key, sign in _SIGNS.items() if key in schema]
    listed = [types] if isinstance(types, str) else types
    if schema.get("format") == FORMULA:  # the only texts that it takes
        listed = ["formula" if one == "string" else one for one in listed]
    named = " or ".join(listed)
    return " ".join([named, *bounds])
