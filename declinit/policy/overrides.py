"""Overrides from the command line: `--set` and `--rule`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from declinit.documents import Node, node_of, parse
from declinit.errors import (
    DeclinitError,
    Problem,
    Source,
    SpecError,
    did_you_mean,
    refuse_errors,
)

_RULE = re.compile(
    r"(?P<pattern>.*?\S.*?)=\s*"
    r"(?:(?P<yaml>\{.*\})|(?P<name>[^=({\s][^=({]*?)\s*(?:\((?P<arguments>.*)\))?)\s*",
    re.DOTALL,
)


_BETWEEN_ARGUMENTS = re.compile(r",(?=\s*\w+\s*=)")  # not those inside a list


def id_of(rule: Node) -> str | None:
    """The id that a rule was given."""
    node = rule.child("id")
    return str(node.value) if node else None


def with_settings(node: Node, overrides: Iterable[str]) -> Node:
    """The document with settings overridden, each by a text `KEY=VALUE`.

    Raises:
        SpecError: with every fault found.
    """
    problems: list[Problem] = []
    for text in overrides:
        key, equals, value = text.partition("=")
        try:
            if not equals or not key.strip():
                raise DeclinitError(f"--set {text!r}: expected KEY=VALUE")
            node = _set(node, key.strip().split("."), parse(value, f"--set {key.strip()}"))
        except DeclinitError as error:
            problems += error.problems
    refuse_errors(problems, SpecError)
    return node


def _set(node: Node, keys: Sequence[str], value: Node) -> Node:
    """The document with the value at a way of keys, the first of which may be a rule's id."""
    rules = node.child("rules")
    ids = {id_of(rule): index for index, rule in enumerate(rules.items if rules else [])}
    settings = ("seed", "generator", "fans", "strict", "note")
    if rules is not None and keys[0] in ids and keys[0] not in settings:
        changed = list(rules.items)
        index = ids[keys[0]]
        changed[index] = _replaced(changed[index], keys[1:], value)
        return Node.mapping(
            {**node.fields, "rules": Node.sequence(changed, rules.place)}, node.place, node.keys
        )
    if keys[0] not in settings:
        known = [*settings, *(name for name in ids if name)]
        message = f"--set: {keys[0]!r} is neither a setting nor the id of a rule"
        raise DeclinitError([Problem(message=message, hint=did_you_mean(keys[0], known))])
    return _replaced(node, keys, value)


def _replaced(node: Node, keys: Sequence[str], value: Node) -> Node:
    if not keys:
        return value
    fields = node.fields
    if isinstance(node.value, str):  # an initializer that was a bare name grows parameters
        fields = {"name": node}
    child = fields.get(keys[0]) or Node.mapping({}, value.place)
    changed = {**fields, keys[0]: _replaced(child, keys[1:], value)}
    return Node.mapping(changed, node.place, node.keys)


def with_rules(node: Node, rules: Iterable[str]) -> Node:
    """The document with rules appended, each from a text `PATTERN=INITIALIZER`.

    Raises:
        SpecError: for a text that is not one.
    """
    added = [_rule_node(text) for text in rules]
    if not added:
        return node
    present = node.child("rules")
    place = present.place if present else node.place
    every = Node.sequence([*(present.items if present else []), *added], place)
    return Node.mapping({**node.fields, "rules": every}, node.place, node.keys)


def _rule_node(text: str) -> Node:
    """`PATTERN=NAME`, `PATTERN=NAME(key=value, ...)`, `PATTERN={yaml}` or `PATTERN=keep`."""
    source = Source(f"--rule {text}", text)
    found = _RULE.fullmatch(text)
    if found is None:
        raise SpecError([Problem(message=f"--rule {text!r}: expected PATTERN=INITIALIZER")])
    body: dict[str, Any] = {"match": found["pattern"].strip()}
    if found["name"] == "keep" and found["arguments"] is None:
        body["keep"] = True
    elif found["yaml"]:
        body["initializer"] = parse(found["yaml"], source.name).value
    elif found["arguments"] is None:
        body["initializer"] = found["name"]
    else:
        config = _arguments(found["arguments"], source)
        body["initializer"] = {"class_name": found["name"], "config": config}
    return node_of(body, source)


def _arguments(text: str, source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in filter(None, map(str.strip, _BETWEEN_ARGUMENTS.split(text))):
        key, equals, value = part.partition("=")
        if not equals or not value.strip():
            message = f"{source.name}: expected key=value, received {part!r}"
            raise SpecError([Problem(message=message)])
        if key.strip() in found:
            raise SpecError([Problem(message=f"{source.name}: {key.strip()!r} is given twice")])
        found[key.strip()] = parse(value.strip(), source.name).value
    return found
