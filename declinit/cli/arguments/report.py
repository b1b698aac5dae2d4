"""Options and arguments of `declinit report`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import ModelOptions, SpecOptions, model_arguments, override_arguments

ABOUT = "write a page with pictures of what a policy draws, or of two side by side"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions):
    """Options of `declinit report`; `spec` may be a plan or an audit.

    Attributes:
        other: a second one, to be shown beside the first.
        probe: whether to show how large signals are in the model too.
        out: where to write the page; standard output without it.
    """

    other: str | None = None
    probe: bool = False
    out: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit report`."""
    parser.add_argument("spec", metavar="A", help="a spec, recipe:NAME, a plan or an audit")
    parser.add_argument(
        "other", nargs="?", metavar="B", help="likewise, to be shown beside the first"
    )
    override_arguments(parser)
    model_arguments(parser, required=False)
    parser.add_argument(
        "--probe",
        action="store_true",
        help="show how large signals are, forward and back, as `declinit probe` measures them",
    )
    parser.add_argument("--out", metavar="FILE", help="an .html file; standard output without it")
