"""`declinit initializers`: list initializers, or describe one."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli import terminal
from declinit.cli.exits import FINE, UsageError
from declinit.cli.options import Options, format_argument
from declinit.errors import Problem
from declinit.kinds.extensions import current_registry
from declinit.render.layouts.kinds import kind_layout, kinds_layout


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


def run(options: CommandOptions) -> int:
    """Show all kinds of initializers, or one with its parameters."""
    registry = current_registry()
    if options.name is None:
        terminal.show(kinds_layout(registry), options)
        return FINE
    kind = registry.find(options.name)
    if kind is None:
        message, hint = registry.unknown(options.name)
        raise UsageError([Problem(message=message, hint=hint)])
    terminal.show(kind_layout(kind), options)
    return FINE
