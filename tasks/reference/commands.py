"""Every command, as `--help` prints it."""

from __future__ import annotations

import argparse
import os
from unittest import mock

from declinit.cli.commands import COMMANDS
from declinit.cli.parsing import whole_parser
from tasks.reference.markdown import block, code, prose, section

WIDTH = 90


def commands_reference() -> str:
    """The commands in alphabetical order."""
    parsers = parsers_of(whole_parser())
    with mock.patch.dict(os.environ, {"COLUMNS": str(WIDTH), "NO_COLOR": "1"}):
        return "\n".join(
            section(
                2,
                code(f"declinit {name}"),
                prose(_sentence(COMMANDS[name].about)) + "\n",
                block("text", parser.format_help()),
            )
            for name, parser in parsers.items()
        )


def parsers_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands by name."""
    actions = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    return dict(next(actions).choices)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
