"""Options and arguments of `declinit initializers`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import Options, format_argument

ABOUT = "list initializers, or describe one"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit initializers`.

    Attributes:
        name: the one to describe; None to list all.
    """

    name: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit initializers`."""
    parser.add_argument("name", nargs="?", metavar="NAME")
    format_argument(parser)
