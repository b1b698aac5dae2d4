"""Where an initializer takes numbers, and a policy may therefore write formulas.

A string is a formula exactly where the schema of a parameter takes a number; in the list that a
parameter takes in place of a number (`constant`), each item is one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from declinit.kinds.kind import JsonSchema, Kind, Params

Keys = tuple[str | int, ...]

FORMULA = "formula"
A_FORMULA = "Text is a formula, such as 1 / sqrt(fan_in)."


def takes_number(schema: JsonSchema) -> bool:
    """Whether a parameter is a number."""
    return bool({"number", "integer"} & set(_types(schema)))


def takes_whole_number(schema: JsonSchema) -> bool:
    """Whether a parameter is a number that must be whole."""
    return takes_number(schema) and "number" not in _types(schema)


def with_formulas(schema: JsonSchema) -> dict[str, Any]:
    """The schema of a parameter as a policy may write it."""
    if not takes_number(schema) or "string" in _types(schema):
        return dict(schema)
    changed = {**schema, "type": [*_types(schema), "string"], "format": FORMULA}
    if "description" in schema:
        changed["description"] = f"{schema['description']} {A_FORMULA}"
    return changed | ({"items": with_formulas(schema["items"])} if "items" in schema else {})


def may_hold_formulas(initializer: Any) -> bool:
    """Whether an initializer, as a policy writes it, has more than a name and numbers."""
    return isinstance(initializer, dict) and any(
        isinstance(value, str | list | dict) for key, value in initializer.items() if key != "name"
    )


def formulas_in(kind: Kind, params: Params) -> dict[Keys, str]:
    """The texts that are formulas, by the keys that lead to them."""
    return {
        keys: text
        for name, value in params.items()
        for keys, text in _texts(kind.parameters.get(name, {}), value, (name,))
    }


def _texts(schema: JsonSchema, value: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    if not takes_number(schema) or "string" in _types(schema):
        return
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(schema.get("items", {}), item, (*keys, index))


def with_numbers(params: Params, numbers: Mapping[Keys, float]) -> dict[str, Any]:
    """The parameters with a number in place of each formula."""
    return {name: _replaced(value, (name,), numbers) for name, value in params.items()}


def _replaced(value: Any, keys: Keys, numbers: Mapping[Keys, float]) -> Any:
    if isinstance(value, list):
        return [_replaced(item, (*keys, index), numbers) for index, item in enumerate(value)]
    return numbers.get(keys, value)


def schema_at(kind: Kind, keys: Keys) -> JsonSchema:
    """The schema of the number under some keys."""
    schema = kind.parameters[str(keys[0])]
    for _ in keys[1:]:
        schema = schema["items"]
    return schema


def _types(schema: JsonSchema) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)
