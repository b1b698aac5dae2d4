"""Checking documents: the published JSON Schemas, joined with what the registry knows.

The published schemas are for editors and other tools. Here the same files check the shape of a
document, and each initializer is then checked against its own kind only, found by its name: that
is faster than a long chain of `if`s and gives one error per mistake. A test holds the two equal.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from declinit.checks.files import SPEC, schema
from declinit.checks.initializers import check_initializer
from declinit.checks.validators import Validator
from declinit.checks.wording import in_order, schema_problems
from declinit.documents import Node
from declinit.errors import Problem, bounded
from declinit.kinds.registry import Registry
from declinit.kinds.schema import ENTRY


@functools.cache
def _shape_validator(name: str) -> Validator:
    """A validator of the published file; that of specs accepts anything as an initializer."""
    if name != SPEC:
        return Validator(schema(name))
    return Validator({**schema(SPEC), "definitions": _definitions()})


def _definitions() -> dict[str, Any]:
    return {**schema(SPEC)["definitions"], ENTRY: {}}


def check_shape(node: Node, name: str) -> list[Problem]:
    """The faults of a document against a published schema, in the order of their places.

    No more of them than are counted.

    Args:
        node: the document.
        name: one of `NAMES`.
    """
    return in_order(bounded(schema_problems(_shape_validator(name), node)))


def check_spec(node: Node, registry: Registry) -> list[Problem]:
    """The faults of a spec document: its shape, and each initializer against its kind.

    No more of them than are counted.
    """
    return in_order(bounded(_faults_of_spec(node, registry)))


def _faults_of_spec(node: Node, registry: Registry) -> Iterator[Problem]:
    """Faults as they are found.

    The rules of a long spec differ little but in their patterns, so what was found good once is not
    checked again.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    frame = node if rules is None else _with_empty_rules(node, rules)
    yield from schema_problems(_shape_validator(SPEC), frame)
    good: set[str] = set()
    for index, entry in enumerate(entries):
        faults = schema_problems(_rule_validator(), entry, base=f"`rules[{index}]`: ")
        yield from _unless_good(_shape_key(entry.value), good, faults)
        for initializer in initializers_of(entry):
            key = json.dumps(initializer.value, default=str)
            yield from _unless_good(key, good, check_initializer(initializer, registry))


def initializers_of(rule: Node) -> Iterator[Node]:
    """Every initializer of a rule: that of its variables, and those of their parts."""
    parts = rule.child("parts")
    for holder in (rule, *(parts.items if parts else ())):
        initializer = holder.child("initializer")
        if initializer is not None:
            yield initializer


def _with_empty_rules(node: Node, rules: Node) -> Node:
    empty = Node.sequence([], rules.place) if isinstance(rules.value, list) else rules
    return Node.mapping({**node.fields, "rules": empty}, node.place, node.keys)


@functools.cache
def _rule_validator() -> Validator:
    return Validator({"$ref": "#/definitions/rule", "definitions": _definitions()})


def _rule_schema() -> Any:
    return schema(SPEC)["definitions"]["rule"]


def _shape_key(rule: Any) -> str:
    """A text that rules share if the schema accepts all of them or none."""
    if not isinstance(rule, dict):
        return json.dumps([rule], default=str)
    free = _free_texts()
    plain = {
        key: "" if key in free and isinstance(value, str) and value else [value]
        for key, value in rule.items()
    }
    if "initializer" in plain:
        plain["initializer"] = ""  # has a check of its own
    return json.dumps(plain, default=str)


_SILENT_ON_TEXT = frozenset({"description", "default", "type", "minItems", "items"})


@functools.cache
def _free_texts() -> frozenset[str]:
    """Keys of a rule for which any text is as good as any other, if it is not empty."""

    def is_free(value: Any) -> bool:
        types = value.get("type", [])
        constraints = value.keys() - _SILENT_ON_TEXT
        wants_text = constraints <= {"minLength"} and value.get("minLength", 1) == 1
        return "string" in ([types] if isinstance(types, str) else types) and wants_text

    properties = _rule_schema()["properties"]
    return frozenset(key for key, value in properties.items() if is_free(value))


def _unless_good(key: str, good: set[str], problems: Iterator[Problem]) -> list[Problem]:
    if key in good:
        return []
    found = list(problems)
    if not found:
        good.add(key)
    return found
