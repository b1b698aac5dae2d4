"""Findings as SARIF 2.1.0."""

from __future__ import annotations

import json

import jsonschema
import pytest

from declinit.errors import CODES, Place, Problem, Source
from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems
from declinit.render.renderers import render
from declinit.render.report import Report
from declinit.render.style import Style

TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}


def exactly(required: str = "", optional: str = "", **properties: object) -> dict:
    """An object with these members and no other, as the definitions of the standard are."""
    assert {*required.split(), *optional.split()} == {*properties}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


# What the published schema says of the members that are used; all of its definitions are closed.
SARIF = exactly(
    "$schema version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"enum": ["2.1.0"]},
    runs={
        "type": "array",
        "items": exactly(
            "tool results columnKind",
            "invocations",
            tool=exactly(
                "driver",
                driver=exactly(
                    "name version rules",
                    name={"type": "string"},
                    version={"type": "string"},
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": exactly(
                            "id shortDescription fullDescription help",
                            id={"type": "string"},
                            shortDescription=TEXT,
                            fullDescription=TEXT,
                            help=TEXT,
                        ),
                    },
                ),
            ),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            results={
                "type": "array",
                "items": exactly(
                    "ruleId ruleIndex level message",
                    "locations",
                    ruleId={"type": "string"},
                    ruleIndex={"type": "integer", "minimum": -1},
                    level={"enum": ["none", "note", "warning", "error"]},
                    message=TEXT,
                    locations={
                        "type": "array",
                        "items": exactly(
                            "",
                            "physicalLocation logicalLocations",
                            physicalLocation=exactly(
                                "artifactLocation region",
                                artifactLocation=exactly(
                                    "uri", uri={"type": "string", "pattern": "^[!-~]+$"}
                                ),
                                region=exactly(
                                    "startLine startColumn",
                                    startLine={"type": "integer", "minimum": 1},
                                    startColumn={"type": "integer", "minimum": 1},
                                ),
                            ),
                            logicalLocations={
                                "type": "array",
                                "items": exactly(
                                    "fullyQualifiedName", fullyQualifiedName={"type": "string"}
                                ),
                            },
                        ),
                    },
                ),
            },
            invocations={
                "type": "array",
                "items": exactly(
                    "executionSuccessful toolExecutionNotifications",
                    executionSuccessful={"type": "boolean"},
                    toolExecutionNotifications={
                        "type": "array",
                        "items": exactly(
                            "level message",
                            level={"enum": ["none", "note", "warning", "error"]},
                            message=TEXT,
                        ),
                    },
                ),
            },
        ),
    },
)


def run_of(*problems: Problem) -> dict:
    """The one run of a log, which keeps to the standard."""
    log = json.loads(render(Problems(problems), "sarif", Style()))
    jsonschema.validate(log, SARIF)
    return log["runs"][0]


def at(name: str, line: int = 1, column: int = 1, path: str = "") -> Place:
    return Place(Source(name, ""), line, column, path)


def test_a_fault_is_a_result_and_its_code_a_rule_with_help():
    warning = Problem("DI303", "b", severity="warning")
    run = run_of(warning, Problem("DI209", "a", hint="c", where=at("x/s.yaml", 4, 18)))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["DI209", "DI303"]
    assert run["tool"]["driver"]["rules"][0]["help"]["text"] == CODES["DI209"].mend
    place = {
        "artifactLocation": {"uri": "x/s.yaml"},
        "region": {"startLine": 4, "startColumn": 18},
    }
    assert run["results"] == [
        {
            "ruleId": "DI209",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "a; c"},
            "locations": [{"physicalLocation": place}],
        },
        {"ruleId": "DI303", "ruleIndex": 1, "level": "warning", "message": {"text": "b"}},
    ]


def test_nothing_found_is_a_run_without_results():
    run = run_of()
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


PLACES = {
    # name of a source: address of a file, or the name of what is none
    "a b%#?:c.yaml": "a%20b%25%23%3F%3Ac.yaml",
    "größe\x1b.yaml": "gr%C3%B6%C3%9Fe%1B.yaml",
    "/work/s.yaml": "file:///work/s.yaml",
    "\ud800.yaml": "%3F.yaml",
}


@pytest.mark.parametrize("name", PLACES, ids=ascii)
def test_a_file_is_an_address(name):
    (result,) = run_of(Problem("DI209", "a", where=at(name)))["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == PLACES[name]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (at("recipe:gpt2", 3, 4), "recipe:gpt2"),
        (at("--set seed"), "--set seed"),
        (at("<config>", path="rules[3].seed"), "rules[3].seed"),
    ],
)
def test_what_is_in_no_file_is_named(place, name):
    (result,) = run_of(Problem("DI209", "a", where=place))["results"]
    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": name}]}]
    annotation = render(Problems((Problem("DI209", "a", where=place),)), "github", Style())
    assert annotation == f"::error title=DI209::{name}: a\n"


def test_no_text_is_a_link_or_steers_a_terminal():
    (result,) = run_of(Problem("DI209", "[x](https://x.y)\x1b[2J\u202e"))["results"]
    assert result["message"]["text"] == "[x] (https://x.y)\ufffd[2J\ufffd"


def test_no_more_results_than_are_kept_are_written_and_errors_come_first():
    many = [Problem("DI303", str(number), severity="warning") for number in range(6_000)]
    run = run_of(*many, Problem("DI209", "a"))
    assert (len(run["results"]), run["results"][0]["ruleId"]) == (5_000, "DI209")
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "6001 results, of which the first 5000 are shown"


def test_a_report_holds_the_faults_of_what_was_read_and_what_the_layout_tells():
    report = Report(
        layout=Layout(document=dict, summary="2 differ"),
        problems=(Problem("DI310", "guessed", severity="warning"),),
        findings=lambda: (Problem("DI722", "changed"),),
    )
    log = json.loads(render(report, "sarif", Style()))
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["DI722", "DI310"]
    assert render(report, "github", Style()) == (
        "::error title=DI722::changed\n::warning title=DI310::guessed\n"
    )
    assert render(report, "markdown", Style()) == "**2 differ**\n\n- `warning: guessed [DI310]`\n"
    assert render(report, "text", Style()) == "# 2 differ\n"
    assert render(report, "json", Style()) == "{}\n"
