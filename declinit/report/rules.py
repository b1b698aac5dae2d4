"""The variables of each rule, and what can be said of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from declinit.audits.audit import Record
from declinit.plans.plan import RuleRef, RuleUse
from declinit.report.results import Result

NO_RULE = "no rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What one rule did.

    Attributes:
        rule: the rule; None for what no rule matches.
        use: how many variables it matched, where the plan says it.
        records: those that it decided, in the order of the model.
    """

    rule: RuleRef | None
    use: RuleUse | None
    records: tuple[Record, ...]

    @property
    def label(self) -> str:
        """What to call it."""
        return self.rule.label if self.rule else NO_RULE

    @property
    def parameters(self) -> int:
        """How many elements its variables have."""
        return sum(map(size_of, self.records))


def size_of(record: Record) -> int:
    """How many elements a variable has."""
    return math.prod(record.shape)


def rule_results(result: Result) -> tuple[RuleResult, ...]:
    """What each rule did, in the order of the policy; what no rule matches comes last."""
    uses = {use.rule.label: use for use in result.plan.rules}
    records: dict[str | None, list[Record]] = {label: [] for label in uses}
    rules: dict[str | None, RuleRef | None] = {label: use.rule for label, use in uses.items()}
    for record in result.audit.values():
        rule = record.assignment.rule
        label = rule.label if rule else None
        records.setdefault(label, []).append(record)
        rules.setdefault(label, rule)
    labels = sorted(records, key=lambda label: label is None)
    return tuple(_of_label(label, uses, rules, records) for label in labels)


def _of_label(
    label: str | None,
    uses: Mapping[str, RuleUse],
    rules: Mapping[str | None, RuleRef | None],
    records: Mapping[str | None, list[Record]],
) -> RuleResult:
    use = uses.get(label) if label is not None else None
    return RuleResult(rule=rules[label], use=use, records=tuple(records[label]))
