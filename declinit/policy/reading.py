"""From a checked document to rules; the faults that no schema can say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from declinit.checks.shapes import check_spec
from declinit.checks.wording import in_order
from declinit.documents import Node
from declinit.errors import Place, Problem
from declinit.globs import Glob, GlobError
from declinit.kinds.registry import Registry
from declinit.policy.actions import action_of
from declinit.policy.rules import Expectation, Rule


def check(node: Node, registry: Registry) -> list[Problem]:
    """All faults of one document: its shape, its initializers, its patterns, its ids."""
    rules = node.child("rules")
    entries = rules.items if rules else []
    found = [*check_spec(node, registry), *repeated_ids(entries)]
    return in_order([*found, *(fault for entry in entries for fault in _rule_faults(entry))])


def _rule_faults(rule: Node) -> Iterator[Problem]:
    """What no schema can say of a rule."""
    for node in _patterns(rule):
        try:
            Glob.parse(str(node.value))
        except GlobError as error:
            where = _inside(node, error)
            yield Problem(message=error.message, where=where, hint=error.hint)
    expect = rule.child("expect")
    bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
    low, high = (bound.value if bound else None for bound in bounds or (None, None))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = f"`expect`: min {low} is more than max {high}"
        yield Problem(message=message, where=rule.place_of(["expect"]))


def _patterns(rule: Node) -> Iterator[Node]:
    for key in ("match", "exclude"):
        node = rule.child(key)
        for entry in [node, *node.items] if node else []:
            if isinstance(entry.value, str) and entry.value:
                yield entry


def _inside(node: Node, error: GlobError) -> Place:
    """The character of a pattern that is at fault, found where the source writes it."""
    place = node.place
    line = place.source.line(place.line)
    written = line.find(str(node.value), place.column - 1)
    column = written + error.column if written >= 0 else place.column
    return Place(place.source, place.line, column)


def repeated_ids(rules: Iterable[Node]) -> Iterator[Problem]:
    """Rules with an id that an earlier rule has."""
    first: dict[str, Node] = {}
    for rule in rules:
        node = rule.child("id")
        if node is None or not isinstance(node.value, str):
            continue
        earlier = first.setdefault(node.value, node)
        if earlier is not node:
            message = f"rule id {node.value!r} is used twice, first at {earlier.place}"
            yield Problem(message=message, where=node.place)


def rule_of(index: int, node: Node, registry: Registry) -> Rule:
    """The rule that a checked entry of `rules:` says."""
    value: Any = node.value
    return Rule(
        index=index,
        id=value.get("id"),
        match=_globs(value["match"]),
        exclude=_globs(value.get("exclude", [])),
        layer=tuple(_listed(value.get("layer", []))),
        action=action_of(value, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _globs(value: str | list[str]) -> tuple[Glob, ...]:
    return tuple(Glob.parse(text) for text in _listed(value))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
