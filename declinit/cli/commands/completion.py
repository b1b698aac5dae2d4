"""`declinit completion`: what makes a shell complete commands and options."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from typing import Any

from declinit.cli import terminal
from declinit.cli.arguments.completion import CommandOptions
from declinit.cli.exits import FINE, UsageError
from declinit.cli.parsing import whole_parser
from declinit.errors import Problem

# What arguments that name files are called in `--help`.
FILES = frozenset({"SPEC", "SPEC|CODE", "AUDIT", "PLAN", "MODEL", "FILE", "A", "B"})


def run(options: CommandOptions) -> int:
    """Print the script, made of the commands' own arguments."""
    shtab = _shtab()
    parser = whole_parser()
    for action in _actions(parser):
        if action.metavar in FILES:
            action.complete = shtab.FILE
    terminal.write(f"{shtab.complete(parser, options.shell).rstrip()}\n")
    return FINE


def _shtab() -> Any:
    try:
        return importlib.import_module("shtab")
    except ImportError as error:
        hint = "pip install 'declinit[completion]'"
        message = "completion is written by shtab, which is not installed"
        raise UsageError(Problem("DI726", message, hint=hint)) from error


def _actions(parser: argparse.ArgumentParser) -> Iterator[Any]:
    """The arguments of all commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
