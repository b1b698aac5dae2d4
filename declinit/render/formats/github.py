"""GitHub's workflow commands, which it shows at the lines of a pull request."""

from __future__ import annotations

from declinit.errors import Problem
from declinit.render.layouts.problems import Problems
from declinit.render.places import elsewhere, file_of
from declinit.render.printable import printable
from declinit.render.report import Report
from declinit.render.style import Style


def problems_github(problems: Problems, _style: Style) -> str:
    """One annotation a fault; errors come first, since GitHub shows only some."""
    ordered = sorted(problems.problems, key=lambda problem: problem.severity != "error")
    return "".join(f"{_annotation(problem)}\n" for problem in ordered)


def report_github(report: Report, style: Style) -> str:
    """One annotation a fault of what was read, and one a finding."""
    return problems_github(report.faults, style)


def _annotation(problem: Problem) -> str:
    properties = ",".join([*_place(problem), f"title={problem.code}"])
    named = elsewhere(problem.where)
    place = f"{named}: " if named else ""
    hint = f"; {problem.hint}" if problem.hint else ""
    return f"::{problem.severity} {properties}::{_escaped(place + problem.message + hint)}"


def _place(problem: Problem) -> list[str]:
    where, file = problem.where, file_of(problem.where)
    if where is None or file is None:
        return []
    name = _escaped(file).replace(":", "%3A").replace(",", "%2C")
    return [f"file={name}", f"line={where.line}", f"col={where.column}"]


def _escaped(text: str) -> str:
    shown = printable(text, keep="\r\n\t")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


WRITES = {Problems: problems_github, Report: report_github}
