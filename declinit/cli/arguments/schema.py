"""Options and arguments of `declinit schema`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.checks.files import NAMES, SPEC
from declinit.cli.options import Options

ABOUT = "print a JSON Schema"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit schema`.

    Attributes:
        name: of the schema.
    """

    name: str = SPEC


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit schema`."""
    names = ", ".join(NAMES)
    about = f"one of {names}; {SPEC} if none is named"
    parser.add_argument("name", nargs="?", default=SPEC, metavar="NAME", help=about)
