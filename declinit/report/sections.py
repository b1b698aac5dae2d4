"""Sections: the parts of a page, as its template takes them.

What they say of findings, notes and differences are the layouts that text and Markdown are made of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from declinit.audits.audit import Record
from declinit.errors import Problem
from declinit.plans.diffs import Diff
from declinit.render.layout import Table
from declinit.render.layouts.diffs import diff_layout
from declinit.render.layouts.probes import probe_layout
from declinit.report.overlays import compared_table, compared_variables, overlays_of
from declinit.report.pictures import Picture, pictures_of
from declinit.report.results import Result
from declinit.report.rules import RuleResult
from declinit.report.sentences import sentence_of
from declinit.report.signals import signals_picture
from declinit.report.sparklines import HEIGHT, WIDTH, sparkline_path
from declinit.report.stddevs import expected_text, measured_text, pooled_ratio, range_text
from declinit.report.tables import distribution_text, rules_table, variables_table
from declinit.wording import counted

Section = Mapping[str, Any]

SPARKS = "values"  # the column of sparklines

DRAWN_MARKS = (("bars first", "values"), ("line second", "exact density of the distribution"))
BOTH_MARKS = (
    ("bars first", "values before"),
    ("line first", "exact density before"),
    ("bars second", "values after"),
    ("line second dashed", "exact density after"),
)


def warnings_section(results: Iterable[Result]) -> Iterator[Section]:
    """What is wrong, each fault once; there is no such section where nothing is."""
    problems = dict.fromkeys(problem for one in results for problem in one.problems)
    notes = dict.fromkeys(note for one in results for note in one.audit.notes)
    if problems or notes:
        yield {
            "key": "warnings",
            "title": "Warnings" if problems else "Notes",
            "about": "",
            "problems": list(map(_problem, problems)),
            "notes": list(notes),
        }


def _problem(problem: Problem) -> Mapping[str, str]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "where": str(problem.where or ""),
        "message": problem.message,
        "hint": problem.hint or "",
    }


def words_section(result: Result, found: Sequence[RuleResult]) -> Section:
    """The policy, a sentence a rule."""
    sentences = [
        (
            one.label,
            (one.rule.where if one.rule else "") or "",
            sentence_of(one, result.rules.get(one.label), result.plan.registry),
        )
        for one in found
    ]
    about = "Where several rules match a variable, the last of them decides."
    return {
        "key": "policy",
        "title": "The policy in words",
        "about": about if len(found) > 1 else "",
        "sentences": sentences,
    }


def rules_section(found: Sequence[RuleResult]) -> Section:
    """The table of rules."""
    return {
        "key": "rules",
        "title": "Rules",
        "about": "Where the variables of a rule differ, the smallest and the largest stddev are "
        "shown. The last column is over all values of the rule, with its standard error.",
        "table": rules_table(found),
    }


def pictures_section(result: Result, found: Sequence[RuleResult]) -> Iterator[Section]:
    """A picture a rule; there is no such section where no values were looked at."""
    if not result.is_measured:
        return
    by_label = {one.label: one for one in found}
    made = sorted(pictures_of(result, found), key=lambda one: one.is_constant)
    pictures = [_card(one, by_label[one.label]) for one in made]
    if pictures:
        yield {
            "key": "pictures",
            "title": "Distributions",
            "about": "",
            "legend": DRAWN_MARKS,
            "pictures": pictures,
        }


def signals_section(result: Result) -> Iterator[Section]:
    """The signals of the model, where those were asked for."""
    if result.probe is None:
        return
    picture = signals_picture(result.probe)
    yield {
        "key": "signals",
        "title": "Signals",
        "about": "The root mean square of every layer's output, and of the gradient with respect "
        "to it, in the order in which layers run. Faint lines are single seeds.",
        "chart": picture.svg,
        "notes": picture.notes,
        "layout": probe_layout(result.probe),
    }


def _card(picture: Picture, found: RuleResult) -> Mapping[str, Any]:
    if picture.is_constant:
        return {**_caption(picture, found), "small": True, "numbers": ()}
    ratio = pooled_ratio(found.records)
    numbers = (
        ("expected stddev", range_text(map(expected_text, found.records))),
        ("measured stddev", range_text(map(measured_text, found.records))),
        ("ratio", str(ratio) if ratio else ""),
    )
    shown = [(label, text) for label, text in numbers if text]
    return {**_caption(picture, found), "small": False, "numbers": shown}


def _caption(picture: Picture, found: RuleResult) -> Mapping[str, Any]:
    count = counted(len(found.records), "variable")
    return {
        "label": picture.label,
        "svg": picture.svg,
        "notes": picture.notes,
        "about": f"{distribution_text(found.records)}, {count}",
    }


def variables_section(result: Result) -> Section:
    """The table of variables."""
    records = list(result.audit.values())
    table = variables_table(records, recorded=not result.is_measured)
    sparks = [[_spark(result, record)] for record in records] if result.is_measured else []
    about = "" if sparks else "This is what the audit records. With --model there are pictures."
    return {
        "key": "variables",
        "title": "Variables",
        "about": about,
        "kind": "measured" if sparks else "recorded",
        "filters": ("rule", "layer", "origin"),
        **_sparkling(table, sparks),
    }


def _sparkling(table: Table, sparks: Sequence[Sequence[str]]) -> Section:
    columns = (*table.columns, SPARKS) if sparks else table.columns
    return {
        "variables": table,
        "columns": columns,
        "sparks": sparks,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _spark(result: Result, record: Record) -> str:
    return sparkline_path(result.histograms.get(record.path)) if math.prod(record.shape) else ""


def differences_section(diff: Diff) -> Section:
    """What differs, as `declinit diff` tells it."""
    return {
        "key": "differences",
        "title": "What differs",
        "about": "",
        "layout": replace(diff_layout(diff), summary=""),  # it is at the top
    }


def overlays_section(before: Result, after: Result, diff: Diff) -> Iterator[Section]:
    """Pictures of both sides over each other, where they draw from other distributions."""
    pictures = overlays_of(before, after, diff)
    if pictures:
        yield {
            "key": "pictures",
            "title": "Distributions that differ",
            "about": "",
            "legend": BOTH_MARKS,
            "pictures": pictures,
        }


def compared_section(before: Result, after: Result, diff: Diff) -> Section:
    """The table of the variables of both sides."""
    rows = compared_variables(before, after, diff)
    return {
        "key": "variables",
        "title": "Variables",
        "about": "Those that differ come first.",
        "kind": "compared",
        "filters": ("rule", "layer", "change"),
        **_sparkling(compared_table(rows), [one.sparks for one in rows]),
    }
