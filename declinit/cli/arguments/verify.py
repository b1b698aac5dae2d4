"""Options and arguments of `declinit verify`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import ModelOptions, checkpoint_argument, format_argument, model_arguments
from declinit.render.report import Report

ABOUT = "compare weights with an audit"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit verify`.

    Attributes:
        audit: the file; for statistics, also a spec or a plan.
        statistical: whether the weights only have to be a plausible draw.
        weights: a file whose weights the model is to have, or without a model those to compare.
        checkpoints: for statistics, files of weights, `NAME=PATH`.
        verbose: show identical variables too.
    """

    audit: str
    statistical: bool = False
    weights: str | None = None
    checkpoints: tuple[str, ...] = ()
    verbose: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit verify`."""
    parser.add_argument("audit", metavar="AUDIT")
    model_arguments(parser, required=False)
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="without --model, compare the weights in this file, of any format; "
        "with it, load them first: a .weights.h5 or .keras file",
    )
    parser.add_argument(
        "--statistical",
        action="store_true",
        help="ask whether each weight is a plausible draw; AUDIT may be a spec or a plan",
    )
    checkpoint_argument(parser)
    format_argument(parser, Report)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="identical ones too; of statistics, all"
    )
