"""Pages: results as one HTML file that is complete in itself.

What the page says of findings, notes and differences are the layouts that text and Markdown are
made of. All text passes `printable` and Jinja's escaping here; nothing but the pictures, the style
and the script is taken as it is, and those hold no text of the user's.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from declinit.audits.audit import Record
from declinit.errors import Problem
from declinit.plans.diffs import Diff
from declinit.render.layout import Cell
from declinit.render.layouts.audits import audit_layout
from declinit.render.layouts.diffs import diff_layout
from declinit.render.printable import printable
from declinit.report.extras import module
from declinit.report.overlays import compared_table, compared_variables, overlays_of
from declinit.report.pictures import Picture, pictures_of
from declinit.report.results import Result
from declinit.report.rules import RuleResult, rule_results
from declinit.report.sentences import sentence_of
from declinit.report.sparklines import HEIGHT, WIDTH, sparkline_path
from declinit.report.stddevs import expected_text, measured_text, pooled_ratio, range_text
from declinit.report.tables import NUMBERS, distribution_text, rules_table, variables_table
from declinit.version import VERSION
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


def page(result: Result) -> str:
    """The page of one policy.

    Args:
        result: what it came to.
    """
    found = rule_results(result)
    sections = [*_warnings([result]), _words(result, found), _rules(found)]
    sections += _pictures(result, found)
    sections.append(_variables(result))
    return _rendered(
        title=f"{result.name}: initialization",
        names=[result.name],
        about=_flat(result.note),
        facts=list(_facts(result, found)),
        summaries=[audit_layout(result.audit).summary],
        sections=sections,
        versions=_versions(result),
    )


def comparison_page(before: Result, after: Result, diff: Diff) -> str:
    """The page of two policies side by side, what differs first.

    Args:
        before: what the first came to.
        after: what the second came to.
        diff: what they draw differently.
    """
    layout = diff_layout(diff)
    sections = [*_warnings([before, after]), _differences(diff)]
    pictures = overlays_of(before, after, diff)
    if pictures:
        sections.append(_overlays(pictures))
    for result in (before, after):
        title = f"{'First' if result is before else 'Second'}: {result.name}"
        found = rule_results(result)
        key = "first" if result is before else "second"
        sections.append({**_words(result, found), "key": key, "title": title})
    sections.append(_compared(before, after, diff))
    return _rendered(
        title=f"{before.name} and {after.name}: initialization",
        names=[before.name, after.name],
        about="",
        facts=list(_compared_facts(before, after, diff)),
        summaries=[layout.summary],
        sections=sections,
        versions=_versions(after),
    )


def _facts(result: Result, found: Sequence[RuleResult]) -> Iterator[tuple[str, str]]:
    audit = result.audit
    yield from [("model", result.model)] if result.model else []
    yield "variables", f"{len(audit):,}"
    yield "parameters", f"{sum(one.parameters for one in found):,}"
    yield "rules", f"{sum(one.rule is not None for one in found):,}"
    yield "seed", str(audit.seed)
    yield "generator", audit.generator
    yield from [("fans", audit.fans)] if audit.fans != "layer" else []
    yield "policy digest", audit.spec_digest[:12]


def _compared_facts(before: Result, after: Result, diff: Diff) -> Iterator[tuple[str, str]]:
    yield "model", after.model
    yield "differing variables", f"{len(diff.changes):,}"
    yield "others", f"{diff.unchanged:,}"
    for name in ("seed", "generator", "fans"):
        one, other = str(getattr(before.audit, name)), str(getattr(after.audit, name))
        yield name, one if one == other else f"{one} / {other}"


def _versions(result: Result) -> str:
    others = {name: one for name, one in result.audit.versions.items() if name != "declinit"}
    return ", ".join(f"{name} {one}" for name, one in others.items())


def _warnings(results: Iterable[Result]) -> Iterator[Section]:
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


def _words(result: Result, found: Sequence[RuleResult]) -> Section:
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


def _rules(found: Sequence[RuleResult]) -> Section:
    return {
        "key": "rules",
        "title": "Rules",
        "about": "Where the variables of a rule differ, the smallest and the largest stddev are "
        "shown. The last column is over all values of the rule, with its standard error.",
        "table": rules_table(found),
    }


def _pictures(result: Result, found: Sequence[RuleResult]) -> Iterator[Section]:
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


def _variables(result: Result) -> Section:
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


def _sparkling(table: Any, sparks: Sequence[Sequence[str]]) -> Section:
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


def _differences(diff: Diff) -> Section:
    return {
        "key": "differences",
        "title": "What differs",
        "about": "",
        "layout": replace(diff_layout(diff), summary=""),  # it is at the top
    }


def _overlays(pictures: Sequence[Mapping[str, Any]]) -> Section:
    return {
        "key": "pictures",
        "title": "Distributions that differ",
        "about": "",
        "legend": BOTH_MARKS,
        "pictures": pictures,
    }


def _compared(before: Result, after: Result, diff: Diff) -> Section:
    rows = compared_variables(before, after, diff)
    return {
        "key": "variables",
        "title": "Variables",
        "about": "Those that differ come first.",
        "kind": "compared",
        "filters": ("rule", "layer", "change"),
        **_sparkling(compared_table(rows), [one.sparks for one in rows]),
    }


def _flat(text: str) -> str:
    """A text on one line; what people write into notes is wrapped."""
    return " ".join(text.split())


def _rendered(*, versions: str, **values: Any) -> str:
    script = _text("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    markup = module("markupsafe").Markup
    text: str = _template().render(
        page={**values, "versions": versions},
        numbers=NUMBERS,
        version=VERSION,
        style=markup(_text("page.css")),
        script=markup(script),
        script_hash=f"sha256-{digest}",
    )
    return text


@functools.cache
def _template() -> Any:
    jinja, markup = module("jinja2"), module("markupsafe")
    environment = jinja.Environment(
        autoescape=True,
        undefined=jinja.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters["as_markup"] = markup.Markup
    environment.filters["lines"] = lambda text: markup.escape(printable(text, keep="\n"))
    return environment.from_string(_text("page.html"))


def _shown(value: Any) -> Any:
    """Text without what would steer its reader; markup has been made of such text."""
    if isinstance(value, Cell):
        raise TypeError(value)
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _text(name: str) -> str:
    return (resources.files("declinit.report") / "templates" / name).read_text(encoding="utf-8")
