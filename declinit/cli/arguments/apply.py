"""Options and arguments of `declinit apply`."""

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

ABOUT = "initialize a model, save it and its audit"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions, DetailOptions):
    """Options of `declinit apply`; `spec` may be a plan or an audit.

    Attributes:
        out: where to write the model, or its weights.
        audit: where to write the audit.
    """

    out: str | None = None
    audit: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit apply`."""
    spec_arguments(parser, "a spec, a plan or an audit")
    model_arguments(parser)
    format_argument(parser, Report)
    detail_arguments(parser)
    parser.add_argument("--out", metavar="MODEL", help="a .keras file, or .weights.h5")
    parser.add_argument("--audit", metavar="AUDIT", help="a JSON file")
