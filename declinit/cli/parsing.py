"""From a command line to a command and its options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from declinit.cli.commands import COMMANDS, Command
from declinit.cli.exits import RULE
from declinit.cli.options import Options, common_arguments, options_of
from declinit.render.printable import encodable, printable
from declinit.version import VERSION


def parsed(arguments: Sequence[str]) -> tuple[Command, Options]:
    """The command that is named, and its options.

    Only the module of that command is imported, so that `--help` and mistakes are answered fast.

    Args:
        arguments: without the program's name.

    Raises:
        SystemExit: by argparse, for help, the version and wrong arguments.
    """
    # No option in front of the command takes a value, and help there is that of all commands.
    named = next((one for one in arguments if not one.startswith("-") or one in _HELP), "")
    namespace = _parser(named).parse_args(arguments)
    command = COMMANDS[named]
    return command, options_of(command.options, namespace)


_HELP = frozenset({"-h", "--help"})


class _Parser(argparse.ArgumentParser):
    """A parser that shows arguments as what they are: text of others, such as names of files."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        stream = file or sys.stderr
        super()._print_message(encodable(printable(message, keep="\n"), stream), file)


def _parser(named: str) -> argparse.ArgumentParser:
    """The parser of one command; of all, without their arguments, where none is named."""
    parser, subparsers = _outer_parser()
    if named not in COMMANDS:
        for name, command in COMMANDS.items():
            subparsers.add_parser(name, help=command.about)
        return parser
    _add(subparsers, COMMANDS[named])
    return parser


def _outer_parser() -> tuple[argparse.ArgumentParser, Any]:
    """The parser of what stands in front of a command, and where commands are added."""
    parser = _Parser(
        prog="declinit",
        description="Declarative weight initialization for Keras 3.",
        epilog=RULE,
    )
    parser.add_argument("--version", action="version", version=f"declinit {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    return parser, subparsers


def whole_parser() -> argparse.ArgumentParser:
    """The parser of all commands, with all their arguments."""
    parser, subparsers = _outer_parser()
    for command in COMMANDS.values():
        _add(subparsers, command)
    return parser


def _add(subparsers: Any, command: Command) -> None:
    subparser = subparsers.add_parser(command.name, description=command.about, help=command.about)
    common_arguments(subparser)
    command.arguments(subparser)
