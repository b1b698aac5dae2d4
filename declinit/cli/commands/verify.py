"""`declinit verify`: compare a model's weights with an audit, or by statistics with a policy."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.verify import CommandOptions
from declinit.cli.exits import FINDINGS, FINE
from declinit.cli.inputs import load_model
from declinit.cli.options import SpecOptions
from declinit.cli.recorded import read_audit, read_source
from declinit.render.layouts.plausibilities import plausibility_layout
from declinit.render.layouts.verifications import verification_layout


def run(options: CommandOptions) -> int:
    """Compare each weight of the model with its record, or with what the policy draws."""
    if options.statistical:
        return _by_statistics(options)
    audit = read_audit(options.audit)
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    found = model.verify(audit)
    terminal.show(verification_layout(found, detailed=options.verbose), options)
    return FINE if found else FINDINGS


def _by_statistics(options: CommandOptions) -> int:
    source = read_source(SpecOptions(spec=options.audit))
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    plan = model.plan(source)
    terminal.report(plan.problems, options)
    found = model.judge(plan)
    terminal.show(plausibility_layout(found, detailed=options.verbose), options)
    return FINE if found else FINDINGS
