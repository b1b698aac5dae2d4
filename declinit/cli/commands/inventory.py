"""`declinit inventory`: list a model's variables."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli import terminal
from declinit.cli.exits import FINE
from declinit.cli.inputs import load_model
from declinit.cli.options import ModelOptions, format_argument, model_arguments
from declinit.render.layouts.inventories import inventory_layout


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit inventory`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit inventory`."""
    model_arguments(parser)
    format_argument(parser)


def run(options: CommandOptions) -> int:
    """Show every variable, and the initializer that its layer carries."""
    model = load_model(options)
    terminal.show(inventory_layout(model.inventory(), model.initializers()), options)
    return FINE
