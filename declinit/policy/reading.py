"""From a checked document to rules, and the faults that no schema can express."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from declinit.checks.places import character_place
from declinit.checks.shapes import check_spec
from declinit.checks.wording import in_order
from declinit.documents import Node
from declinit.errors import Problem
from declinit.globs import Glob, GlobError
from declinit.kinds.numbers import formulas_in, may_hold_formulas
from declinit.kinds.registry import Registry
from declinit.policy.actions import InitializerConfig, action_of
from declinit.policy.groups import (
    Groups,
    expanded,
    nested_groups,
    texts,
    unknown_groups,
)
from declinit.policy.moves import malformed_moves, repeated_moves
from declinit.policy.rules import Expectation, Rule, Written


def check(node: Node, registry: Registry) -> list[Problem]:
    """All faults of one document by itself: its shape, its initializers, its patterns, its ids."""
    rules, groups = node.child("rules"), node.child("groups")
    entries = rules.items if rules else []
    found = [*check_spec(node, registry), *repeated_ids(entries)]
    found += (*repeated_moves(node.child("moved")), *malformed_moves(node.child("moved")))
    found += nested_groups(groups)
    for group in groups.fields.values() if groups else ():
        found += (fault for pattern in texts(group) for fault in _pattern_faults(pattern))
    if (constants := node.child("constants")) is not None:
        from declinit.policy.constants import malformed_constants

        found += malformed_constants(constants)
    return in_order([*found, *(fault for entry in entries for fault in _rule_faults(entry))])


def check_names(node: Node, registry: Registry) -> list[Problem]:
    """All faults of what the parts of a checked document say of each other.

    Args:
        node: the document with everything it inherits: what one file names another may define.
        registry: the kinds of initializers.
    """
    rules, groups = node.child("rules"), node.child("groups")
    entries = rules.items if rules else []
    found = [*repeated_ids(entries), *repeated_moves(node.child("moved"))]
    names = groups.fields if groups else {}
    found += (fault for entry in entries for fault in unknown_groups(_patterns(entry), names))
    initializers = filter(None, (entry.child("initializer") for entry in entries))
    if node.child("constants") or any(_holds_formulas(one, registry) for one in initializers):
        # Most policies have no formulas, and need not load what computes them.
        from declinit.policy.formulas import formula_problems

        found += formula_problems(node, registry)
    return in_order(found)


def _holds_formulas(initializer: Node, registry: Registry) -> bool:
    if not may_hold_formulas(initializer.value):
        return False
    config = InitializerConfig.from_value(initializer.value, registry)
    kind = registry.find(config.name)
    return kind is not None and bool(formulas_in(kind, config.params))


def _rule_faults(rule: Node) -> Iterator[Problem]:
    """The faults of a rule that no schema can express."""
    for node in _patterns(rule):
        yield from _pattern_faults(node)
    expect = rule.child("expect")
    bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
    low, high = (bound.value if bound else None for bound in bounds or (None, None))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = f"`expect`: min {low} is more than max {high}"
        yield Problem("DI217", message, where=rule.place_of(["expect"]))


def _pattern_faults(node: Node) -> Iterator[Problem]:
    try:
        captures = Glob.parse(str(node.value)).captures
    except GlobError as error:
        yield error.problem.at(character_place(node, error.column))
        return
    if captures:
        from declinit.policy.constants import reserved_names

        yield from reserved_names(captures, "the capture", node.place)


def _patterns(rule: Node) -> Iterator[Node]:
    for key in ("match", "exclude"):
        yield from texts(rule.child(key))


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
        action=action_of(value, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
