"""What comparisons tell, as faults with places: a line of a table becomes a fault of its rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from declinit.audits.plausibility import INCONSISTENT, Plausibility
from declinit.audits.verification import Verification
from declinit.errors import Place, Problem, Source
from declinit.errors.excerpts import shorten
from declinit.plans.comparison import Drift
from declinit.plans.diffs import Diff
from declinit.plans.plan import Plan
from declinit.render.layout import Cell, Layout, Table
from declinit.render.layouts.differences import drift_layout
from declinit.render.layouts.diffs import diff_layout
from declinit.render.layouts.plausibilities import plausibility_layout
from declinit.render.layouts.verifications import verification_layout

Findings = tuple[Problem, ...]
Row = tuple[Cell, ...]

_WRITTEN = re.compile(r"(.+):([1-9]\d{0,8}):([1-9]\d{0,8})", re.DOTALL)


def drift_findings(drift: Drift, plan: Plan) -> Findings:
    """How a plan has drifted: a fault a rule and kind of change.

    Args:
        drift: what differs.
        plan: what the policy comes to now, which knows where its rules are.
    """
    layout = drift_layout(drift)
    told = drift.differences and _told(layout, plan, drift.file)
    return _findings(Problem("DI722", text, where=where) for text, where in told or ())


def diff_findings(diff: Diff) -> Findings:
    """What two sides draw differently: a fault a rule and kind of change."""
    layout = diff_layout(diff)
    told = diff.differs and _told(layout, diff.after.plan, diff.after.name)
    return _findings(Problem("DI723", text, where=where) for text, where in told or ())


def verification_findings(found: Verification, file: str) -> Findings:
    """Which weights are not those of an audit: a fault a variable.

    Args:
        found: how a model compares with an audit.
        file: the audit.
    """
    rows = _rows(verification_layout(found))
    return _findings(Problem("DI724", _text(one), where=file_place(file)) for one in rows)


def plausibility_findings(found: Plausibility, plan: Plan, file: str) -> Findings:
    """Which weights are no plausible draw: a fault a variable, at the rule that decides it.

    Args:
        found: the judgements.
        plan: what the weights were held against.
        file: where that is written.
    """
    rows = [one for one in _rows(plausibility_layout(found)) if one[1].text == INCONSISTENT]
    rules = {path: one.rule.label for path, one in plan.items() if one.rule}
    places = rule_places(plan)
    return _findings(
        Problem(
            "DI725",
            _text(one),
            where=places.get(rules.get(one[0].text, ""), file_place(file)),
        )
        for one in rows
    )


def _findings(problems: Iterable[Problem]) -> Findings:
    return tuple(shorten(problems))


def _told(layout: Layout, plan: Plan, file: str) -> Iterator[tuple[str, Place]]:
    """Each row of what differs, at its rule; where settings alone differ, the whole in a line."""
    places, whole = rule_places(plan), file_place(file)
    rows = _rows(layout)
    if not rows:
        yield f"{layout.title}; {layout.summary}", whole
    for one in rows:
        yield _text(one), places.get(one[0].text, whole)


def _rows(layout: Layout) -> tuple[Row, ...]:
    """The rows of the first table, which is the one that counts."""
    first = next((one for one in layout.tables if isinstance(one, Table)), None)
    return first.rows if first else ()


def _text(row: Row) -> str:
    subject, *rest = (cell.text for cell in row)
    return f"{subject}: {', '.join(filter(None, rest))}"


def file_place(name: str) -> Place:
    """The beginning of a file that is not shown."""
    return Place(Source(name, ""), 1, 1)


def rule_places(plan: Plan) -> Mapping[str, Place]:
    """Where the rules of a plan are, by their labels; of those that were read from files."""
    written = {use.rule.label: _WRITTEN.fullmatch(use.rule.where or "") for use in plan.rules}
    return {
        label: Place(Source(found[1], ""), int(found[2]), int(found[3]))
        for label, found in written.items()
        if found
    }
