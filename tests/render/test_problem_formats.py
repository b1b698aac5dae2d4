"""Problems are shown as what they are, whatever a file holds."""

from __future__ import annotations

from declinit.errors import Place, Problem, Source
from declinit.render.layouts.problems import Problems
from declinit.render.renderers import formats_of, render
from declinit.render.style import Style


def at(name: str, text: str, column: int = 1) -> Place:
    return Place(Source(name, text), 1, column)


def text(*problems: Problem) -> str:
    return render(Problems(problems), "text", Style())


def test_what_would_steer_a_terminal_is_not_sent_to_it():
    problem = Problem("DI103", "no text: \x1b[2J", where=at("model.keras", "PK\x1b[31m\x00", 3))
    assert text(problem) == (
        "model.keras:1:3: no text: \ufffd[2J [DI103]\n    PK\ufffd[31m\ufffd\n      ^\n1 error\n"
    )


def test_other_scripts_are_shown_as_they_are():
    problem = Problem("DI201", "unknown 'größe'", where=at("β.yaml", "größe: 1"))
    assert text(problem) == ("β.yaml:1:1: unknown 'größe' [DI201]\n    größe: 1\n    ^\n1 error\n")


def test_errors_and_warnings_are_counted_apart():
    problems = [Problem("DI201", "a"), Problem("DI303", "b", severity="warning")]
    assert text(*problems) == "a [DI201]\nwarning: b [DI303]\n1 error, 1 warning\n"
    assert text(*problems[1:]) == "warning: b [DI303]\n1 warning\n"


def test_github_gets_errors_first_and_nothing_that_it_would_take_for_syntax():
    problems = [
        Problem("DI310", "50%\nor less", severity="warning"),
        Problem("DI201", "a: b, c", hint="d", where=at("C:/a,b%.yaml", "x", 4)),
    ]
    assert render(Problems(tuple(problems)), "github", Style()) == (
        "::error file=C%3A/a%2Cb%25.yaml,line=1,col=4,title=DI201::a: b, c; d\n"
        "::warning title=DI310::50%25%0Aor less\n"
    )


def test_github_is_not_sent_what_would_steer_a_terminal():
    problem = Problem("DI103", "\x1b[31mred", where=at("a\x1b.yaml", "x"))
    assert render(Problems((problem,)), "github", Style()) == (
        "::error file=a\ufffd.yaml,line=1,col=1,title=DI103::\ufffd[31mred\n"
    )


def test_problems_can_be_written_for_people_for_programs_and_for_github():
    assert formats_of(Problems) == ("text", "github", "html", "json", "markdown", "sarif")
