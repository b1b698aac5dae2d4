"""Options that several commands share, and the arguments that set them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any, TypeVar

from declinit.render.layout import Layout
from declinit.render.renderers import formats_of


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every command can be told.

    Attributes:
        format: how results are written; one of the formats of `render.renderers`.
        colour: `auto`, `always` or `never`.
        imports: modules to import first.
    """

    format: str = "text"
    colour: str = "auto"
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OverrideOptions(Options):
    """Options of a command that overrides what specs say.

    Attributes:
        settings: overrides `KEY=VALUE`.
        rules: rules `PATTERN=INITIALIZER` that come last.
        checkpoints: files of weights, `NAME=PATH`.
    """

    settings: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpecOptions(OverrideOptions):
    """Options of a command that reads a spec.

    Attributes:
        spec: the file, or `recipe:NAME`.
    """

    spec: str


@dataclass(frozen=True, kw_only=True)
class ModelOptions(Options):
    """Options of a command that needs a model, and so Keras.

    Attributes:
        model: a function that makes one, or a file.
        kwargs: the arguments of the function, as JSON.
    """

    model: str
    kwargs: str = "{}"


@dataclass(frozen=True, kw_only=True)
class DetailOptions(Options):
    """Options of a command that shows a line a variable or a line a rule.

    Attributes:
        verbose: a line a variable.
        groups: a line a rule, even if a program reads.
    """

    verbose: bool = False
    groups: bool = False


Chosen = TypeVar("Chosen", bound=Options)


def options_of(kind: type[Chosen], namespace: argparse.Namespace) -> Chosen:
    """The options of a command that argparse has read.

    Args:
        kind: the dataclass of the command's options.
        namespace: what argparse read, one value a field.
    """
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(namespace).items()
    }
    return kind(**values)


def common_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of every command."""
    parser.add_argument(
        "--color", dest="colour", choices=("auto", "always", "never"), default="auto"
    )
    parser.add_argument(
        "--import",
        dest="imports",
        metavar="MODULE",
        action="append",
        default=[],
        help="import a module first, which registers initializers or layers",
    )


def spec_arguments(
    parser: argparse.ArgumentParser, about: str = "a spec file, or recipe:NAME"
) -> None:
    """A spec, and what overrides it."""
    parser.add_argument("spec", metavar="SPEC", help=about)
    override_arguments(parser)


def override_arguments(parser: argparse.ArgumentParser) -> None:
    """What overrides a spec."""
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, or RULE-ID.initializer.stddev=0.01",
    )
    parser.add_argument(
        "--rule",
        dest="rules",
        action="append",
        default=[],
        metavar="PATTERN=INITIALIZER",
        help="add a last rule, such as 'head/kernel=constant(value=0.1)'",
    )
    checkpoint_argument(parser)


def checkpoint_argument(parser: argparse.ArgumentParser) -> None:
    """Files of weights in place of those that a policy names."""
    parser.add_argument(
        "--checkpoint",
        dest="checkpoints",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="load from this file what the policy loads from the checkpoint NAME",
    )


def model_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """A model."""
    parser.add_argument(
        "--model",
        required=required,
        default="",
        metavar="MODEL",
        help="package.module:function, a .keras file, or a .json file with a model's config",
    )
    parser.add_argument("--kwargs", default="{}", metavar="JSON", help="arguments of the function")


def format_argument(parser: argparse.ArgumentParser, kind: type = Layout) -> None:
    """A format that the command's results can be written in."""
    parser.add_argument("--format", choices=formats_of(kind), default="text")


def detail_arguments(parser: argparse.ArgumentParser) -> None:
    """A line a variable, or a line a rule."""
    parser.add_argument("-v", "--verbose", action="store_true", help="a line a variable")
    parser.add_argument(
        "--groups", action="store_true", help="a line a rule, even if no person reads"
    )
