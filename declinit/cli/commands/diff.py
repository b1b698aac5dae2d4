"""`declinit diff`: what two policies, plans, audits or models draw differently."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.diff import CommandOptions
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.sides import read_sides
from declinit.errors import Problem
from declinit.plans.diffs import Diff
from declinit.render.layouts.diffs import diff_layout
from declinit.render.layouts.findings import diff_findings
from declinit.render.report import Report


def run(options: CommandOptions) -> int:
    """Compare two sides; distributions count, and seeds if asked for."""
    before, after = read_sides(options)
    reason = before.seedless or after.seedless
    if options.seeds and reason:
        raise UsageError(Problem("DI720", f"--seeds has nothing to compare: {reason}"))
    diff = Diff.of(before, after, seeds=options.seeds)
    layout = diff_layout(diff, detailed=terminal.is_detailed(options))
    terminal.show(Report(layout=layout, findings=lambda: diff_findings(diff)), options)
    return FINDINGS if diff.differs else FINE
