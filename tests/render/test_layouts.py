"""Layouts are written as text for people, as text for programs, and as the data they stand for."""

from __future__ import annotations

import json

import pytest

from declinit.render.layout import Cell, Fact, Facts, Layout, Table, row
from declinit.render.renderers import formats_of, render
from declinit.render.style import Style

PEOPLE, PROGRAMS = Style(terminal=True), Style()

LAYOUT = Layout(
    document=lambda: {"größe": 1},
    title="what it is",
    tables=(
        Table(columns=("a", "b"), rows=(row("one", "1"), row("three")), title="first"),
        Table(columns=("a", "b"), rows=(row("twenty", Cell("2", "bad")),)),
        Table(columns=("c",), rows=(row("alone"),)),
        Facts(
            subject="head/kernel",
            about=" (also x)",
            facts=(
                Fact("", ("Dense",)),
                Fact("matched", ("a", "ones")),
                Fact("wins", ("rule", "zeros"), "good"),
            ),
        ),
    ),
    summary="3 rows",
    notes=(Cell("note: take care", "warning"),),
)


def test_people_get_columns_that_align_over_tables_with_the_same_columns():
    assert render(LAYOUT, "text", PEOPLE) == (
        "what it is\n"
        "\n"
        "first\n"
        "one     1\n"
        "three\n"
        "twenty  2\n"
        "alone\n"
        "head/kernel (also x)\n"
        "  Dense\n"
        "  matched   a     ones\n"
        "  wins      rule  zeros\n"
        "\n"
        "3 rows\n"
        "note: take care\n"
    )


def test_programs_get_tabs_and_headings_that_are_comments():
    assert render(LAYOUT, "text", PROGRAMS) == (
        "# what it is\n"
        "\n"
        "# first\n"
        "one\t1\n"
        "three\n"
        "twenty\t2\n"
        "alone\n"
        "head/kernel (also x)\n"
        "  Dense\n"
        "  matched   a\tones\n"
        "  wins      rule\tzeros\n"
        "\n"
        "# 3 rows\n"
        "note: take care\n"
    )


def test_colours_do_not_move_columns():
    rows = (row(Cell("bad", "bad"), "x"), row("longer", "y"))
    layout = Layout(document=dict, tables=(Table(columns=("a", "b"), rows=rows),))
    coloured = render(layout, "text", Style(colour=True, terminal=True))
    assert coloured == "\x1b[31mbad\x1b[0m     x\nlonger  y\n"


def test_json_is_the_data_that_a_layout_stands_for():
    text = render(LAYOUT, "json", PEOPLE)
    assert (text, json.loads(text)) == ('{\n "größe": 1\n}\n', {"größe": 1})


@pytest.mark.parametrize("style", [PEOPLE, PROGRAMS])
def test_no_text_of_a_layout_steers_the_terminal_or_breaks_its_line(style):
    evil = "a\x1b[2J\nfine\tb\x9b\u202e"
    layout = Layout(
        document=dict,
        title=evil,
        tables=(
            Table(columns=(evil,), rows=(row(evil),), title=evil),
            Facts(subject=evil, about=evil, facts=(Fact(evil, (evil,)), Fact("", (evil,)))),
        ),
        summary=evil,
        notes=(Cell(evil),),
    )
    text = render(layout, "text", style)
    shown = "a\ufffd[2J\ufffdfine\ufffdb\ufffd\ufffd"
    # Title, blank, heading, row, subject, two facts, blank, summary and note.
    assert (text.count("\n"), text.count(shown)) == (10, 10)
    assert set(text) <= {*shown, *"# \n"}


def test_layouts_can_be_written_for_people_and_for_programs():
    assert formats_of(Layout) == ("text", "html", "json", "markdown")
