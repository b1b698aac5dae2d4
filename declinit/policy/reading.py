"""From a checked document to rules, and the faults that no schema can express."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from declinit.checks.places import character_place
from declinit.checks.shapes import check_spec, initializers_of
from declinit.checks.wording import in_order
from declinit.documents import Node
from declinit.errors import Problem, bounded, did_you_mean
from declinit.globs import MAX_LENGTH, Glob, GlobError
from declinit.kinds.numbers import formulas_in, may_hold_formulas
from declinit.kinds.registry import Registry
from declinit.policy.actions import InitializerConfig, action_of
from declinit.policy.copies import copy_faults, scale_formula, target_faults
from declinit.policy.groups import (
    Groups,
    expanded,
    groups_of,
    nested_groups,
    texts,
    unknown_groups,
    written_out,
    written_patterns,
)
from declinit.policy.loads import load_faults
from declinit.policy.moves import malformed_moves, repeated_moves
from declinit.policy.rules import Expectation, Rule, Written
from declinit.policy.slicing import malformed_slicing

MAX_PATTERNS = 2_000_000
"""Characters of all patterns of a document: each takes microseconds to read, and 50 bytes."""


def check(node: Node, registry: Registry) -> list[Problem]:
    """The faults of one document by itself: its shape, its initializers, its patterns, its ids.

    Of each kind no more than are counted.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    beyond = (
        repeated_ids(entries),
        repeated_moves(node.child("moved")),
        malformed_moves(node.child("moved")),
        nested_groups(node.child("groups")),
        _pattern_faults(_patterns_of_groups(node.child("groups"))),
        _pattern_faults(chain.from_iterable(map(_patterns, entries))),
        chain.from_iterable(map(_slicing_faults, entries)),
        _reversed_bounds(entries),
        _constant_faults(node.child("constants")),
        chain.from_iterable(map(load_faults, entries)),
        chain.from_iterable(map(copy_faults, entries)),
    )
    # Each kind of fault comes in the order of the text, so the first ones of all are among these.
    found = [*check_spec(node, registry), *chain.from_iterable(map(bounded, beyond))]
    return in_order(found)


def _constant_faults(constants: Node | None) -> Iterator[Problem]:
    if constants is not None:
        from declinit.policy.constants import malformed_constants

        yield from malformed_constants(constants)


def check_names(node: Node, registry: Registry) -> list[Problem]:
    """The faults of what the parts of a checked document say of each other.

    Of each kind no more than are counted.

    Args:
        node: the document with everything it inherits: what one file names another may define.
        registry: the kinds of initializers.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    groups = groups_of(node.value.get("groups", {}))
    unknown = (fault for entry in entries for fault in unknown_groups(_patterns(entry), groups))
    found = [
        *bounded(repeated_ids(entries)),
        *bounded(repeated_moves(node.child("moved"))),
        *bounded(unknown),
        *bounded(_unknown_checkpoints(entries, node.value.get("checkpoints", {}))),
    ]
    long = [*_long_groups(entries, groups)] if not found else []
    if long:
        return in_order([*found, *long])
    copies = bounded(_faults_of_copies(node, entries))
    return in_order([*found, *copies, *bounded(_formula_faults(node, entries, registry))])


def _faults_of_copies(node: Node, rules: Iterable[Node]) -> Iterator[Problem]:
    """Paths of variables to copy that ask for what a pattern does not capture."""
    groups = node.child("groups")
    for rule in rules:
        if "copy_of" in rule.fields:
            patterns = written_patterns(texts(rule.child("match")), groups.fields if groups else {})
            yield from target_faults(rule, (pattern.glob for pattern in patterns))


def _unknown_checkpoints(rules: Iterable[Node], known: Mapping[str, Any]) -> Iterator[Problem]:
    """The checkpoints that rules load from and that do not exist."""
    for rule in rules:
        name = rule.at(["load", "from"]) if "load" in rule.fields else None
        if name and name.value not in known:
            hint = did_you_mean(str(name.value), known)
            hint = hint or "name its file under `checkpoints`, or with --checkpoint"
            message = f"unknown checkpoint {name.value!r}"
            yield Problem("DI350", message, where=name.place, hint=hint)


def _long_groups(rules: Iterable[Node], groups: Groups) -> Iterator[Problem]:
    """The rule with which the patterns are too much, those of a group in place of its name."""
    left = MAX_PATTERNS
    for pattern in chain.from_iterable(map(_patterns, rules)):
        left -= sum(map(len, written_out(pattern.value, groups)))
        if left < 0:
            message = f"more than {MAX_PATTERNS:,} characters of patterns, with those of groups"
            yield Problem("DI226", message, where=pattern.place)
            return


def _formula_faults(node: Node, rules: Iterable[Node], registry: Registry) -> Iterator[Problem]:
    entries = list(rules)
    initializers = chain.from_iterable(map(initializers_of, entries))
    scaled = any(scale_formula(entry.value.get("copy_of")) for entry in entries)
    given = node.child("constants") is not None or scaled
    if given or any(_holds_formulas(one, registry) for one in initializers):
        # Most policies have no formulas, and need not load what computes them.
        from declinit.policy.formulas import formula_problems

        yield from formula_problems(node, registry)


def _holds_formulas(initializer: Node, registry: Registry) -> bool:
    if not may_hold_formulas(initializer.value):
        return False
    config = InitializerConfig.from_value(initializer.value, registry)
    kind = registry.find(config.name)
    return kind is not None and bool(formulas_in(kind, config.params))


def _reversed_bounds(rules: Iterable[Node]) -> Iterator[Problem]:
    """Rules that expect at least more variables than at most."""
    for rule in rules:
        expect = rule.child("expect")
        bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
        low, high = (bound.value if bound else None for bound in bounds or (None, None))
        if isinstance(low, int) and isinstance(high, int) and low > high:
            message = f"`expect`: min {low} is more than max {high}"
            yield Problem("DI217", message, where=rule.place_of(["expect"]))


def _pattern_faults(patterns: Iterable[Node]) -> Iterator[Problem]:
    """Malformed patterns, and the one with which they are too much."""
    left = MAX_PATTERNS
    for node in patterns:
        left -= min(len(node.value), MAX_LENGTH)
        if left < 0:
            message = f"more than {MAX_PATTERNS:,} characters of patterns in a document"
            yield Problem("DI226", message, where=node.place)
            return
        try:
            captures = Glob.parse(node.value).captures
        except GlobError as error:
            yield error.problem.at(character_place(node, error.column))
            continue
        if captures:
            from declinit.policy.constants import reserved_names

            yield from reserved_names(captures, "the capture", node.place)


def _patterns_of_groups(groups: Node | None) -> Iterator[Node]:
    return chain.from_iterable(map(texts, groups.fields.values() if groups else ()))


def _slicing_faults(rule: Node) -> Iterator[Problem]:
    """Parts of a rule whose `at` is no slicing."""
    parts = rule.child("parts")
    for part in parts.items if parts else ():
        yield from malformed_slicing(part.child("at"))


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
        action=action_of(node, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        allow=tuple(value.get("allow", ())),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
