"""Verifications: what became of each weight."""

from __future__ import annotations

from collections.abc import Mapping

from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verification
from declinit.render.layout import Cell, Layout, Table, Tone, row

COLUMNS = ("path", "status", "detail")

_TONES: Mapping[str, Tone] = {IDENTICAL: "good", CHANGED: "bad", MISSING: "bad", NEW: "warning"}


def verification_layout(found: Verification, *, detailed: bool = False) -> Layout:
    """What differs, a line a variable, and the counts.

    Args:
        found: how a model compares with an audit.
        detailed: whether to list identical variables too.
    """
    rows = tuple(
        row(one.path, Cell(one.status, _TONES[one.status]), one.detail)
        for one in found.values()
        if detailed or one.status != IDENTICAL
    )
    counts = ", ".join(f"{count} {status}" for status, count in found.counts().items() if count)
    return Layout(
        document=found.to_dict,
        tables=(Table(columns=COLUMNS, rows=rows),),
        summary=counts or "nothing to compare",
    )
