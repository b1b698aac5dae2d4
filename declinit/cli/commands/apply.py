"""`declinit apply`: initialize a model, save it and its audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from declinit.audits.audit import Audit
from declinit.audits.restoration import departures
from declinit.cli import terminal
from declinit.cli.arguments.apply import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import load_model
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of, read_source
from declinit.errors import Problem
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.render.layouts.audits import audit_layout
from declinit.render.report import Report

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel

SUFFIXES = (".keras", ".weights.h5")


def run(options: CommandOptions) -> int:
    """Initialize the model, and keep what was done."""
    if not (options.out or options.audit):
        message = "nothing would be kept: give --out, --audit, or both"
        raise UsageError(Problem("DI701", message))
    outputs = (
        # A model may take its own place.
        Output("--out", options.out, replaces=options.model, suffixes=SUFFIXES),
        Output("--audit", options.audit),
    )
    check_outputs(outputs)
    source = read_source(options)
    own = [] if isinstance(source, Spec) else [options.spec]
    given = checkpoints_of(options.checkpoints)
    keep_inputs(outputs, [*own, *files_of(source), *given.values(), options.model])
    model = load_model(options)
    keep_modules(outputs)
    plan = model.plan(source)
    terminal.report(plan.problems, options)
    audit, departed, unloadable = _apply(source, plan, model, options)
    terminal.report(unloadable, options)
    layout = audit_layout(audit, detailed=terminal.is_detailed(options))
    report = Report(
        layout=layout, problems=(*plan.problems, *unloadable), findings=lambda: departed
    )
    terminal.show(report, options)
    terminal.report(departed, options)
    return FINDINGS if departed else FINE


def _apply(
    source: Spec | Plan | Audit, plan: Plan, model: LoadedModel, options: CommandOptions
) -> tuple[Audit, tuple[Problem, ...], tuple[Problem, ...]]:
    """The audit of what was done, which weights of an applied audit it did not restore, and warnings."""
    with terminal.progress() as progress:
        audit = model.apply(plan, progress, checkpoints_of(options.checkpoints))
    departed = departures(source, audit) if isinstance(source, Audit) else ()
    audit = audit.with_notes(problem.headline for problem in departed)
    unloadable = model.save(Path(options.out)) if options.out else ()
    if options.audit:
        audit.save(options.audit)
    return audit, departed, unloadable
