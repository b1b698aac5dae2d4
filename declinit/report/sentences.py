"""A policy in words: one sentence a rule, of what it matches and what it does there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from declinit.kinds.registry import Registry
from declinit.plans.plan import Assignment
from declinit.policy.actions import Fill, Keep
from declinit.policy.rules import Rule
from declinit.render.layout import Cell, Tone
from declinit.report.rules import RuleResult
from declinit.report.stddevs import expected_text, range_text
from declinit.wording import counted, kept_text

CODE: Tone = "strong"  # the tone of what is written as the policy writes it


def sentence_of(found: RuleResult, rule: Rule | None, registry: Registry) -> tuple[Cell, ...]:
    """What a rule matches and what it does.

    Args:
        found: what it did.
        rule: the rule itself, where the policy is there.
        registry: the kinds of initializers.

    Returns:
        Pieces of one text.
    """
    return tuple(_pieces(found, rule, registry))


def _pieces(found: RuleResult, rule: Rule | None, registry: Registry) -> Iterator[Cell]:
    count = len(found.records)
    yield Cell(counted(count, "variable") if count else "No variable")
    yield from _matching(rule, count) if rule else _unmatched(found)
    if not count:
        matched = found.use.matched if found.use else 0
        yield Cell(f" is left: later rules decide all {matched}." if matched else " is there.")
        return
    yield Cell(f" ({found.parameters:,} parameters)")
    yield from _doing(found, registry)
    if rule and rule.note:
        yield Cell(f" {rule.note}", "muted")


def _unmatched(found: RuleResult) -> Iterator[Cell]:
    if found.rule is None:
        yield Cell(" that no rule matches")


def _matching(rule: Rule, count: int) -> Iterator[Cell]:
    yield Cell(" that matches " if count < 2 else " that match ")
    yield from _codes(rule.written.match, " or ")
    if rule.written.exclude:
        yield Cell(" but not ")
        yield from _codes(rule.written.exclude, " or ")
    if rule.layer:
        yield Cell(" in layers of class ")
        yield from _codes(rule.layer, " or ")


def _codes(texts: Iterable[str], between: str) -> Iterator[Cell]:
    for place, text in enumerate(texts):
        if place:
            yield Cell(between)
        yield Cell(text, CODE)


def _doing(found: RuleResult, registry: Registry) -> Iterator[Cell]:
    first, count = found.records[0].assignment, len(found.records)
    verb = "is" if count == 1 else "are"
    says = found.rule.says if found.rule else ""
    if isinstance(first.action, Keep):
        yield Cell(f" {verb} {kept_text(count)}.")
        return
    doing = "filled with" if isinstance(first.action, Fill) else f"{first.action.origin}:"
    yield Cell(f" {verb} {doing} ")
    yield Cell(says, CODE)
    how = "; ".join(_how(found, first, registry))
    yield Cell(f": {how}." if how else ".")


def _how(found: RuleResult, first: Assignment, registry: Registry) -> Iterator[str]:
    """What is drawn, and with which standard deviation."""
    kind = registry.find(first.initializer.name) if first.initializer and first.expected else None
    spread = bool(first.expected and first.expected.stddev)
    if kind and kind.formula and spread:
        yield kind.formula
    yield from dict.fromkeys(f"{one.parameter} = {one.formula}" for one in first.formulas)
    if spread:
        yield f"stddev {range_text(map(expected_text, found.records))}"
