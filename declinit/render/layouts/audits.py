"""Audits: what was done to each variable."""

from __future__ import annotations

from collections import Counter

from declinit.audits.audit import Audit, Record
from declinit.policy.actions import CopyOf, Fill, Keep, Load
from declinit.render.layout import Cell, Layout, Table, row
from declinit.wording import counted, number_text

BY_RULE = ("rule", "variables")
BY_VARIABLE = ("path", "rule", "mean", "stddev", "digest")


def audit_layout(audit: Audit, *, detailed: bool = False) -> Layout:
    """What was done: a line a rule, or a line a variable.

    Args:
        audit: what was done.
        detailed: whether to list every variable.
    """
    done = Counter(_label(record) for record in audit.values() if record.origin != Keep.origin)
    groups = tuple(row(rule, counted(count, "variable")) for rule, count in done.items())
    variables = tuple(map(_variable_row, audit.values()))
    origins = Counter(record.origin for record in audit.values())
    # Every weight is in one of these, so that none is passed over in silence.
    shown = (Load, Fill, *((CopyOf,) if origins[CopyOf.origin] else ()), Keep)
    counts = ", ".join(f"{origins[one.origin]} {one.origin}" for one in shown)
    return Layout(
        document=audit.to_dict,
        tables=(
            Table(columns=BY_VARIABLE, rows=variables)
            if detailed
            else Table(columns=BY_RULE, rows=groups),
        ),
        summary=f"{counted(len(audit), 'variable')}: {counts}; seed {audit.seed}",
        notes=tuple(Cell(f"note: {note}", "warning") for note in audit.notes),
    )


def _variable_row(record: Record) -> tuple[Cell, ...]:
    return row(
        record.path,
        _label(record),
        f"mean {number_text(record.measure.mean)}",
        f"stddev {number_text(record.measure.stddev)}",
        record.digest[:16],
    )


def _label(record: Record) -> str:
    rule = record.assignment.rule
    return rule.label if rule else "-"
