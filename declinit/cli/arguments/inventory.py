"""Options and arguments of `declinit inventory`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import ModelOptions, format_argument, model_arguments

ABOUT = "list the variables of a model, or of a file of weights"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit inventory`.

    Attributes:
        weights: a file of weights to list instead of a model.
    """

    weights: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit inventory`."""
    model_arguments(parser, required=False)
    parser.add_argument(
        "--weights", metavar="FILE", help="list the tensors of a file of weights instead"
    )
    format_argument(parser)
