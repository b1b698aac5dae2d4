"""GitHub's workflow commands, which it shows at the lines of a pull request."""

from __future__ import annotations

from declinit.errors import Problem
from declinit.render.layouts.problems import Problems
from declinit.render.printable import printable
from declinit.render.style import Style


def problems_github(problems: Problems, _style: Style) -> str:
    """One annotation a fault; errors come first, since GitHub shows only some."""
    ordered = sorted(problems.problems, key=lambda problem: problem.severity != "error")
    return "".join(f"{_annotation(problem)}\n" for problem in ordered)


def _annotation(problem: Problem) -> str:
    where = problem.where
    file = _escaped(where.source.name).replace(":", "%3A").replace(",", "%2C") if where else ""
    place = [f"file={file}", f"line={where.line}", f"col={where.column}"] if where else []
    properties = ",".join([*place, f"title={problem.code}"])
    hint = f"; {problem.hint}" if problem.hint else ""
    return f"::{problem.severity} {properties}::{_escaped(problem.message + hint)}"


def _escaped(text: str) -> str:
    shown = printable(text, keep="\r\n\t")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


WRITES = {Problems: problems_github}
