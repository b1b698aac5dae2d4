"""`declinit schema`: print a JSON Schema."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.checks.files import NAMES, SPEC, schema_text
from declinit.cli import terminal
from declinit.cli.exits import FINE, UsageError
from declinit.cli.options import Options
from declinit.errors import DeclinitError


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


def run(options: CommandOptions) -> int:
    """Print the published text of a schema."""
    try:
        terminal.write(schema_text(options.name))
    except DeclinitError as error:
        raise UsageError(error.problems) from error
    return FINE
