"""Overrides from the command line: `--set` and `--checkpoint` change values, `--rule` adds rules."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Mapping, Sequence

from declinit.checks.settings import settings
from declinit.documents import MAX_DEPTH, Node, parse, printable
from declinit.errors import (
    DeclinitError,
    Place,
    Problem,
    Source,
    SpecError,
    did_you_mean,
    refuse_errors,
)
from declinit.policy.rule_texts import parse_rule

RULES = "rules"
Checkpoints = Mapping[str, str | os.PathLike[str]]


def id_of(rule: Node) -> str | None:
    """The id that a rule was given."""
    node = rule.child("id")
    return str(node.value) if node else None


def with_settings(node: Node, overrides: Iterable[str]) -> Node:
    """The document with values replaced, each by a text `KEY=VALUE`.

    Raises:
        SpecError: with every fault found.
    """
    problems: list[Problem] = []
    for text in map(printable, overrides):
        key, equals, value = text.partition("=")
        try:
            if not equals or not key.strip():
                raise SpecError(Problem("DI222", f"--set {text!r}: expected KEY=VALUE"))
            node = _with_text(node, key.strip(), value)
        except DeclinitError as error:
            problems += error.problems
    refuse_errors(problems, SpecError)
    return node


def _with_text(node: Node, key: str, text: str) -> Node:
    """The document with the value that a text stands for under keys joined by dots."""
    steps = key.count(".") + 1
    if steps > MAX_DEPTH:
        raise SpecError(_too_deep(f"--set {key[:60]}..."))
    value = parse(text, f"--set {key}")
    # The id of a rule stands for two levels: the list of rules, and the rule.
    if 1 + steps + value.depth > MAX_DEPTH:
        raise SpecError(_too_deep(f"--set {key}").at(value.place))
    return _with_value(node, key.split("."), value)


def _too_deep(name: str) -> Problem:
    return Problem("DI102", f"{name}: nested deeper than {MAX_DEPTH} levels")


def _with_value(node: Node, keys: Sequence[str], value: Node) -> Node:
    """The document with the value under some keys, the first of which may be a rule's id.

    `rules.ID` is the rule, also where its id is the name of a setting.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    ids = {id_of(rule): index for index, rule in enumerate(entries)}
    if keys[0] in settings():
        return _replaced(node, keys, value)
    # The whole name of a rule leads to it also where its id is the name of a setting.
    name, *inner = keys[1:] if _names_a_rule(keys, ids) else keys
    if rules is None or name not in ids:
        raise SpecError(_unknown_key(name, [*settings(), *filter(None, ids)]))
    index = ids[name]
    changed = [*entries[:index], _replaced(entries[index], inner, value), *entries[index + 1 :]]
    return _with_rules(node, Node.sequence(changed, rules.place))


def _names_a_rule(keys: Sequence[str], ids: Container[str | None]) -> bool:
    """Whether keys begin with `rules.ID`, rather than with a rule whose id is `rules`."""
    return keys[0] == RULES and len(keys) > 1 and (keys[1] in ids or RULES not in ids)


def _unknown_key(name: str, known: Iterable[str]) -> Problem:
    message = f"--set: {name!r} is neither a setting nor the id of a rule"
    return Problem("DI223", message, hint=did_you_mean(name, known))


def _replaced(node: Node, keys: Sequence[str], value: Node) -> Node:
    if not keys:
        return value
    if keys[0].isdecimal() and node.child(int(keys[0][:9])):
        return _with_item(node, int(keys[0][:9]), keys[1:], value)
    fields = node.fields
    if isinstance(node.value, str):  # an initializer given as a bare name receives parameters
        fields = {"name": node}
    child = fields.get(keys[0]) or Node.mapping({}, value.place)
    changed = {**fields, keys[0]: _replaced(child, keys[1:], value)}
    return Node.mapping(changed, node.place, node.keys)


def _with_item(node: Node, index: int, keys: Sequence[str], value: Node) -> Node:
    """A list with one of its items replaced, or what some keys lead to in it."""
    items = node.items
    changed = [*items[:index], _replaced(items[index], keys, value), *items[index + 1 :]]
    return Node.sequence(changed, node.place)


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
    every = [*(present.items if present else []), *added]
    return _with_rules(node, Node.sequence(every, place))


def with_checkpoints(node: Node, files: Checkpoints) -> Node:
    """The document with files of weights in place of those that it names.

    Raises:
        SpecError: for a name that the document does not use.
    """
    rules, named = node.child("rules"), node.child("checkpoints")
    loading = [rule for rule in (rules.items if rules else ()) if "load" in rule.fields]
    used = {str(rule.at(["load", "from"]).value) for rule in loading}
    known = {*(named.fields if named else ()), *used}
    refuse_errors(
        (unknown_checkpoint(name, known) for name in files if name not in known), SpecError
    )
    given = {
        name: Node(os.fspath(path), Source(f"--checkpoint {name}", ""), 1, 1)
        for name, path in files.items()
    }
    if not given:
        return node
    place = named.place if named else Place(node.source, node.line, node.column)
    merged = Node.mapping({**(named.fields if named else {}), **given}, place)
    return Node.mapping({**node.fields, "checkpoints": merged}, node.place, node.keys)


def unknown_checkpoint(name: str, known: Iterable[str]) -> Problem:
    """The fault of a file that is given for a checkpoint which nothing names."""
    message = f"--checkpoint {name}: nothing is loaded from a checkpoint of this name"
    return Problem("DI353", message, hint=did_you_mean(name, known))


def _rule_node(text: str) -> Node:
    rule = parse_rule(text)
    if 2 + rule.depth > MAX_DEPTH:  # in the document, in its list of rules
        raise SpecError(_too_deep("--rule").at(rule.place))
    return rule


def _with_rules(node: Node, rules: Node) -> Node:
    return Node.mapping({**node.fields, "rules": rules}, node.place, node.keys)
