"""What a user's own class or function says of its parameters: JSON Schema from its signature."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from declinit.kinds.factories import VARIADIC, FromFunction
from declinit.kinds.kind import JsonSchema

_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    tuple: "array",
    Sequence: "array",
    dict: "object",
    Mapping: "object",
    types.NoneType: "null",
}


def parameters_of(factory: Callable[..., Any]) -> dict[str, JsonSchema]:
    """JSON Schema by name of what a class or function takes from a spec.

    Annotations give types and defaults give defaults; what an annotation says beyond the types of
    JSON is left to the class or function itself.
    """
    hints = _hints(factory)
    return {
        parameter.name: _described(hints.get(parameter.name), parameter.default)
        for parameter in _parameters(factory)
        if parameter.kind not in VARIADIC
    }


def required_of(factory: Callable[..., Any]) -> tuple[str, ...]:
    """Parameters without a default."""
    return tuple(
        parameter.name
        for parameter in _parameters(factory)
        if parameter.kind not in VARIADIC and parameter.default is parameter.empty
    )


def takes_any(factory: Callable[..., Any]) -> bool:
    """Whether a class or function takes keyword arguments that its signature does not name."""
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in _parameters(factory))


def _parameters(factory: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    make = factory if inspect.isclass(factory) else FromFunction("", factory)
    return list(inspect.signature(make).parameters.values())


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    owner = factory.__init__ if inspect.isclass(factory) else factory
    try:
        return typing.get_type_hints(owner)
    except Exception:  # names that only type checkers import, or a callable without annotations
        return {}


def _described(hint: Any, default: Any) -> JsonSchema:
    schema = _schema_of(hint)
    if default is inspect.Parameter.empty or not _is_json(default):
        return schema
    if default is None and "type" in schema:
        schema = {**schema, "type": _with_null(schema["type"])}
    return {**schema, "default": default}


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _with_null(kinds: str | list[str]) -> list[str]:
    listed = [kinds] if isinstance(kinds, str) else kinds
    return listed if "null" in listed else [*listed, "null"]


def _schema_of(hint: Any) -> JsonSchema:
    """The JSON Schema of an annotation; empty where JSON has no such type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        return _union_of([_schema_of(argument) for argument in arguments])
    kind = _TYPES.get(origin or hint) if _is_hashable(origin or hint) else None
    if kind is None:
        return {}
    items = (
        _schema_of(arguments[0]) if kind == "array" and origin is not tuple and arguments else {}
    )
    return {"type": kind, "items": items} if items else {"type": kind}


def _union_of(schemas: Sequence[JsonSchema]) -> JsonSchema:
    """One schema for a union of plain types, or of choices; empty for any other."""
    choices = [[None] if schema == {"type": "null"} else schema.get("enum") for schema in schemas]
    if all(choices):
        return {"enum": [value for choice in choices for value in choice or []]}
    if not all(isinstance(schema.get("type"), str) for schema in schemas):
        return {}
    kinds = [schema["type"] for schema in schemas]
    items = [{"items": schema["items"]} for schema in schemas if "items" in schema]
    return {"type": kinds, **(items[0] if len(items) == 1 else {})}


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
