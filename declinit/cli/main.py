"""The exit code that each end of a command has."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from declinit.cli import starting, terminal
from declinit.cli.commands import Command
from declinit.cli.exits import FINDINGS, INTERNAL, INTERRUPTED, USAGE, UsageError
from declinit.cli.options import Options
from declinit.cli.parsing import parsed
from declinit.errors import DeclinitError, ModelError, UnreadableError
from declinit.files import UnwritableError

# Errors that are no findings: what was asked for could not be looked at, or not be written.
_NO_FINDINGS = (UsageError, UnreadableError, UnwritableError, ModelError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; the default is `sys.argv`.

    Returns:
        The exit code.
    """
    command, options = parsed(sys.argv[1:] if arguments is None else arguments)
    code = _code_of(command, options)
    terminal.flush()
    return code


def _code_of(command: Command, options: Options) -> int:
    try:
        return _code_of_run(command, options)
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


def _code_of_run(command: Command, options: Options) -> int:
    try:
        if options.imports:
            starting.import_modules(options.imports)
        return command.run(options)
    except DeclinitError as error:
        terminal.show_errors(error.problems, options)
        return USAGE if isinstance(error, _NO_FINDINGS) else FINDINGS
