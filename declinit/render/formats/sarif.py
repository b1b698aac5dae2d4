"""SARIF 2.1.0, the format of static analysis that GitHub's code scanning and editors read.

The rules of a log are the codes of its results: `declinit explain CODE` says the same.
"""

from __future__ import annotations

import pathlib
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from declinit.errors import CODES, Problem
from declinit.render.layouts.problems import Problems
from declinit.render.places import elsewhere, file_of
from declinit.render.printable import printable
from declinit.render.report import Report
from declinit.render.style import Style
from declinit.serialization import json_text
from declinit.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 5_000
"""Results that GitHub keeps of a run; errors come first."""


def problems_sarif(problems: Problems, _style: Style) -> str:
    """A log of one run, with one result a fault."""
    ordered = sorted(problems.problems, key=lambda problem: problem.severity != "error")
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(ordered)]})


def report_sarif(report: Report, style: Style) -> str:
    """A log with one result a fault of what was read, and one a finding."""
    return problems_sarif(report.faults, style)


def _run(problems: Sequence[Problem]) -> dict[str, Any]:
    shown = problems[:MOST]
    codes = sorted({problem.code for problem in shown})
    index = {code: at for at, code in enumerate(codes)}
    driver = {"name": "declinit", "version": VERSION, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, index) for problem in shown],
    }
    if len(problems) > MOST:
        text = f"{len(problems)} results, of which the first {MOST} are shown"
        told = {"level": "warning", "message": {"text": text}}
        run["invocations"] = [
            {"executionSuccessful": True, "toolExecutionNotifications": [told]},
        ]
    return run


def _rule(code: str) -> dict[str, Any]:
    row = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": row.title},
        "fullDescription": {"text": row.why},
        "help": {"text": row.mend},
    }


def _result(problem: Problem, index: Mapping[str, int]) -> dict[str, Any]:
    hint = f"; {problem.hint}" if problem.hint else ""
    result = {
        "ruleId": problem.code,
        "ruleIndex": index[problem.code],
        "level": problem.severity,
        "message": {"text": _plain(problem.message + hint)},
    }
    location = _location(problem)
    return {**result, "locations": [location]} if location else result


def _plain(text: str) -> str:
    """A text without links, which SARIF writes as Markdown does."""
    return printable(text).replace("](", "] (")


def _location(problem: Problem) -> dict[str, Any]:
    where, file = problem.where, file_of(problem.where)
    if where is None:
        return {}
    if file is None:
        name = printable(elsewhere(where))
        return {"logicalLocations": [{"fullyQualifiedName": name}]}
    region = {"startLine": where.line, "startColumn": where.column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}


def _uri(file: str) -> str:
    """The address of a file: relative where its path is, which GitHub takes from the repository."""
    path = pathlib.PurePath(file)
    quoted = urllib.parse.quote(path.as_posix(), errors="replace")
    return f"file:///{quoted.lstrip('/')}" if path.is_absolute() else quoted


WRITES = {Problems: problems_sarif, Report: report_sarif}
