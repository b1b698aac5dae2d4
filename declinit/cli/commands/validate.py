"""`declinit validate`: check spec files, without a model."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from declinit.cli import terminal
from declinit.cli.arguments.validate import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINE, code_of
from declinit.documents import read_stream
from declinit.errors import DeclinitError, Problem
from declinit.policy.extending import load, load_document
from declinit.policy.spec import Spec
from declinit.render.layouts.problems import Problems
from declinit.wording import counted

STDIN, STDIN_NAME = "-", "<stdin>"


def run(options: CommandOptions) -> int:
    """Check each file; what is wrong with one keeps no other from being read."""
    problems: list[Problem] = []
    code = FINE
    checkpoints = checkpoints_of(options.checkpoints)
    for path in options.specs:
        try:
            spec = _load(path, checkpoints)
        except DeclinitError as error:
            problems += error.problems
            code = max(code, code_of(error))
        else:
            problems += spec.lint()
            if options.format == "text":
                rules = counted(len(spec.rules), "rule")
                terminal.write_line(f"{_name(path)}: fine, {rules}")
    if options.format == "text":
        terminal.report(problems, options)
    else:  # where another program reads, findings are this command's result
        terminal.show(Problems(tuple(problems)), options)
    return code


def _load(path: str, checkpoints: Mapping[str, str]) -> Spec:
    if path == STDIN:
        document = read_stream(sys.stdin.buffer, STDIN_NAME)
        return load_document(document, checkpoints=checkpoints)
    return load(path, checkpoints=checkpoints)


def _name(path: str) -> str:
    return STDIN_NAME if path == STDIN else path
