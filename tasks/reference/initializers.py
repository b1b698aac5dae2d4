"""Every kind of initializer: its formula, its paper, its parameters and its other names."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from declinit.kinds.implementations import KERAS, PORTABLE
from declinit.kinds.kind import Kind
from declinit.kinds.rows import ROWS
from tasks.reference.markdown import code, prose, section, table
from tasks.reference.spec_keys import type_words


def initializers_reference() -> str:
    """The kinds in the order of their table."""
    return "\n".join(map(kind_section, ROWS))


def kind_section(kind: Kind) -> str:
    """One kind."""
    return section(2, code(kind.name), prose(kind.summary) + "\n", _facts(kind), _parameters(kind))


def _facts(kind: Kind) -> str:
    facts = {
        "Values": code(kind.formula),
        "Paper": prose(kind.reference),
        "Other names": ", ".join(map(code, kind.identifiers[1:])),
        "Ranks": _ranks(kind),
        "Generators": ", ".join(
            code(one) for one in (PORTABLE, KERAS) if one in kind.implementations
        ),
    }
    return "".join(f"- **{name}**: {text}\n" for name, text in facts.items() if text)


def _ranks(kind: Kind) -> str:
    least, most = kind.ranks
    if most is None:
        return f"{least} or more" if least else ""
    return str(least) if least == most else f"{least} to {most}"


def _parameters(kind: Kind) -> str:
    if not kind.parameters:
        return ""
    defaults = kind.signature(PORTABLE)
    rows = [_row(name, schema, defaults) for name, schema in kind.parameters.items()]
    return table(["parameter", "type", "default", "description"], rows)


def _row(name: str, schema: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    default = defaults.get(name, inspect.Parameter.empty)
    shown = "required" if default is inspect.Parameter.empty else code(_yaml(default))
    return [code(name), type_words(schema), shown, prose(schema["description"])]


def _yaml(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
