"""Pages: results as one HTML file that is complete in itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from declinit.plans.diffs import Diff
from declinit.render.layouts.audits import audit_layout
from declinit.render.layouts.diffs import diff_layout
from declinit.report import sections
from declinit.report.markup import rendered
from declinit.report.results import Result
from declinit.report.rules import RuleResult, rule_results


def page(result: Result) -> str:
    """The page of one policy.

    Args:
        result: what it came to.
    """
    found = rule_results(result)
    return rendered(
        title=f"{result.name}: initialization",
        names=[result.name],
        about=" ".join(result.note.split()),
        facts=list(_facts(result, found)),
        summaries=[audit_layout(result.audit).summary],
        sections=[
            *sections.warnings_section([result]),
            sections.words_section(result, found),
            sections.rules_section(found),
            *sections.pictures_section(result, found),
            *sections.signals_section(result),
            sections.variables_section(result),
        ],
        versions=_versions(result),
    )


def comparison_page(before: Result, after: Result, diff: Diff) -> str:
    """The page of two policies side by side, what differs first.

    Args:
        before: what the first came to.
        after: what the second came to.
        diff: what they draw differently.
    """
    return rendered(
        title=f"{before.name} and {after.name}: initialization",
        names=[before.name, after.name],
        about="",
        facts=list(_compared_facts(before, after, diff)),
        summaries=[diff_layout(diff).summary],
        sections=[
            *sections.warnings_section([before, after]),
            sections.differences_section(diff),
            *sections.overlays_section(before, after, diff),
            _words_of_side("first", before),
            _words_of_side("second", after),
            sections.compared_section(before, after, diff),
        ],
        versions=_versions(after),
    )


def _words_of_side(which: str, result: Result) -> sections.Section:
    section = sections.words_section(result, rule_results(result))
    return {**section, "key": which, "title": f"{which.capitalize()}: {result.name}"}


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
