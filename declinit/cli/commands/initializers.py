"""`declinit initializers`: list initializers, or describe one."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.initializers import CommandOptions
from declinit.cli.exits import FINE, UsageError
from declinit.errors import Problem, did_you_mean
from declinit.kinds.extensions import current_registry
from declinit.render.layouts.kinds import kind_layout, kinds_layout


def run(options: CommandOptions) -> int:
    """Show all kinds of initializers, or one with its parameters."""
    registry = current_registry()
    if options.name is None:
        terminal.show(kinds_layout(registry), options)
        return FINE
    kind = registry.find(options.name)
    if kind is None:
        hint = did_you_mean(options.name, registry.identifiers())
        raise UsageError(Problem("DI702", f"unknown initializer {options.name!r}", hint=hint))
    terminal.show(kind_layout(kind), options)
    return FINE
