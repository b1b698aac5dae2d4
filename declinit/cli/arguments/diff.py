"""Options and arguments of `declinit diff`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import (
    DetailOptions,
    ModelOptions,
    OverrideOptions,
    detail_arguments,
    format_argument,
    model_arguments,
    override_arguments,
)
from declinit.render.report import Report

SIDE = "a spec, recipe:NAME, a plan, an audit, or the word `model` for what its layers carry"

ABOUT = "compare policies, plans, audits, and what a model does today"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(OverrideOptions, ModelOptions, DetailOptions):
    """Options of `declinit diff`; what overrides a spec overrides every one that is compared.

    Attributes:
        before: the first side.
        after: the second side.
        seeds: whether seeds count.
    """

    before: str
    after: str
    seeds: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit diff`."""
    parser.add_argument("before", metavar="A", help=SIDE)
    parser.add_argument("after", metavar="B", help="likewise")
    override_arguments(parser)
    model_arguments(parser, required=False)
    format_argument(parser, Report)
    detail_arguments(parser)
    parser.add_argument(
        "--seeds",
        action="store_true",
        help="let another seed count as a difference; else only distributions do",
    )
