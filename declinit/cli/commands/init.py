"""`declinit init`: write a first policy for a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from declinit.cli import terminal
from declinit.cli.arguments.init import CommandOptions
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import load_model, read_spec
from declinit.cli.options import SpecOptions
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of
from declinit.errors import Problem
from declinit.files import write_text
from declinit.policy.spec import Spec

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel
    from declinit.model.outlines import Outline

RECIPE = "recipe:"
SUFFIXES = (".yaml", ".yml")


def run(options: CommandOptions) -> int:
    """Write what the model does today, or a recipe with its groups filled."""
    outputs = (Output("--out", options.out, suffixes=SUFFIXES),)
    check_outputs(outputs)
    _refuse_existing(options.out)
    recipe = _recipe(options)
    keep_inputs(outputs, [*(files_of(recipe) if recipe else ()), options.model])
    model = load_model(options)
    keep_modules(outputs)
    found = _outline(model, recipe, options)
    if options.out:
        write_text(Path(options.out), found.text)
    else:
        terminal.write(found.text)
    terminal.report(found.problems, options)
    _tell(found, options.out)
    unfit = any(problem.severity == "error" for problem in found.problems)
    return FINDINGS if found.missing or unfit else FINE


def _tell(found: Outline, out: str | None) -> None:
    written = [f"{out} is written"] if out else []
    missing = ["the comment at its end says what is missing"] if found.missing else []
    if written or missing:
        terminal.say("; ".join([*written, *missing]))


def _refuse_existing(path: str | None) -> None:
    if path and Path(path).is_file():
        message = f"{path!r} is there already, and `init` takes the place of no file"
        raise UsageError(Problem("DI721", message))


def _recipe(options: CommandOptions) -> Spec | None:
    name = options.recipe
    if name is None:
        return None
    return read_spec(SpecOptions(spec=name if _is_file(name) else _qualified(name)))


def _outline(model: LoadedModel, recipe: Spec | None, options: CommandOptions) -> Outline:
    name = options.recipe
    if recipe is None or name is None:
        return model.outlined()
    return model.adopting(
        recipe, _seen_from(options.out, name) if _is_file(name) else _qualified(name)
    )


def _is_file(name: str) -> bool:
    """Whether a name is a path; a recipe's name has neither a slash nor an ending."""
    return not name.startswith(RECIPE) and ("/" in name or Path(name).suffix != "")


def _qualified(name: str) -> str:
    return name if name.startswith(RECIPE) else f"{RECIPE}{name}"


def _seen_from(out: str | None, file: str) -> str:
    """A file as a policy in another folder names it."""
    folder = Path(out).parent if out else Path()
    return Path(os.path.relpath(file, folder)).as_posix()
