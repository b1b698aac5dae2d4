"""Errors hold every fault, each with its place, the line, a caret and a hint."""

from __future__ import annotations

import pickle

import pytest

from declinit.errors import (
    DeclinitError,
    Place,
    Problem,
    SpecError,
    did_you_mean,
    refuse_errors,
)
from declinit.errors import Source as Text

SOURCE = Text("a.yaml", "declinit: 1\n\tseed: x  \nrules: []")


@pytest.mark.parametrize(
    ("line", "column", "snippet"),
    [
        (1, 1, "    declinit: 1\n    ^"),
        (1, 11, "    declinit: 1\n              ^"),
        (2, 8, "    seed: x\n          ^"),
        (3, 10, "    rules: []\n             ^"),
        (4, 1, ""),
    ],
)
def test_a_place_draws_its_line_with_a_caret(line, column, snippet):
    assert Place(SOURCE, line, column).snippet() == snippet


@pytest.mark.parametrize("column", [1, 30, 61, 100, 299])
def test_the_caret_of_a_long_line_stays_below_its_character(column):
    marks = "".join(chr(0x4E00 + index) for index in range(300))
    shown, caret = Place(Text("a", marks), 1, column).snippet().splitlines()
    assert len(shown) <= 4 + 120
    assert shown[len(caret) - 1] == marks[column - 1]


def test_a_source_has_lines_counted_from_one():
    assert [SOURCE.line(number) for number in (0, 1, 3, 4)] == ["", "declinit: 1", "rules: []", ""]


def test_a_problem_is_one_headline_and_its_snippet():
    problem = Problem("DI201", "wrong", where=Place(SOURCE, 3, 1), hint="try this")
    assert problem.headline == "a.yaml:3:1: wrong; try this [DI201]"
    assert str(problem) == "a.yaml:3:1: wrong; try this [DI201]\n    rules: []\n    ^"


def test_a_warning_says_that_it_is_one():
    problem = Problem("DI310", "odd", severity="warning")
    assert str(problem) == "warning: odd [DI310]"


def test_a_problem_in_data_that_was_never_text_names_the_keys_that_lead_to_it():
    config = Text("<config>", "")
    assert str(Problem("DI202", "odd", where=Place(config, 1, 1))) == "<config>: odd [DI202]"
    where = Place(config, 1, 1, "rules[3].seed")
    assert str(Problem("DI203", "odd", where=where)) == "rules[3].seed: odd [DI203]"


def test_a_problem_found_without_a_place_can_be_given_one():
    problem = Problem("DI201", "wrong", hint="try this")
    placed = problem.at(Place(SOURCE, 3, 1))
    assert placed == Problem("DI201", "wrong", hint="try this", where=Place(SOURCE, 3, 1))


def test_a_problem_is_data():
    problem = Problem("DI201", "wrong", where=Place(SOURCE, 3, 1))
    assert problem.to_dict() == {
        "code": "DI201",
        "severity": "error",
        "message": "wrong",
        "hint": None,
        "file": "a.yaml",
        "line": 3,
        "column": 1,
        "path": None,
    }
    assert Problem("DI201", "odd").to_dict()["file"] is None
    in_data = Place(Text("<config>", ""), 1, 1, "rules[3]")
    assert Problem("DI201", "odd", where=in_data).to_dict()["path"] == "rules[3]"


def test_an_error_holds_and_prints_every_problem():
    error = SpecError([Problem("DI201", "one"), Problem("DI202", "two")])
    assert isinstance(error, ValueError)
    assert [problem.message for problem in error.problems] == ["one", "two"]
    assert str(error) == "one [DI201]\ntwo [DI202]"


def test_an_error_takes_one_problem_as_well():
    assert DeclinitError(Problem("DI201", "one")).problems == (Problem("DI201", "one"),)


def test_an_error_crosses_processes_with_its_problems():
    error = SpecError([Problem("DI201", "one", where=Place(SOURCE, 3, 1)), Problem("DI202", "two")])
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.problems, str(again)) == (SpecError, error.problems, str(error))


def test_warnings_alone_are_no_error():
    refuse_errors([], SpecError)
    refuse_errors([Problem("DI310", "odd", severity="warning")], SpecError)


def test_errors_are_raised_with_the_warnings_behind_them():
    odd, bad = Problem("DI310", "odd", severity="warning"), Problem("DI201", "bad")
    with pytest.raises(SpecError) as caught:
        refuse_errors([odd, bad], SpecError)
    assert caught.value.problems == (bad, odd)


CHOICES = ["zeros", "Zeros", "he_normal", "HeNormal"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("zeroes", "zeros"),
        ("Zeroes", "Zeros"),
        ("ZEROS", "Zeros"),
        ("he_norml", "he_normal"),
        ("henormal", "HeNormal"),
        ("xyz", None),
        ("", None),
    ],
)
def test_a_misspelt_word_gets_the_nearest_choice_in_its_own_spelling(word, meant):
    hint = f"did you mean {meant!r}?" if meant else None
    assert did_you_mean(word, CHOICES) == hint
    assert did_you_mean(word, reversed(CHOICES)) == hint


def test_no_choices_give_no_hint():
    assert did_you_mean("a", []) is None


def test_only_words_of_ordinary_length_have_a_near_miss():
    assert did_you_mean("a" * 100, ["a" * 99]) == f"did you mean {'a' * 99!r}?"
    assert did_you_mean("a" * 101, ["a" * 99]) is None
    assert did_you_mean("a" * 100, ["a" * 101]) is None


def test_the_first_of_many_faults_are_raised_with_their_number():
    def raised(number: int) -> list[str]:
        with pytest.raises(SpecError) as caught:
            refuse_errors((Problem("DI201", f"fault {i}") for i in range(number)), SpecError)
        return [problem.headline for problem in caught.value.problems]

    assert raised(100) == [f"fault {i} [DI201]" for i in range(100)]
    shown, last = "of which the first 100 are shown [DI102]", raised(100)[-1]
    assert raised(101)[99:] == [last, f"101 faults, {shown}"]
    assert raised(1000)[99:] == [last, f"1000 faults, {shown}"]
    assert raised(1001)[99:] == [last, f"more than 1,000 faults, {shown}"]
