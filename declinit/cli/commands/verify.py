"""`declinit verify`: compare a model's weights with an audit, or by statistics with a policy."""

from __future__ import annotations

from declinit.audits.audit import Audit
from declinit.audits.files import verify_file
from declinit.audits.verification import Verification
from declinit.cli import terminal
from declinit.cli.arguments.verify import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import faults_are_no_difference, load_model, weights_are_readable
from declinit.cli.options import SpecOptions
from declinit.cli.recorded import read_audit, read_source
from declinit.errors import Problem
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.render.layouts.findings import plausibility_findings, verification_findings
from declinit.render.layouts.plausibilities import plausibility_layout
from declinit.render.layouts.verifications import verification_layout
from declinit.render.report import Report


def run(options: CommandOptions) -> int:
    """Compare each weight of the model with its record, or with what the policy draws."""
    if options.statistical:
        return _by_statistics(options)
    if options.checkpoints:
        raise UsageError(Problem("DI701", "--checkpoint goes with --statistical"))
    if not (options.model or options.weights):
        message = "nothing to compare: give --model, --weights, or both"
        raise UsageError(Problem("DI701", message))
    audit = read_audit(options.audit)
    found = _verified(audit, options)
    report = Report(
        layout=verification_layout(found, detailed=options.verbose),
        findings=lambda: verification_findings(found, options.audit),
    )
    terminal.show(report, options)
    return FINE if found else FINDINGS


def _verified(audit: Audit, options: CommandOptions) -> Verification:
    if options.weights and not options.model:
        with weights_are_readable():
            return verify_file(audit, options.weights)
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    return model.verify(audit)


def _recorded_files(source: Spec | Plan | Audit, options: CommandOptions) -> dict[str, str]:
    """Files in place of those that a plan or an audit names; a spec that was read names them."""
    return {} if isinstance(source, Spec) else checkpoints_of(options.checkpoints)


def _by_statistics(options: CommandOptions) -> int:
    if not options.model:
        raise UsageError(Problem("DI701", "--statistical needs --model"))
    with faults_are_no_difference():
        source = read_source(SpecOptions(spec=options.audit, checkpoints=options.checkpoints))
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    with faults_are_no_difference():
        plan = model.plan(source)
    terminal.report(plan.problems, options)
    with faults_are_no_difference():
        found = model.judge(plan, _recorded_files(source, options))
    report = Report(
        layout=plausibility_layout(found, detailed=options.verbose),
        problems=plan.problems,
        findings=lambda: plausibility_findings(found, plan, options.audit),
    )
    terminal.show(report, options)
    return FINE if found else FINDINGS
