"""`declinit verify`: compare a model's weights with an audit."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.verify import CommandOptions
from declinit.cli.exits import FINDINGS, FINE
from declinit.cli.inputs import load_model
from declinit.cli.recorded import read_audit
from declinit.render.layouts.verifications import verification_layout


def run(options: CommandOptions) -> int:
    """Compare each weight of the model with its record."""
    audit = read_audit(options.audit)
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    found = model.verify(audit)
    terminal.show(verification_layout(found, detailed=options.verbose), options)
    return FINE if found else FINDINGS
