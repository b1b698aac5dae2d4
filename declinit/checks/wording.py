"""What a JSON Schema validator found, in words for people, at the key or value at fault."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError

from declinit.documents import Node
from declinit.errors import Problem, did_you_mean


def schema_problems(
    validator: Any, node: Node, owner: str = "", base: str = ""
) -> Iterator[Problem]:
    """What a validator finds in a document, in words.

    Args:
        validator: of jsonschema.
        node: the document.
        owner: what the keys belong to, such as an initializer's name.
        base: how a message begins that no key of the document belongs to.
    """
    errors = list(validator.iter_errors(node.value))
    # A key that is misspelt is missing too, but that is one mistake.
    misspelt = {
        (tuple(error.absolute_path), did_you_mean(key, error.schema.get("properties", {})))
        for error in errors
        for key in _unknown_keys(error)
    }
    for error in errors:
        missing = f"did you mean {_required_key(error)!r}?"
        if (tuple(error.absolute_path), missing) not in misspelt:
            yield from _explained(error, node, owner, base)


def _unknown_keys(error: ValidationError) -> list[str]:
    if error.validator != "additionalProperties":
        return []
    schema: Any = error.schema
    value: Any = error.instance
    return [key for key in value if key not in schema.get("properties", {})]


def _required_key(error: ValidationError) -> str | None:
    return error.message.split("'")[1] if error.validator == "required" else None


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their places."""

    def position(problem: Problem) -> tuple[str, int, int]:
        place = problem.where
        return (place.source.name, place.line, place.column) if place else ("", 0, 0)

    return sorted(problems, key=position)


def _explained(error: ValidationError, node: Node, owner: str, base: str) -> Iterator[Problem]:
    """A validator's finding in words, at the key or value that is at fault."""
    path = list(error.absolute_path)
    where = node.place_of(path)
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        allowed = schema.get("properties", {})
        for key in _unknown_keys(error):
            yield _unknown_key(key, allowed, node.place_of([*path, key], key=True), owner)
    elif missing := _required_key(error):
        yield Problem(message=f"missing key {missing!r}", where=node.at(path).place)
    else:
        message, hint = _words(error, schema, error.instance)
        label = _label(path, owner) or base
        yield Problem(message=f"{label}{message}", hint=hint, where=where)


def _unknown_key(key: str, allowed: Iterable[str], where: Any, owner: str) -> Problem:
    names = sorted(allowed)
    hint = did_you_mean(key, names)
    if hint is None:
        hint = f"known keys: {', '.join(names)}" if names else "it takes no parameters"
    of = f" of {owner}" if owner else ""
    return Problem(message=f"unknown key {key!r}{of}", where=where, hint=hint)


def _label(path: list[str | int], owner: str) -> str:
    key = next((at for at in reversed(range(len(path))) if isinstance(path[at], str)), len(path))
    items = "".join(f"[{index}]" for index in path[key + 1 :])
    last = f"`{path[key]}{items}`" if key < len(path) else ""
    of = f" of {owner}" if owner and last else owner
    return f"{last}{of}: " if last or of else ""


_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}


def _words(error: ValidationError, schema: Any, value: Any) -> tuple[str, str | None]:
    bound: Any = error.validator_value
    received = f"received {shown(value)}"
    if "errorMessage" in schema and error.validator in {"not", "pattern"}:
        about = f", {received}" if error.validator == "pattern" else ""
        return f"{schema['errorMessage']}{about}", None
    match error.validator:
        case "type":
            types = [bound] if isinstance(bound, str) else bound
            return f"expected {_either(_TYPES[name] for name in types)}, {received}", None
        case "enum":
            hint = did_you_mean(value, [v for v in bound if v]) if isinstance(value, str) else None
            return f"expected one of {', '.join(shown(v) for v in bound)}; {received}", hint
        case "const":
            return f"expected {shown(bound)}, {received}", None
        case "minimum":
            return f"expected at least {bound}, {received}", None
        case "maximum":
            return f"expected at most {bound}, {received}", None
        case "exclusiveMinimum":
            return f"expected more than {bound}, {received}", None
        case "minItems" | "minLength" | "minProperties":
            return "must not be empty", None
    return f"{error.message}", None


def _either(words: Iterable[str]) -> str:
    *head, last = list(words)
    return f"{', '.join(head)} or {last}" if head else last


def shown(value: Any) -> str:
    """A value as a document spells it, shortened."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
