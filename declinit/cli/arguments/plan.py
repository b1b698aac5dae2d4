"""Options and arguments of `declinit plan`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import (
    DetailOptions,
    ModelOptions,
    SpecOptions,
    detail_arguments,
    format_argument,
    model_arguments,
    spec_arguments,
)
from declinit.render.report import Report

ABOUT = "show what every variable of a model would receive"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions, DetailOptions):
    """Options of `declinit plan`.

    Attributes:
        out: where to write the plan.
        check: a plan to compare with.
    """

    out: str | None = None
    check: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit plan`."""
    spec_arguments(parser)
    model_arguments(parser)
    format_argument(parser, Report)
    detail_arguments(parser)
    parser.add_argument("--out", metavar="PLAN", help="write the plan to a JSON file")
    parser.add_argument("--check", metavar="PLAN", help="fail if the plan in this file differs")
