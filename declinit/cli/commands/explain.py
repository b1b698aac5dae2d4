"""`declinit explain`: why variables receive what they receive, or what a code means."""

from __future__ import annotations

import re
from collections.abc import Mapping

from declinit.cli import terminal
from declinit.cli.arguments.explain import CommandOptions
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import load_model, read_spec
from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.errors.codes import CODES
from declinit.globs import Glob
from declinit.plans.plan import Assignment
from declinit.plans.resolution import draft
from declinit.render.layouts.codes import code_layout
from declinit.render.layouts.plans import explanation_layout
from declinit.render.report import Report

_CODE = re.compile(r"di\d+", re.IGNORECASE)


def run(options: CommandOptions) -> int:
    """Explain a code, or variables."""
    if _CODE.fullmatch(options.spec) and not (options.paths or options.model):
        return _explain_code(options)
    if not options.paths:
        message = "expected a PATH: the path, an alias or a pattern of variables to explain"
        raise UsageError(Problem("DI701", message))
    if not options.model:
        message = "expected --model: what a variable receives depends on the model"
        raise UsageError(Problem("DI701", message))
    return _explain_variables(options)


def _explain_code(options: CommandOptions) -> int:
    name = options.spec.upper()
    if name not in CODES:
        raise UsageError(Problem("DI702", f"there is no code {options.spec!r}"))
    terminal.show(Report(layout=code_layout(CODES[name])), options)
    return FINE


def _explain_variables(options: CommandOptions) -> int:
    spec = read_spec(options)
    # A draft is there even if it has errors, which may be why somebody asks.
    plan = draft(spec, load_model(options).inventory())
    terminal.report(plan.problems, options)
    paths = _chosen(plan, options.paths)
    layout = explanation_layout(plan[path] for path in paths)
    terminal.show(Report(layout=layout, problems=plan.problems), options)
    return FINDINGS if any(problem.severity == "error" for problem in plan.problems) else FINE


def _chosen(plan: Mapping[str, Assignment], patterns: tuple[str, ...]) -> list[str]:
    """The variables that any of the patterns names, once each.

    Raises:
        UsageError: with every pattern that names none.
    """
    chosen: dict[str, None] = {}
    problems: list[Problem] = []
    for pattern in patterns:
        try:
            paths = _named(plan, pattern)
        except DeclinitError as error:
            problems += error.problems
            continue
        if not paths:
            hint = did_you_mean(pattern, plan)
            problems.append(Problem("DI702", f"no variable {pattern!r}", hint=hint))
        chosen |= dict.fromkeys(paths)
    if problems:
        raise UsageError(problems)
    return list(chosen)


def _named(plan: Mapping[str, Assignment], pattern: str) -> list[str]:
    """The variables that a path, an alias or a pattern names."""
    exact = [path for path, one in plan.items() if pattern in (path, *one.aliases)]
    if exact:
        return exact
    glob = Glob.parse(pattern)
    return [path for path, one in plan.items() if any(map(glob.matches, (path, *one.aliases)))]
