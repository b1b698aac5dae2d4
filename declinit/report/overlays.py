"""Two policies over each other: pictures of what differs, and all variables with both numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from declinit.audits.audit import Record
from declinit.plans.diffs import SEED, VALUES, Change, Diff
from declinit.plans.plan import Assignment
from declinit.render.layout import Cell, Table, row
from declinit.report.figures import FIRST, SECOND, Canvas
from declinit.report.pictures import (
    HEIGHT,
    MOST,
    WIDTH,
    Drawing,
    draw,
    drawing_of,
    finish,
    notes_of,
)
from declinit.report.results import Result
from declinit.report.rules import NO_RULE, size_of
from declinit.report.sparklines import sparkline_path
from declinit.report.stddevs import expected_text, measured_text, range_text
from declinit.report.tables import typed_shape_text
from declinit.wording import counted

COLUMNS = (
    "path",
    "rule",
    "layer",
    "shape",
    "parameters",
    "change",
    "stddev before",
    "stddev after",
)

SAME = "none"
"""What is said of a variable in which nothing differs."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A variable of either side.

    Attributes:
        cells: its line in the table.
        sparks: the sparkline of each side.
    """

    cells: tuple[Cell, ...]
    sparks: tuple[str, ...]


def overlays_of(before: Result, after: Result, diff: Diff) -> list[Mapping[str, Any]]:
    """A picture for each rule that draws some variables from other distributions."""
    groups: dict[str, list[Change]] = {}
    for change in diff.changes:
        if VALUES in change.fields:
            groups.setdefault(change.rule or NO_RULE, []).append(change)
    found = (
        _overlay(label, changes, before, after, f"d{place}")
        for place, (label, changes) in enumerate(list(groups.items())[:MOST])
    )
    return [one for one in found if one]


def _overlay(
    label: str, changes: Sequence[Change], before: Result, after: Result, key: str
) -> Mapping[str, Any] | None:
    sides = [
        _records(before, (change.before for change in changes)),
        _records(after, (change.after for change in changes)),
    ]
    drawings = [
        drawing_of(result, records) for result, records in zip((before, after), sides, strict=True)
    ]
    return {
        "label": label,
        "small": False,
        "about": counted(len(changes), "variable"),
        "svg": _svg(label, drawings, key),
        "notes": list(dict.fromkeys(_notes(drawings))),
        "numbers": [
            (f"measured stddev {side}", range_text(map(measured_text, records)))
            for side, records in zip(("before", "after"), sides, strict=True)
            if records
        ],
    }


def _records(result: Result, assignments: Iterable[Assignment | None]) -> list[Record]:
    return [result.audit[one.path] for one in assignments if one and one.path in result.audit]


def _notes(drawings: Iterable[Drawing | None]) -> Iterator[str]:
    for drawing, side in zip(drawings, ("before", "after"), strict=True):
        if drawing is None:
            yield f"{side}: no spread to show"
        else:
            yield from (f"{side}: {note}" for note in notes_of(drawing))


def _svg(label: str, drawings: Sequence[Drawing | None], key: str) -> str:
    """Both sides over each other, where their values are counted in one frame."""
    shown = [one for one in drawings if one is not None]
    if not shown:
        return ""
    canvas = Canvas(WIDTH, HEIGHT)
    for drawing, colour, style in zip(drawings, (FIRST, SECOND), ("-", "--"), strict=True):
        if drawing is not None and drawing.frame.grid == shown[0].frame.grid:
            draw(canvas, drawing, colour, colour, style)
    finish(canvas, shown)
    return canvas.svg(key, f"histograms of both sides of {label}")


def compared_variables(before: Result, after: Result, diff: Diff) -> list[Compared]:
    """All variables of either side, those that differ first."""
    changes = [(change.before, change.after, change) for change in diff.changes]
    changed = {one.path for change in diff.changes for one in (change.before, change.after) if one}
    same = [
        (one, after.plan[path], None)
        for path, one in before.plan.items()
        if path not in changed and path in after.plan
    ]
    return [_compared(before, after, *one) for one in (*changes, *same)]


def _compared(
    before: Result,
    after: Result,
    one: Assignment | None,
    other: Assignment | None,
    change: Change | None,
) -> Compared:
    records = [_records(before, [one]), _records(after, [other])]
    shown = (records[1] or records[0])[0]
    deciding = other or one
    rule = deciding.rule.label if deciding and deciding.rule else Cell(NO_RULE, "muted")
    told = Cell(", ".join(_told(change)), "bad") if change else Cell(SAME, "muted")
    stddevs = (_stddev_text(records[0]), _stddev_text(records[1]))
    cells = row(
        _path(one, other),
        rule,
        shown.layer,
        typed_shape_text(shown),
        f"{size_of(shown):,}",
        told,
        *stddevs,
    )
    sparks = tuple(
        sparkline_path(result.histograms.get(found[0].path)) if found and size_of(found[0]) else ""
        for result, found in zip((before, after), records, strict=True)
    )
    return Compared(cells, sparks)


def _path(one: Assignment | None, other: Assignment | None) -> str:
    paths = dict.fromkeys(each.path for each in (one, other) if each)
    return " -> ".join(paths)


def _told(change: Change) -> Iterator[str]:
    if change.status == "changed":
        yield from (field for field in change.fields if field != SEED or len(change.fields) == 1)
    else:
        yield change.status


def _stddev_text(records: Sequence[Record]) -> str:
    """What is expected, or what was found where nothing is."""
    return next((expected_text(one) or measured_text(one) for one in records), "-")


def compared_table(rows: Sequence[Compared]) -> Table:
    """The table of all variables."""
    return Table(columns=COLUMNS, rows=tuple(one.cells for one in rows))
