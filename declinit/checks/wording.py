"""What a JSON Schema validator found, in words for people, at the key or value at fault.

Messages are made from the validator's data: which keyword failed, its value in the schema, and the
value in the document. Its English is passed on only for keywords that none of our schemas uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from declinit.checks.validators import Validator, Violation
from declinit.documents import Node
from declinit.errors import MOST_COUNTED, Place, Problem, did_you_mean
from declinit.kinds.numbers import FORMULA

MOST_ERRORS = 10 * MOST_COUNTED
"""Of a validator, which repeats itself: more than can come to more faults than are counted."""


def schema_problems(
    validator: Validator, node: Node, owner: str = "", base: str = ""
) -> Iterator[Problem]:
    """What a validator finds in a document, in words.

    Args:
        validator: of the document's schema.
        node: the document.
        owner: what the keys belong to, such as an initializer's name.
        base: how a message begins if the fault is in no key of the document.
    """
    found = _each_once(islice(validator.violations(node.value), MOST_ERRORS))
    # A key that is misspelt is missing too, but that is one mistake.
    misspelt = {
        (violation.path, did_you_mean(key, _known_keys(violation)))
        for violation in found
        for key in _unknown_keys(violation)
    }
    for violation in found:
        path = violation.path
        for key in _unknown_keys(violation):
            where = node.place_of([*path, key], key=True)
            yield unknown_key(key, _known_keys(violation), where, owner)
        for key in _missing_keys(violation):
            if (path, f"did you mean {key!r}?") not in misspelt:
                yield Problem("DI202", f"missing key {key!r}", where=node.place_of(path))
        if violation.keyword not in {"additionalProperties", "required"}:
            where = node.place_of(path)
            yield _labelled(_wrong_value(violation), path, owner, base, where)


def _each_once(violations: Iterable[Violation]) -> list[Violation]:
    """Without repetition: a validator gives one for each missing key, all of them alike."""
    found: dict[Any, Violation] = {}
    for violation in violations:
        # Names of keys are refused one by one at the mapping that holds them.
        key = violation.value if isinstance(violation.value, str) else None
        found.setdefault((violation.path, violation.place, key), violation)
    return list(found.values())


def _known_keys(violation: Violation) -> Iterable[str]:
    known: dict[str, Any] = violation.schema.get("properties", {})
    return known


def _unknown_keys(violation: Violation) -> list[str]:
    if violation.keyword != "additionalProperties":
        return []
    known = _known_keys(violation)
    return list(islice((key for key in violation.value if key not in known), MOST_COUNTED + 1))


def _missing_keys(violation: Violation) -> list[str]:
    if violation.keyword != "required":
        return []
    return [key for key in violation.bound if key not in violation.value]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their places."""

    def position(problem: Problem) -> tuple[str, int, int]:
        place = problem.where
        return (place.source.name, place.line, place.column) if place else ("", 0, 0)

    return sorted(problems, key=position)


def unknown_key(key: str, allowed: Iterable[str], where: Place, owner: str = "") -> Problem:
    """The fault of a key that nothing reads.

    Args:
        key: the key.
        allowed: the keys that are allowed there.
        where: the place of the key.
        owner: what the key belongs to, such as an initializer's name.
    """
    names = sorted(allowed)
    hint = did_you_mean(key, names)
    if hint is None:
        hint = f"known keys: {', '.join(names)}" if names else "it takes no parameters"
    of = f" of {owner}" if owner else ""
    return Problem("DI201", f"unknown key {key!r}{of}", where=where, hint=hint)


def _labelled(
    problem: Problem, path: Sequence[str | int], owner: str, base: str, where: Place
) -> Problem:
    """The problem at its place, after the name of the key, which a path of keys already gives."""
    label = "" if where.path else _label(path, owner) or base
    return replace(problem, message=f"{label}{problem.message}", where=where)


def _label(path: Sequence[str | int], owner: str) -> str:
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


def _wrong_value(violation: Violation) -> Problem:
    """A value that its schema refuses, by the keyword that refuses it."""
    schema, bound, value = violation.schema, violation.bound, violation.value
    received = f"received {shown(value)}"
    match violation.keyword:
        case "type":
            types = [bound] if isinstance(bound, str) else bound
            # The only text that a number's schema takes is a formula.
            names = {**_TYPES, "string": "a formula"} if schema.get("format") == FORMULA else _TYPES
            expected = _either(names[name] for name in types)
            return Problem("DI203", f"expected {expected}, {received}")
        case "enum":
            hint = did_you_mean(value, [v for v in bound if v]) if isinstance(value, str) else None
            expected = ", ".join(shown(v) for v in bound)
            return Problem("DI204", f"expected one of {expected}; {received}", hint=hint)
        case "const":
            return Problem("DI204", f"expected {shown(bound)}, {received}")
        case "minimum":
            return Problem("DI205", f"expected at least {bound}, {received}")
        case "maximum":
            return Problem("DI205", f"expected at most {bound}, {received}")
        case "exclusiveMinimum":
            return Problem("DI205", f"expected more than {bound}, {received}")
        case "exclusiveMaximum":
            return Problem("DI205", f"expected less than {bound}, {received}")
        case "minItems" | "minLength" | "minProperties" if not value:
            return Problem("DI206", "must not be empty")
        case "minItems" | "minLength" | "minProperties":
            return Problem("DI205", f"expected a length of at least {bound}, {received}")
        case "maxItems" | "maxLength" | "maxProperties":
            return Problem("DI205", f"expected a length of at most {bound}, {received}")
        case "pattern":
            expected = schema.get("errorMessage", f"expected text of the form {bound}")
            return Problem("DI207", f"{expected}, {received}")
        case "not" if "errorMessage" in schema:
            return Problem("DI208", schema["errorMessage"])
    return Problem("DI207", violation.message)


def _either(words: Iterable[str]) -> str:
    *head, last = list(words)
    return f"{', '.join(head)} or {last}" if head else last


def shown(value: Any) -> str:
    """A value as a document spells it, shortened."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
