"""Audits, verifications and inventories as text."""

from __future__ import annotations

from collections import Counter

from declinit.audits.audit import KEPT, NONE, SHARED, Audit, Record
from declinit.audits.verification import IDENTICAL, Verification
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.render.style import Style, counted, fans_text, number_text, shape_text

_COLOURS = {"identical": "green", "changed": "red", "missing": "red", "new": "yellow"}


def audit_text(audit: Audit, style: Style, *, each: bool = False) -> str:
    """What was done: counts by rule, or each variable."""
    done = Counter(_label(record) for record in audit.values() if record.origin != KEPT)
    groups = [[str(rule), counted(count, "variable")] for rule, count in done.items()]
    rows = [
        [
            record.path,
            _label(record),
            f"mean {number_text(record.measure.mean)}",
            f"stddev {number_text(record.measure.stddev)}",
            record.digest[:16],
        ]
        for record in audit.values()
    ]
    lines = style.table(rows if each else groups)
    total = f"{sum(done.values())} of {counted(len(audit), 'variable')} initialized"
    notes = [style.paint("yellow", f"note: {note}") for note in (*audit.notes, *_untold(audit))]
    return "\n".join([*lines, style.heading(f"{total}, seed {audit.seed}"), *notes]) + "\n"


def _label(record: Record) -> str:
    rule = record.assignment.rule
    return rule.label if rule else "-"


def _untold(audit: Audit) -> list[str]:
    """Where a model rebuilt from its config needs the audit to get the same weights."""
    found = Counter(record.in_config for record in audit.values())
    reasons = {
        SHARED: "share one place in their layer's config",
        NONE: "have no place in their layer's config",
    }
    return [
        f"{counted(found[key], 'variable')} {why}; apply the audit to a rebuilt model"
        for key, why in reasons.items()
        if found[key]
    ]


def verification_text(found: Verification, style: Style, *, verbose: bool = False) -> str:
    """What differs, a line a variable, and the counts."""
    rows = [
        [one.path, style.paint(_COLOURS[one.status], one.status), one.detail]
        for one in found.values()
        if verbose or one.status != IDENTICAL
    ]
    counts = ", ".join(f"{count} {status}" for status, count in found.counts().items() if count)
    lines = [*style.table(rows), style.heading(counts or "nothing to compare")]
    return "\n".join(lines) + "\n"


def inventory_text(inventory: Inventory, initializers: dict[str, str], style: Style) -> str:
    """Every variable: path, shape, dtype, layer, state, current initializer, fans, aliases."""
    rows = [_inventory_row(info, initializers.get(info.path, "-")) for info in inventory]
    total = style.heading(counted(len(inventory), "variable"))
    return "\n".join([*style.table(rows), total]) + "\n"


def _inventory_row(info: VariableInfo, initializer: str) -> list[str]:
    state = "seed state" if info.seed_state else "trainable" if info.trainable else "fixed"
    aliases = f"also {', '.join(info.aliases)}" if info.aliases else ""
    shape = shape_text(info.shape)
    fans = fans_text(info.fans)
    return [info.path, shape, info.dtype, info.layer, state, initializer, fans, aliases]
