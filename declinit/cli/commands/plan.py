"""`declinit plan`: what every variable of a model would receive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from declinit.cli import terminal
from declinit.cli.arguments.plan import CommandOptions
from declinit.cli.exits import FINDINGS, FINE
from declinit.cli.inputs import load_model, read_spec
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of, read_plan
from declinit.files import write_text
from declinit.plans.comparison import Drift, compare
from declinit.plans.plan import Plan
from declinit.plans.proposals import proposed_moves
from declinit.policy.moves import Moves
from declinit.policy.spec import Spec
from declinit.render.layouts.differences import drift_layout
from declinit.render.layouts.findings import drift_findings
from declinit.render.layouts.plans import plan_layout
from declinit.render.report import Report

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel


def run(options: CommandOptions) -> int:
    """Resolve the spec for the model; show the plan, or how it differs from a committed one."""
    # `--out` may be the file of `--check`: it is compared first, then replaced.
    outputs = (Output("--out", options.out),)
    check_outputs(outputs)
    committed = read_plan(options.check) if options.check else None
    spec = read_spec(options)
    keep_inputs(outputs, [*files_of(spec), options.model])
    model = load_model(options)
    keep_modules(outputs)
    plan = _plan(spec, model, options)
    if options.out:
        write_text(Path(options.out), plan.to_json())
    if committed is not None:
        return _check(committed, plan, spec.moves, options)
    layout = plan_layout(plan, detailed=terminal.is_detailed(options))
    terminal.show(Report(layout=layout, problems=plan.problems), options)
    return FINE


def _plan(spec: Spec, model: LoadedModel, options: CommandOptions) -> Plan:
    plan = model.plan(spec)
    terminal.report(plan.problems, options)
    if spec.seed is None:
        terminal.say(f"the spec names no seed: {plan.seed} was drawn, and is recorded in the plan")
    return plan


def _what_changed(drift: Drift) -> str:
    if drift.is_renaming:
        return "variables were renamed, and no weight changes"
    return "the plan has changed"


def _check(committed: Plan, plan: Plan, moves: Moves, options: CommandOptions) -> int:
    file = str(options.check)
    drift = Drift(
        file=file,
        variables=len(plan),
        differences=compare(committed, plan),
        moves=proposed_moves(committed, plan, moves),
    )
    report = Report(
        layout=drift_layout(drift, detailed=terminal.is_detailed(options)),
        problems=plan.problems,
        findings=lambda: drift_findings(drift, plan),
    )
    terminal.show(report, options)
    if not drift.differences:
        return FINE
    now = f"{options.out} is it as it is now" if options.out else "--out writes it anew"
    terminal.say(f"{file}: {_what_changed(drift)}; {now}")
    return FINDINGS
