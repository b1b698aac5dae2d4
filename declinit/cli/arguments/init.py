"""Options and arguments of `declinit init`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from declinit.cli.options import ModelOptions, model_arguments

ABOUT = "write a first policy, for a model if one is named"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit init`.

    Attributes:
        recipe: what the policy extends: the name of a recipe, or a file.
        out: where to write the policy; standard output without it.
    """

    recipe: str | None = None
    out: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit init`."""
    model_arguments(parser, required=False)
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="extend this recipe, or a policy of your own by its path; without one the policy "
        "says what the model does today, and without a model what Keras does by default",
    )
    parser.add_argument("--out", metavar="SPEC", help="a new YAML file; standard output without it")
