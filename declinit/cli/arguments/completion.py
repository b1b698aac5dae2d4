"""Options and arguments of `declinit completion`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import Options

SHELLS = ("bash", "zsh", "fish")

ABOUT = "print what makes a shell complete commands and options"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(Options):
    """Options of `declinit completion`.

    Attributes:
        shell: one of `SHELLS`.
    """

    shell: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit completion`."""
    parser.add_argument("shell", choices=SHELLS)
    parser.epilog = (
        'bash: eval "$(declinit completion bash)" in ~/.bashrc; zsh: declinit completion zsh > '
        "_declinit in a folder of $fpath; fish: declinit completion fish > "
        "~/.config/fish/completions/declinit.fish"
    )
