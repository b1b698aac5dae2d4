"""The table of commands, each of which has two modules of its name.

`arguments.NAME` has `CommandOptions`, a frozen dataclass, and `arguments(parser)`, which sets one
argument a field. `commands.NAME` has `run(options)`, which gives the exit code. A command whose
options are `ModelOptions` needs Keras, and gets it with its model from `inputs.load_model`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from declinit.cli import arguments
from declinit.cli.options import Options


@dataclass(frozen=True, slots=True)
class Command:
    """A command, whose modules are imported when they are first needed.

    Attributes:
        name: of the command and of its modules.
        about: one line for `--help`.
    """

    name: str
    about: str

    @property
    def options(self) -> type[Options]:
        """The dataclass of its options."""
        kind: type[Options] = self._interface.CommandOptions
        return kind

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its own arguments to a parser."""
        self._interface.arguments(parser)

    def run(self, options: Options) -> int:
        """Carry it out; gives the exit code."""
        return int(importlib.import_module(f"{__name__}.{self.name}").run(options))

    @property
    def _interface(self) -> Any:
        return importlib.import_module(f"{arguments.__name__}.{self.name}")


# In the order of `--help`.
COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command("validate", "check spec files, without a model"),
        Command("plan", "show what every variable of a model would receive"),
        Command("explain", "say why variables receive what they receive, or what a code means"),
        Command("apply", "initialize a model, save it and its audit"),
        Command("verify", "compare weights with an audit"),
        Command("inventory", "list the variables of a model, or of a file of weights"),
        Command("export", "write the initializers of a model's layers as a spec"),
        Command("initializers", "list initializers, or describe one"),
        Command("schema", "print a JSON Schema"),
    )
}
