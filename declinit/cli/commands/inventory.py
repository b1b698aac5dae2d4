"""`declinit inventory`: list a model's variables, or the tensors of a file of weights."""

from __future__ import annotations

from declinit.checkpoints import open_checkpoint
from declinit.cli import terminal
from declinit.cli.arguments.inventory import CommandOptions
from declinit.cli.exits import FINE, UsageError
from declinit.cli.inputs import load_model, weights_are_readable
from declinit.errors import Problem
from declinit.render.layout import Layout
from declinit.render.layouts.inventories import inventory_layout
from declinit.render.layouts.weights import weights_layout


def run(options: CommandOptions) -> int:
    """Show every variable, and the initializer that its layer carries; or every tensor."""
    if bool(options.model) == bool(options.weights):
        raise UsageError(Problem("DI701", "expected either --model or --weights"))
    terminal.show(_of_weights(options.weights) if options.weights else _of_model(options), options)
    return FINE


def _of_model(options: CommandOptions) -> Layout:
    model = load_model(options)
    return inventory_layout(model.inventory(), model.initializers())


def _of_weights(path: str) -> Layout:
    with weights_are_readable(), open_checkpoint(path) as checkpoint:
        return weights_layout(path, checkpoint.format, list(checkpoint.values()))
