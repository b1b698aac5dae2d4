"""The arguments that the command line takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from declinit.version import VERSION

Run = Callable[[argparse.Namespace], int]


def command_line(commands: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser of `declinit`'s arguments.

    Args:
        commands: what to run, by the command's name; the parsed options carry it as `run`.
    """
    parser = argparse.ArgumentParser(
        prog="declinit",
        description="Declarative weight initialization for Keras 3.",
        epilog="Exit codes: 0 fine, 1 findings, 2 usage or unreadable input, 3 internal error.",
    )
    parser.add_argument("--version", action="version", version=f"declinit {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _Commands(subparsers, commands)
    return parser


class _Commands:
    """The commands in the order of `--help`, a few of one kind to a method."""

    def __init__(self, subparsers: Any, runs: Mapping[str, Run]) -> None:
        self.subparsers = subparsers
        self.runs = runs
        self.checking()
        self.planning()
        self.recording()
        self.describing()

    def add(self, name: str, about: str) -> Any:
        parser = self.subparsers.add_parser(name, help=about, description=about)
        parser.set_defaults(run=self.runs[name], format="text", colour="auto")
        parser.add_argument("--color", dest="colour", choices=("auto", "always", "never"))
        parser.add_argument(
            "--import",
            dest="imports",
            metavar="MODULE",
            action="append",
            default=[],
            help="import a module first, which registers initializers or layers",
        )
        return parser

    def checking(self) -> None:
        validate = self.add("validate", "check spec files, without a model")
        validate.add_argument("specs", nargs="+", metavar="SPEC")
        validate.add_argument("--format", choices=("text", "json", "github"))

    def planning(self) -> None:
        plan = self.add("plan", "show what every variable of a model would receive")
        _takes_spec(plan)
        _takes_model(plan)
        _takes_format(plan)
        _takes_groups(plan)
        plan.add_argument("--out", metavar="PLAN", help="write the plan to a JSON file")
        plan.add_argument("--check", metavar="PLAN", help="fail if the plan in this file differs")
        explain = self.add("explain", "say why variables receive what they receive")
        _takes_spec(explain)
        explain.add_argument("paths", nargs="+", metavar="PATH", help="a path, alias or pattern")
        _takes_model(explain)
        apply = self.add("apply", "initialize a model, save it and its audit")
        _takes_spec(apply, "a spec, a plan or an audit")
        _takes_model(apply)
        _takes_format(apply)
        _takes_groups(apply)
        apply.add_argument("--out", metavar="MODEL", help="a .keras file, or .weights.h5")
        apply.add_argument("--audit", metavar="AUDIT", help="a JSON file")

    def recording(self) -> None:
        verify = self.add("verify", "compare a model's weights with an audit")
        verify.add_argument("audit", metavar="AUDIT")
        _takes_model(verify)
        _takes_format(verify)
        verify.add_argument("-v", "--verbose", action="store_true", help="identical ones too")
        inventory = self.add("inventory", "list a model's variables")
        _takes_model(inventory)
        _takes_format(inventory)
        export = self.add("export", "write the initializers of a model's layers as a spec")
        _takes_model(export)
        export.add_argument("--out", metavar="SPEC", help="a YAML file; standard output without it")
        export.add_argument("--seed", type=int, help="root seed of the spec")

    def describing(self) -> None:
        kinds = self.add("initializers", "list initializers, or describe one")
        kinds.add_argument("name", nargs="?", metavar="NAME")
        kinds.add_argument("--format", choices=("text", "json"))
        schema = self.add("schema", "print a JSON Schema")
        schema.add_argument("name", nargs="?", default="spec", metavar="NAME")


def _takes_spec(parser: Any, about: str = "a spec file") -> None:
    parser.add_argument("spec", metavar="SPEC", help=about)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, or RULE-ID.initializer.stddev=0.01",
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="PATTERN=INITIALIZER",
        help="add a last rule, such as 'head/kernel=constant(value=0.1)'",
    )


def _takes_model(parser: Any) -> None:
    parser.add_argument(
        "--model",
        required=True,
        metavar="MODEL",
        help="package.module:function, a .keras file, or a .json file with a model's config",
    )
    parser.add_argument("--kwargs", default="{}", metavar="JSON", help="arguments of the function")


def _takes_format(parser: Any) -> None:
    parser.add_argument("--format", choices=("text", "json"))


def _takes_groups(parser: Any) -> None:
    parser.add_argument("-v", "--verbose", action="store_true", help="a line a variable")
    parser.add_argument(
        "--groups", action="store_true", help="a line a rule, also where no person reads"
    )
