"""From a checked document to rules, and the faults that no schema can express."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from declinit.checks.shapes import check_spec
from declinit.checks.wording import in_order
from declinit.documents import Node
from declinit.errors import Place, Problem, counted
from declinit.globs import MAX_LENGTH, Glob, GlobError
from declinit.kinds.registry import Registry
from declinit.policy.actions import action_of
from declinit.policy.rules import Expectation, Rule

MAX_PATTERNS = 2_000_000
"""Characters of all patterns of a document: each takes microseconds to read, and 50 bytes."""


def check(node: Node, registry: Registry) -> list[Problem]:
    """The faults of one document: its shape, its initializers, its patterns, its ids.

    Of each kind no more than are counted.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    beyond = (repeated_ids(entries), _pattern_faults(entries), _reversed_bounds(entries))
    # Each kind of fault comes in the order of the text, so the first ones of all are among these.
    found = [*check_spec(node, registry), *chain.from_iterable(map(counted, beyond))]
    return in_order(found)


def _pattern_faults(rules: Iterable[Node]) -> Iterator[Problem]:
    """Malformed patterns, and the one with which there is too much of them."""
    left = MAX_PATTERNS
    for node in chain.from_iterable(map(_patterns, rules)):
        left -= min(len(node.value), MAX_LENGTH)
        if left < 0:
            message = f"more than {MAX_PATTERNS:,} characters of patterns in a document"
            yield Problem("DI226", message, where=node.place)
            return
        try:
            Glob.parse(node.value)
        except GlobError as error:
            yield error.problem.at(_character_place(node, error.column))


def _reversed_bounds(rules: Iterable[Node]) -> Iterator[Problem]:
    """Rules that expect at least more variables than at most."""
    for rule in rules:
        expect = rule.child("expect")
        bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
        low, high = (bound.value if bound else None for bound in bounds or (None, None))
        if isinstance(low, int) and isinstance(high, int) and low > high:
            message = f"`expect`: min {low} is more than max {high}"
            yield Problem("DI217", message, where=rule.place_of(["expect"]))


def _patterns(rule: Node) -> Iterator[Node]:
    for key in ("match", "exclude"):
        node = rule.child(key)
        for entry in [node, *node.items] if node else []:
            if isinstance(entry.value, str) and entry.value:
                yield entry


def _character_place(node: Node, column: int) -> Place:
    """The place of one character of a text, if the source writes the text as it is."""
    place = node.place
    line = place.source.line(place.line)
    written = line.find(str(node.value), place.column - 1)
    return replace(place, column=written + column) if written >= 0 else place


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
            yield Problem("DI218", message, where=node.place)


def rule_of(index: int, node: Node, registry: Registry) -> Rule:
    """The rule that a checked entry of `rules:` describes."""
    value: Any = node.value
    return Rule(
        index=index,
        id=value.get("id"),
        match=_globs(value["match"]),
        exclude=_globs(value.get("exclude", [])),
        layer=tuple(_as_list(value.get("layer", []))),
        action=action_of(value, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _globs(value: str | list[str]) -> tuple[Glob, ...]:
    return tuple(Glob.parse(text) for text in _as_list(value))


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
