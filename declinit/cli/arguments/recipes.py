"""Options and arguments of `declinit recipes`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import Options, format_argument

ABOUT = "list published policies, or print one"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit recipes`.

    Attributes:
        name: the one to print; None to list all.
    """

    name: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit recipes`."""
    about = "the one to print, with its sources; all are listed if none is named"
    parser.add_argument("name", nargs="?", metavar="NAME", help=about)
    format_argument(parser)
