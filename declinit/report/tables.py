"""Rules and variables as tables of a layout, which the page writes as it writes any other."""

from __future__ import annotations

from collections.abc import Sequence

from declinit.audits.audit import Record
from declinit.policy.actions import Fill
from declinit.render.layout import Cell, Table, Tone, row
from declinit.report.rules import NO_RULE, RuleResult, size_of
from declinit.report.stddevs import expected_text, measured_text, pooled_ratio, range_text
from declinit.wording import kept_text, number_text, shape_text

BY_RULE = (
    "rule",
    "variables",
    "parameters",
    "initializer",
    "distribution",
    "expected stddev",
    "measured stddev",
    "measured / expected",
)
BY_VARIABLE = (
    "path",
    "rule",
    "layer",
    "shape",
    "parameters",
    "origin",
    "expected stddev",
    "measured stddev",
)
RECORDED = ("mean", "min", "max")  # beside these, where there are no values to look at

SIGNALS = ("rms", "gain", "expected", "back", "weights")
NUMBERS = frozenset({"variables", "parameters", *BY_RULE[5:], *RECORDED, *SIGNALS})
"""Columns that are aligned as numbers are."""


def rules_table(found: Sequence[RuleResult]) -> Table:
    """A line a rule: its counts, and its distribution with its numbers."""
    return Table(columns=BY_RULE, rows=tuple(map(_rule_row, found)))


def _rule_row(found: RuleResult) -> tuple[Cell, ...]:
    ratio = pooled_ratio(found.records)
    says = found.rule.says if found.rule else kept_text(len(found.records))
    matched = f" of {found.use.matched}" if found.use and found.use.matched != found.use.won else ""
    return row(
        Cell(found.label, "strong"),
        f"{len(found.records):,}{matched}",
        f"{found.parameters:,}",
        says,
        distribution_text(found.records),
        range_text(map(expected_text, found.records)),
        range_text(map(measured_text, found.records)),
        str(ratio) if ratio else "",
    )


def distribution_text(records: Sequence[Record]) -> str:
    """The families of distributions that variables are drawn from."""
    families = dict.fromkeys(map(_family, records))
    return ", ".join(filter(None, families))


def _family(record: Record) -> str:
    if record.assignment.expected is not None:
        return record.assignment.expected.family.replace("_", " ")
    return "no common distribution" if isinstance(record.assignment.action, Fill) else record.origin


TONES: dict[str, Tone] = {"loaded": "good", "copied": "warning", "kept": "muted"}


def variables_table(records: Sequence[Record], *, recorded: bool = False) -> Table:
    """A line a variable.

    Args:
        records: the variables.
        recorded: whether to tell more of what an audit records.
    """
    columns = (*BY_VARIABLE, *RECORDED) if recorded else BY_VARIABLE
    return Table(columns=columns, rows=tuple(_variable_row(one, recorded) for one in records))


def _variable_row(record: Record, recorded: bool) -> tuple[Cell, ...]:
    rule, found = record.assignment.rule, record.measure
    more = map(number_text, (found.mean, found.min, found.max)) if recorded else ()
    return row(
        record.path,
        rule.label if rule else Cell(NO_RULE, "muted"),
        record.layer,
        typed_shape_text(record),
        f"{size_of(record):,}",
        Cell(record.origin, TONES.get(record.origin, "plain")),
        expected_text(record),
        measured_text(record),
        *more,
    )


def typed_shape_text(record: Record) -> str:
    """A shape, and the dtype where it is not the usual one."""
    shape = shape_text(record.shape)
    return shape if record.dtype == "float32" else f"{shape} {record.dtype}"
