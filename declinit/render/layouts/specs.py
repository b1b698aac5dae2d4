"""Specs, with everything they extend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.render.layout import Cell, Layout, Table, row
from declinit.wording import counted

BY_RULE = ("rule", "matches", "initializer", "where")


def spec_layout(config: Mapping[str, Any], text: str) -> Layout:
    """A spec as a file that may be kept.

    Args:
        config: the spec as data.
        text: the file.
    """
    return Layout(document=lambda: dict(config), notes=tuple(map(Cell, text.splitlines())))


def rules_layout(spec: Spec) -> Layout:
    """What a spec says, a line a rule.

    Args:
        spec: a policy with everything it extends.
    """
    seed = "no seed" if spec.seed is None else f"seed {spec.seed}"
    fans = "" if spec.fans == "layer" else f", fans {spec.fans}"
    name = spec.sources[-1].name if spec.sources else "spec"
    return Layout(
        document=spec.get_config,
        title=f"{name}: {seed}, generator {spec.generator}{fans}",
        tables=(Table(columns=BY_RULE, rows=tuple(map(_rule_row, spec.rules))),),
        summary=counted(len(spec.rules), "rule"),
        notes=(Cell(spec.note),) if spec.note else (),
    )


def _rule_row(rule: Rule) -> tuple[Cell, ...]:
    where = Cell(str(rule.where) if rule.where else "", "muted")
    return row(rule.label, ", ".join(_conditions(rule)), str(rule.action), where)


def _conditions(rule: Rule) -> Iterator[str]:
    """What a variable has to be for the rule to match it."""
    yield from rule.written.match
    yield from (f"but not {pattern}" for pattern in rule.written.exclude)
    if rule.layer:
        yield f"of layers {' or '.join(rule.layer)}"
