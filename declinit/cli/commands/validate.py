"""`declinit validate`: check spec files, without a model."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.validate import CommandOptions
from declinit.cli.exits import FINDINGS, FINE, USAGE
from declinit.cli.inputs import checkpoints_of
from declinit.errors import DeclinitError, Problem, UnreadableError
from declinit.policy.extending import load
from declinit.render.layouts.problems import Problems
from declinit.wording import counted


def run(options: CommandOptions) -> int:
    """Check each file; what is wrong with one keeps no other from being read."""
    problems: list[Problem] = []
    unreadable = False
    checkpoints = checkpoints_of(options.checkpoints)
    for path in options.specs:
        try:
            spec = load(path, checkpoints=checkpoints)
        except DeclinitError as error:
            problems += error.problems
            unreadable |= isinstance(error, UnreadableError)
        else:
            if options.format == "text":
                rules = counted(len(spec.rules), "rule")
                terminal.write_line(f"{path}: fine, {rules}")
    if options.format == "text":
        terminal.report(problems, options)
    else:  # where another program reads, findings are this command's result
        terminal.show(Problems(tuple(problems)), options)
    return USAGE if unreadable else FINDINGS if problems else FINE
