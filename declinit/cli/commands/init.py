"""`declinit init`: write a first policy, for a model if one is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from declinit.cli import terminal
from declinit.cli.arguments.init import CommandOptions
from declinit.cli.editors import is_installed, modeline
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import load_model, read_spec
from declinit.cli.options import SpecOptions
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of
from declinit.errors import Problem
from declinit.files import write_text
from declinit.policy.beginnings import beginning, beginning_of_recipe
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
    if not options.model:
        _write(_beginning(recipe, options), options.out)
        _tell(options.out)
        return FINE
    model = load_model(options)
    keep_modules(outputs)
    found = _outline(model, recipe, options)
    _write(found.text, options.out)
    terminal.report(found.problems, options)
    _tell(options.out, is_missing=bool(found.missing))
    unfit = any(problem.severity == "error" for problem in found.problems)
    return FINDINGS if found.missing or unfit else FINE


def _write(policy: str, out: str | None) -> None:
    text = modeline(Path(out) if out else None) + policy
    if out:
        write_text(Path(out), text)
    else:
        terminal.write(text)


def _tell(out: str | None, *, is_missing: bool = False) -> None:
    written = [f"{out} is written"] if out else []
    missing = ["the comment at its end says what is missing"] if is_missing else []
    if written or missing:
        terminal.say("; ".join([*written, *missing]))
    if out and not is_installed():
        terminal.say("`declinit schema --install` has editors complete and check it")


def _refuse_existing(path: str | None) -> None:
    if path and Path(path).is_file():
        message = f"{path!r} is there already, and `init` takes the place of no file"
        raise UsageError(Problem("DI721", message))


def _recipe(options: CommandOptions) -> Spec | None:
    name = options.recipe
    if name is None:
        return None
    return read_spec(SpecOptions(spec=name if _is_file(name) else _qualified(name)))


def _beginning(recipe: Spec | None, options: CommandOptions) -> str:
    return beginning_of_recipe(recipe, _extended(options)) if recipe else beginning()


def _outline(model: LoadedModel, recipe: Spec | None, options: CommandOptions) -> Outline:
    return model.adopting(recipe, _extended(options)) if recipe else model.outlined()


def _extended(options: CommandOptions) -> str:
    """How the policy names the recipe that it extends."""
    name = str(options.recipe)
    return _seen_from(options.out, name) if _is_file(name) else _qualified(name)


def _is_file(name: str) -> bool:
    """Whether a name is a path; a recipe's name has neither a slash nor an ending."""
    return not name.startswith(RECIPE) and ("/" in name or Path(name).suffix != "")


def _qualified(name: str) -> str:
    return name if name.startswith(RECIPE) else f"{RECIPE}{name}"


def _seen_from(out: str | None, file: str) -> str:
    """A file as a policy in another folder names it."""
    folder = Path(out).parent if out else Path()
    return Path(os.path.relpath(file, folder)).as_posix()
