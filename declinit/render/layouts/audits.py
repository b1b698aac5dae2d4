"""Audits: what was done to each variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from declinit.audits.audit import NONE, SHARED, Audit, Record
from declinit.policy.actions import Keep
from declinit.render.layout import Cell, Layout, Table, row
from declinit.wording import counted, number_text

BY_RULE = ("rule", "variables")
BY_VARIABLE = ("path", "rule", "mean", "stddev", "digest")

# Why a model that is rebuilt from its config has other weights: of one variable, of several.
_NOT_IN_CONFIG = {
    SHARED: (
        "shares one initializer with others in the config of its layer",
        "share one initializer in the config of their layer",
    ),
    NONE: (
        "has no place in the config of its layer",
        "have no place in the config of their layer",
    ),
}


def audit_layout(audit: Audit, *, file: str | None = None, detailed: bool = False) -> Layout:
    """What was done: a line a rule, or a line a variable.

    Args:
        audit: what was done.
        file: where it was saved, to be named in notes.
        detailed: whether to list every variable.
    """
    done = Counter(_label(record) for record in audit.values() if record.origin != Keep.origin)
    groups = tuple(row(rule, counted(count, "variable")) for rule, count in done.items())
    variables = tuple(map(_variable_row, audit.values()))
    total = f"{sum(done.values())} of {counted(len(audit), 'variable')} initialized"
    notes = (*audit.notes, *_not_in_config(audit, file))
    return Layout(
        document=audit.to_dict,
        tables=(
            Table(columns=BY_VARIABLE, rows=variables)
            if detailed
            else Table(columns=BY_RULE, rows=groups),
        ),
        summary=f"{total}, seed {audit.seed}",
        notes=tuple(Cell(f"note: {note}", "warning") for note in notes),
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


def _not_in_config(audit: Audit, file: str | None) -> Iterator[str]:
    """Which weights the model's config cannot make again, what follows, and what helps."""
    found = Counter(record.in_config for record in audit.values())
    source = repr(file) if file else "audit"
    for reason, (of_one, of_several) in _NOT_IN_CONFIG.items():
        count = found[reason]
        them, why = ("it", of_one) if count == 1 else ("them", of_several)
        if count:
            yield (
                f"{counted(count, 'variable')} {why}: a model rebuilt from its config will draw "
                f"{them} anew; `declinit.apply({source}, model)` restores {them}"
            )
