"""Problems as text, JSON or GitHub annotations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from declinit.errors import Problem
from declinit.render.style import Style, counted


def problems_text(problems: Sequence[Problem], style: Style) -> str:
    """Each problem with its source line, and a count."""
    if not problems:
        return ""
    blocks = [_painted(problem, style) for problem in problems]
    errors = sum(1 for problem in problems if problem.severity == "error")
    counts = [counted(errors, "error")] if errors else []
    counts += [counted(len(problems) - errors, "warning")] if errors < len(problems) else []
    return "\n".join([*blocks, ", ".join(counts)]) + "\n"


def _painted(problem: Problem, style: Style) -> str:
    snippet = problem.where.snippet() if problem.where else ""
    colour = "red" if problem.severity == "error" else "yellow"
    headline = style.paint(colour, _shown(problem.headline))
    return headline + (f"\n{_shown(snippet)}" if snippet else "")


def _shown(text: str) -> str:
    """The text without what would steer the terminal: a file may hold anything."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def problems_json(problems: Sequence[Problem], _style: Style) -> str:
    """A JSON document with one entry a problem."""
    data = {"declinit_problems": 1, "problems": [problem.to_dict() for problem in problems]}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def problems_github(problems: Sequence[Problem], _style: Style) -> str:
    """Workflow commands, which GitHub shows at the lines of a pull request; errors come first."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    return "".join(f"{_annotation(problem)}\n" for problem in ordered)


def _annotation(problem: Problem) -> str:
    where = problem.where
    file = _escaped(where.source.name).replace(":", "%3A").replace(",", "%2C") if where else ""
    place = [f"file={file}", f"line={where.line}", f"col={where.column}"] if where else []
    title = [f"title={problem.code}"] if problem.code else []
    properties = f" {','.join([*place, *title])}" if place or title else ""
    hint = f"; {problem.hint}" if problem.hint else ""
    return f"::{problem.severity}{properties}::{_escaped(problem.message + hint)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


REPORTERS: Mapping[str, Callable[[Sequence[Problem], Style], str]] = {
    "text": problems_text,
    "json": problems_json,
    "github": problems_github,
}
