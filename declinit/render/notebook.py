"""How notebooks show documents: in short, and every variable where somebody unfolds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from declinit.audits.audit import Audit
from declinit.audits.plausibility import Plausibility
from declinit.audits.verification import Verification
from declinit.errors import Problem
from declinit.plans.comparison import Drift
from declinit.plans.diffs import Diff
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.render.formats.html import layout_html, report_html
from declinit.render.layout import Layout
from declinit.render.layouts.audits import audit_layout
from declinit.render.layouts.differences import drift_layout
from declinit.render.layouts.diffs import diff_layout
from declinit.render.layouts.plans import plan_layout
from declinit.render.layouts.plausibilities import plausibility_layout
from declinit.render.layouts.specs import rules_layout
from declinit.render.layouts.verifications import verification_layout
from declinit.render.report import Report
from declinit.render.style import Style

# Notebooks align cells to the right, and take what stands between dollars for mathematics. The
# colours can be told apart by everybody, on white and on black.
OPENING = """<div class="declinit tex2jax_ignore mathjax_ignore">
<style>
.declinit table { margin: .5em 0 }
.declinit table :is(th, td, caption) { text-align: left }
.declinit caption { white-space: nowrap }
.declinit .declinit-muted { opacity: .6 }
.declinit .declinit-good { color: #009e73 }
.declinit .declinit-bad { color: #d55e00 }
.declinit .declinit-warning { color: #e69f00 }
</style>
"""

_LAYOUTS: Mapping[type, Callable[..., Layout]] = {
    Audit: audit_layout,
    Diff: diff_layout,
    Drift: drift_layout,
    Plan: plan_layout,
    Plausibility: plausibility_layout,
    Verification: verification_layout,
}


def html_of(document: Any) -> str | None:
    """A document as HTML; None for one that a notebook shows by its `repr`.

    Args:
        document: a spec, or anything that is made of one.
    """
    layouts = _layouts_of(document)
    return f"{OPENING}{''.join(layouts)}</div>" if layouts else None


def _layouts_of(document: Any) -> list[str]:
    if isinstance(document, Spec):
        return [_told(rules_layout(document), document.lint())]
    lay_out = _LAYOUTS.get(type(document))
    if lay_out is None:
        return []
    brief, whole = lay_out(document), lay_out(document, detailed=True)
    shown = _told(brief, document.problems if isinstance(document, Plan) else ())
    tables = layout_html(replace(whole, title="", summary="", notes=()), Style())
    if whole.tables == brief.tables or not tables.strip():
        return [shown]
    return [shown, f"<details><summary>by variable</summary>\n{tables}</details>\n"]


def _told(layout: Layout, problems: tuple[Problem, ...]) -> str:
    """A layout, and below it the warnings that go with it."""
    return report_html(Report(layout=layout, problems=problems), Style())
