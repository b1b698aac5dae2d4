"""Options and arguments of `declinit validate`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import Options, checkpoint_argument, format_argument
from declinit.render.layouts.problems import Problems

ABOUT = "check spec files, without a model"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit validate`.

    Attributes:
        specs: the files to check.
        checkpoints: files of weights, `NAME=PATH`.
    """

    specs: tuple[str, ...]
    checkpoints: tuple[str, ...] = ()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit validate`."""
    parser.add_argument(
        "specs", nargs="+", metavar="SPEC", help="a file, recipe:NAME, or - for standard input"
    )
    checkpoint_argument(parser)
    format_argument(parser, Problems)
