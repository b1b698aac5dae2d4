"""Options and arguments of `declinit export`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import ModelOptions, model_arguments

ABOUT = "write the initializers of a model's layers as a spec"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit export`.

    Attributes:
        out: where to write the spec; standard output without it.
        seed: root seed of the spec.
        audit: an audit, whose initializers are written instead of those that layers carry.
    """

    out: str | None = None
    seed: int | None = None
    audit: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit export`."""
    model_arguments(parser)
    parser.add_argument("--out", metavar="SPEC", help="a YAML file; standard output without it")
    parser.add_argument("--seed", type=int, help="root seed of the spec")
    parser.add_argument(
        "--audit", metavar="AUDIT", help="write what this audit says was applied instead"
    )
