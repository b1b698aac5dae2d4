"""The exit code that each end of a command has."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from declinit.cli import signals, starting, terminal
from declinit.cli.commands import Command
from declinit.cli.exits import INTERNAL, USAGE, code_of
from declinit.cli.options import Options
from declinit.cli.parsing import parsed
from declinit.cli.streams import Diversion, results
from declinit.errors import DeclinitError, ModelError, Problem
from declinit.wording import error_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; the default is `sys.argv`, for a process that ends
            with this command: what the user's code prints while it ends is no result either.

    Returns:
        The exit code.
    """
    command, options = parsed(sys.argv[1:] if arguments is None else arguments)
    diversion = Diversion()
    diversion.begin()
    try:
        with signals.heeded():
            code = _code_of(command, options)
            terminal.flush()
    finally:
        if arguments is not None:
            diversion.end()
    return code


def _code_of(command: Command, options: Options) -> int:
    try:
        code = _code_of_run(command, options)
        signals.check()
    except KeyboardInterrupt:
        code, says = signals.ending()
        terminal.say(says)
    except OSError as error:
        terminal.discard(results())
        reason = (error.strerror or str(error)).lower()
        terminal.say(f"{error.filename or 'cannot write the output'}: {reason}")
        return USAGE
    except MemoryError:
        terminal.say("there is not enough memory")
        return USAGE
    except Exception as error:
        if os.environ.get("DECLINIT_DEBUG"):
            raise
        terminal.say(f"internal error: {error_text(error)}")
        terminal.say("this is a fault of declinit; run again with DECLINIT_DEBUG=1 to see where")
        return INTERNAL
    return code


def _code_of_run(command: Command, options: Options) -> int:
    try:
        return _run(command, options)
    except DeclinitError as error:
        terminal.show_errors(error.problems, options)
        return code_of(error)


def _run(command: Command, options: Options) -> int:
    try:
        if options.imports:
            starting.import_modules(options.imports)
        return command.run(options)
    except BaseException as error:
        if isinstance(error, Exception) or type(error) is KeyboardInterrupt:
            raise
        # Nothing here raises such a thing: an initializer or a layer of the user's does.
        raise ModelError(Problem("DI707", f"the run was ended by {error_text(error)}")) from error
