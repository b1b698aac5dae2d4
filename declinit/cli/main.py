"""From a command line to an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from declinit.cli import starting, terminal
from declinit.cli.commands import COMMANDS, Command
from declinit.cli.exits import FINDINGS, INTERNAL, INTERRUPTED, USAGE, UsageError
from declinit.cli.options import Options, common_arguments, options_of
from declinit.errors import DeclinitError, ModelError, UnreadableError
from declinit.files import UnwritableError
from declinit.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; the default is `sys.argv`.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    command, options = _parsed(given)
    code = _run(command, options)
    terminal.flush()
    return code


def _parsed(arguments: list[str]) -> tuple[Command, Options]:
    """The command that the arguments name, and its options; argparse exits for wrong ones."""
    parser = argparse.ArgumentParser(
        prog="declinit",
        description="Declarative weight initialization for Keras 3.",
        epilog="Exit codes: 0 fine, 1 findings, 2 usage or unreadable input, 3 internal error.",
    )
    parser.add_argument("--version", action="version", version=f"declinit {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parsers = {
        name: subparsers.add_parser(name, help=command.about, description=command.about)
        for name, command in COMMANDS.items()
    }
    # No option above the commands takes a value. Only the command that is named is imported.
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    if named in parsers:
        common_arguments(parsers[named])
        COMMANDS[named].arguments(parsers[named])
    namespace = parser.parse_args(arguments)
    command = COMMANDS[str(named)]
    return command, options_of(command.options, namespace)


def _run(command: Command, options: Options) -> int:
    try:
        if options.imports:
            starting.import_modules(options.imports)
        return command.run(options)
    except (UnreadableError, UnwritableError, UsageError, ModelError) as error:
        terminal.show_errors(error.problems, options)
        return USAGE
    except DeclinitError as error:
        terminal.show_errors(error.problems, options)
        return FINDINGS
    except KeyboardInterrupt:
        terminal.say("interrupted")
        return INTERRUPTED
    except OSError as error:
        terminal.discard(sys.stdout)
        reason = (error.strerror or str(error)).lower()
        terminal.say(f"{error.filename or 'cannot write the output'}: {reason}")
        return USAGE
    except Exception as error:
        if os.environ.get("DECLINIT_DEBUG"):
            raise
        terminal.say(f"internal error: {type(error).__name__}: {error}")
        terminal.say("this is a fault of declinit; run again with DECLINIT_DEBUG=1 to see where")
        return INTERNAL
