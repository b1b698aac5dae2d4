"""Options and arguments of `declinit explain`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import (
    ModelOptions,
    SpecOptions,
    format_argument,
    model_arguments,
    override_arguments,
)
from declinit.render.report import Report

ABOUT = "say why variables receive what they receive, or what a code means"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions):
    """Options of `declinit explain`; `spec` may be a code.

    Attributes:
        paths: paths, aliases or patterns of variables.
    """

    paths: tuple[str, ...] = ()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit explain`."""
    parser.add_argument(
        "spec", metavar="SPEC|CODE", help="a spec file, or alone the code of a fault, as in DI101"
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a path, alias or pattern")
    override_arguments(parser)
    model_arguments(parser, required=False)
    format_argument(parser, Report)
