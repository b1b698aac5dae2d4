"""The commands: whatever has a module in `arguments` and another of its name here.

`arguments.NAME` has `ABOUT`, a line for `--help`; `CommandOptions`, a frozen dataclass; and
`arguments(parser)`, which sets one argument a field. `commands.NAME` has `run(options)`, which
gives the exit code. A command whose options are `ModelOptions` needs Keras, and gets it with its
model from `inputs.load_model`.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
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
    """

    name: str

    @property
    def about(self) -> str:
        """One line for `--help`."""
        return str(self._interface.ABOUT)

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


COMMANDS: Mapping[str, Command] = {
    name: Command(name)
    for name in sorted(one.name for one in pkgutil.iter_modules(arguments.__path__))
}
