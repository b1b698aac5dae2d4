"""Verifications: what became of each weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verdict, Verification
from declinit.render.layout import Cell, Layout, Table, Tone, row
from declinit.wording import number_text, shape_text

COLUMNS = ("path", "status", "detail")

# The digest says no more than that something changed.
_SHOWN = frozenset({"shape", "dtype", "mean", "stddev"})

_TONES: Mapping[str, Tone] = {IDENTICAL: "good", CHANGED: "bad", MISSING: "bad", NEW: "warning"}


def verification_layout(found: Verification, *, detailed: bool = False) -> Layout:
    """What differs, a line a variable, and the counts.

    Args:
        found: how a model compares with an audit.
        detailed: whether to list identical variables too.
    """
    rows = tuple(
        row(one.path, Cell(one.status, _TONES[one.status]), _detail(one))
        for one in found.values()
        if detailed or one.status != IDENTICAL
    )
    counts = ", ".join(f"{count} {status}" for status, count in found.counts().items() if count)
    return Layout(
        document=found.to_dict,
        tables=(Table(columns=COLUMNS, rows=rows),),
        summary=counts or "nothing to compare",
    )


def _detail(verdict: Verdict) -> str:
    changes = ", ".join(
        f"{one.field} {_value(one.before)} -> {_value(one.after)}"
        for one in verdict.differences
        if one.field in _SHOWN
    )
    return "; ".join(filter(None, (changes, verdict.reason)))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return shape_text(value)
    return value if isinstance(value, str) else number_text(value)
