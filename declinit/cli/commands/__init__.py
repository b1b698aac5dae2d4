"""The table of commands; the module of a command has its name.

Each module has `CommandOptions`, a frozen dataclass; `arguments(parser)`, which sets one argument
a field; and `run(options)`, which gives the exit code. A command whose options are `ModelOptions`
needs Keras, and gets it with its model from `inputs.load_model`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from declinit.cli.options import Options


@dataclass(frozen=True, slots=True)
class Command:
    """A command, whose module is imported when it is first needed.

    Attributes:
        name: of the command and of its module.
        about: one line for `--help`.
    """

    name: str
    about: str

    @property
    def options(self) -> type[Options]:
        """The dataclass of its options."""
        kind: type[Options] = self._module.CommandOptions
        return kind

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its own arguments to a parser."""
        self._module.arguments(parser)

    def run(self, options: Options) -> int:
        """Carry it out; gives the exit code."""
        return int(self._module.run(options))

    @property
    def _module(self) -> Any:
        return importlib.import_module(f"{__name__}.{self.name}")


# In the order of `--help`.
COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command("validate", "check spec files, without a model"),
        Command("plan", "show what every variable of a model would receive"),
        Command("explain", "say why variables receive what they receive, or what a code means"),
        Command("apply", "initialize a model, save it and its audit"),
        Command("verify", "compare a model's weights with an audit"),
        Command("inventory", "list a model's variables"),
        Command("export", "write the initializers of a model's layers as a spec"),
        Command("initializers", "list initializers, or describe one"),
        Command("schema", "print a JSON Schema"),
    )
}
