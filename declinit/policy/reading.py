"""From a checked document to rules, and the faults that no schema can express."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from declinit.checks.places import character_place
from declinit.checks.shapes import check_spec, initializers_of
from declinit.checks.wording import in_order
from declinit.documents import Node
from declinit.errors import Problem
from declinit.globs import Glob, GlobError
from declinit.kinds.registry import Registry
from declinit.policy.actions import action_of
from declinit.policy.constants import constant_faults, values_of
from declinit.policy.formulas import formula_faults
from declinit.policy.groups import Groups, expanded, groups_of, unknown_groups
from declinit.policy.moves import repeated_moves
from declinit.policy.rules import Expectation, Rule, Written
from declinit.policy.slicing import Slicing, SlicingError


def check(node: Node, registry: Registry) -> list[Problem]:
    """All faults of one document by itself: its shape, its initializers, its patterns, its ids."""
    rules, groups = node.child("rules"), node.child("groups")
    entries = rules.items if rules else []
    found = [*check_spec(node, registry), *repeated_ids(entries)]
    found += repeated_moves(node.child("moved"))
    for group in groups.fields.values() if groups else ():
        found += (fault for pattern in _texts(group) for fault in _pattern_faults(pattern))
    return in_order([*found, *(fault for entry in entries for fault in _rule_faults(entry))])


def check_names(node: Node, registry: Registry) -> list[Problem]:
    """All faults of what the parts of a checked document say of each other.

    Args:
        node: the document with everything it inherits: what one file names another may define.
        registry: the kinds of initializers.
    """
    value: Any = node.value
    rules, groups = node.child("rules"), groups_of(value.get("groups", {}))
    entries = rules.items if rules else []
    found = [*repeated_ids(entries), *constant_faults(node.child("constants"))]
    found += (fault for entry in entries for fault in unknown_groups(_patterns(entry), groups))
    if found:
        return in_order(found)
    constants = values_of(value.get("constants", {}))
    for entry in entries:
        globs = expanded(_as_list(entry.value["match"]), groups)
        for initializer in initializers_of(entry):
            found += formula_faults(initializer, globs, constants, groups, registry)
    return in_order(found)


def _rule_faults(rule: Node) -> Iterator[Problem]:
    """The faults of a rule that no schema can express."""
    for node in _patterns(rule):
        yield from _pattern_faults(node)
    parts = rule.child("parts")
    for part in parts.items if parts else ():
        yield from _slicing_faults(part.child("at"))
    expect = rule.child("expect")
    bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
    low, high = (bound.value if bound else None for bound in bounds or (None, None))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = f"`expect`: min {low} is more than max {high}"
        yield Problem("DI217", message, where=rule.place_of(["expect"]))


def _pattern_faults(node: Node) -> Iterator[Problem]:
    try:
        Glob.parse(str(node.value))
    except GlobError as error:
        yield error.problem.at(character_place(node, error.column))


def _slicing_faults(node: Node | None) -> Iterator[Problem]:
    if node is None or not isinstance(node.value, str) or not node.value:
        return
    try:
        Slicing.parse(node.value)
    except SlicingError as error:
        yield error.problem.at(character_place(node, error.column))


def _patterns(rule: Node) -> Iterator[Node]:
    for key in ("match", "exclude"):
        yield from _texts(rule.child(key))


def _texts(node: Node | None) -> Iterator[Node]:
    """The texts of a node that is one text or a list of them."""
    for entry in [node, *node.items] if node else []:
        if isinstance(entry.value, str) and entry.value:
            yield entry


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


def rule_of(index: int, node: Node, groups: Groups, registry: Registry) -> Rule:
    """The rule that a checked entry of `rules:` describes."""
    value: Any = node.value
    written = Written(*(tuple(_as_list(value.get(key, []))) for key in ("match", "exclude")))
    return Rule(
        index=index,
        id=value.get("id"),
        match=expanded(written.match, groups),
        exclude=expanded(written.exclude, groups),
        written=written,
        layer=tuple(_as_list(value.get("layer", []))),
        action=action_of(node, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
