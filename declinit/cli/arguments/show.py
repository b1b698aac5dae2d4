"""Options and arguments of `declinit show`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import SpecOptions, format_argument, spec_arguments

ABOUT = "print a spec with everything it extends, each rule with where it is from"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions):
    """Options of `declinit show`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit show`."""
    spec_arguments(parser)
    format_argument(parser)
