"""Plausibilities: whether each weight is what a policy says, or a plausible draw from it."""

from __future__ import annotations

from collections.abc import Mapping

from declinit.audits.plausibility import (
    CONSISTENT,
    EXACT,
    INCONSISTENT,
    TOO_SMALL,
    UNTESTED,
    Judgement,
    Plausibility,
)
from declinit.render.layout import Cell, Layout, Table, Tone, row
from declinit.wording import counted

COLUMNS = ("path", "verdict", "detail")

_TONES: Mapping[str, Tone] = {
    EXACT: "good",
    CONSISTENT: "good",
    INCONSISTENT: "bad",
    TOO_SMALL: "muted",
    UNTESTED: "muted",
}

CAUSES = (
    "what is no plausible draw was trained, loaded from elsewhere, or drawn otherwise than the "
    "policy says"
)


def plausibility_layout(found: Plausibility, *, detailed: bool = False) -> Layout:
    """What is no plausible draw, a line a variable, and the counts.

    Args:
        found: the judgements.
        detailed: whether to list all variables.
    """
    rows = tuple(
        row(one.path, Cell(one.verdict, _TONES[one.verdict]), _detail(one))
        for one in found.values()
        if detailed or one.verdict == INCONSISTENT
    )
    return Layout(
        document=found.to_dict,
        tables=(Table(columns=COLUMNS, rows=rows),),
        summary=_summary(found),
        notes=() if found else (Cell(f"note: {CAUSES}", "muted"),),
    )


def _summary(found: Plausibility) -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in found.counts().items())
    tests = f"{counted(found.tests, 'test')}, {found.significance:g} for any false alarm"
    return f"{counts or 'nothing to test'} ({tests})"


def _detail(one: Judgement) -> str:
    if one.verdict == INCONSISTENT:
        return one.reason
    return "; ".join(filter(None, (one.source, one.reason)))
