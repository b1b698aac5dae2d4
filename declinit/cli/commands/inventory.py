"""`declinit inventory`: list a model's variables."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.inventory import CommandOptions
from declinit.cli.exits import FINE
from declinit.cli.inputs import load_model
from declinit.render.layouts.inventories import inventory_layout


def run(options: CommandOptions) -> int:
    """Show every variable, and the initializer that its layer carries."""
    model = load_model(options)
    terminal.show(inventory_layout(model.inventory(), model.initializers()), options)
    return FINE
