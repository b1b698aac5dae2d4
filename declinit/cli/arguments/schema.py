"""Options and arguments of `declinit schema`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.checks.files import NAMES, SPEC
from declinit.cli.options import Options

ABOUT = "print a JSON Schema, or install that of specs for editors"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit schema`.

    Attributes:
        name: of the schema.
        install: whether to write it into the project, with the settings of VS Code.
    """

    name: str = SPEC
    install: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit schema`."""
    names = ", ".join(NAMES)
    about = f"one of {names}; {SPEC} if none is named"
    parser.add_argument("name", nargs="?", default=SPEC, metavar="NAME", help=about)
    parser.add_argument(
        "--install",
        action="store_true",
        help="write it to .declinit/spec.schema.json, and tell VS Code, which then completes and "
        "checks *.declinit.yaml; run this in the project's folder",
    )
