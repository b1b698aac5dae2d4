"""`declinit verify`: compare a model's weights with an audit."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli import terminal
from declinit.cli.exits import FINDINGS, FINE
from declinit.cli.inputs import load_model
from declinit.cli.options import ModelOptions, format_argument, model_arguments
from declinit.cli.recorded import read_audit
from declinit.render.layouts.verifications import verification_layout


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit verify`.

    Attributes:
        audit: the file.
        weights: a file whose weights the model is to have.
        verbose: show identical variables too.
    """

    audit: str
    weights: str | None = None
    verbose: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit verify`."""
    parser.add_argument("audit", metavar="AUDIT")
    model_arguments(parser)
    parser.add_argument(
        "--weights", metavar="FILE", help="load these weights first: a .weights.h5 or .keras file"
    )
    format_argument(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="identical ones too")


def run(options: CommandOptions) -> int:
    """Compare each weight of the model with its record."""
    audit = read_audit(options.audit)
    model = load_model(options)
    if options.weights:
        model.load_weights(options.weights)
    found = model.verify(audit)
    terminal.show(verification_layout(found, detailed=options.verbose), options)
    return FINE if found else FINDINGS
