"""Layouts and faults as Markdown: nothing that a file says has a meaning in it."""

from __future__ import annotations

import html
import re

import pytest

from declinit.errors import Problem
from declinit.render.layout import Cell, Fact, Facts, Layout, Listing, Table, row
from declinit.render.layouts.problems import Problems
from declinit.render.printable import markdown
from declinit.render.renderers import render
from declinit.render.style import Style

STYLE = Style()


def table_of(count: int) -> Table:
    rows = tuple(row(f"layer_{number}/kernel", "", "x") for number in range(count))
    return Table(columns=("path", "empty", "change"), rows=rows, title="first")


def test_a_layout_is_headings_tables_and_paragraphs():
    layout = Layout(
        document=dict,
        title="what it is",
        tables=(
            table_of(1),
            Facts(subject="head/kernel", about=" (also x)", facts=(Fact("matched", ("a",)),)),
            Listing(title="say:", language="yaml", lines=("moved:", "  - {from: a, to: b}")),
        ),
        summary="1 row",
        notes=(Cell("take care"),),
    )
    assert render(layout, "markdown", STYLE) == (
        "### what it is\n\n"
        "#### first\n\n"
        "| path | change |\n| --- | --- |\n| layer_0/kernel | x |\n\n"
        "#### head/kernel (also x)\n\n"
        "|  |  |\n| --- | --- |\n| matched | a |\n\n"
        "say:\n\n"
        "```yaml\nmoved:\n  - {from: a, to: b}\n```\n\n"
        "**1 row**\n\n"
        "take care\n"
    )


def test_a_long_table_is_folded_and_a_table_without_rows_is_its_title():
    text = render(Layout(document=dict, tables=(table_of(21), table_of(0))), "markdown", STYLE)
    assert text.startswith(
        "#### first\n\n<details><summary>21 rows</summary>\n\n| path | change |\n"
    )
    assert text.endswith("| layer_20/kernel | x |\n\n</details>\n\n#### first\n")


def test_a_fence_is_longer_than_any_in_its_lines():
    listing = Listing(title="", language="yaml", lines=("```", "a"))
    text = render(Layout(document=dict, tables=(listing,)), "markdown", STYLE)
    assert "````yaml\n```\na\n````" in text


TEXTS = {
    # as it is shown: (text, Markdown)
    "words": ("head/dense_1/kernel: 3, x 0.5 (2%)", "head/dense_1/kernel: 3, x 0.5 (2%)"),
    "code": ("**/kernel", "`**/kernel`"),
    "a leading underscore": ("_a_", "`_a_`"),
    "a reference": ("#1", "`#1`"),
    "a mention": ("@team/a", "`@team/a`"),
    "an address": ("https://x.y", "`https://x.y`"),
    "a tag": ("<img src=x>", "`<img src=x>`"),
    "a bar": ("a|b", "<code>a&#124;b</code>"),
    "a backtick": ("a`b", "<code>a&#96;b</code>"),
    "a backslash before a bar": ("a\\|b", "<code>a&#92;&#124;b</code>"),
    "a tag behind a bar": ("|</code><b>", "<code>&#124;&#60;&#47;code&#62;&#60;b&#62;</code>"),
    "emphasis behind a bar": ("|*a* _b_", "<code>&#124;&#42;a&#42; &#95;b&#95;</code>"),
    "spaces at the ends of code": ("*a ", "<code>&#42;a </code>"),
    "a line break": ("a\n# b", "`a\ufffd# b`"),
    "an escape": ("a\x1b[2J", "`a\ufffd[2J`"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_files_means_nothing_to_markdown(name):
    text, expected = TEXTS[name]
    assert markdown(text) == expected


@pytest.mark.parametrize("evil", [text for text, _ in TEXTS.values() if text])
def test_no_text_breaks_its_cell_or_its_line(evil):
    layout = Layout(
        document=dict,
        title=evil,
        tables=(Table(columns=("a", "b"), rows=(row(evil, "end"),), title=evil),),
        summary=evil,
        notes=(Cell(evil),),
    )
    line = next(x for x in render(layout, "markdown", STYLE).splitlines() if "end" in x)
    cell = line.removesuffix(" | end |").removeprefix("| ")
    assert "|" not in cell
    shown = re.sub("</?code>", "", cell).strip("`") if cell != evil else cell
    assert html.unescape(shown) == re.sub("[\n\x1b]", "\ufffd", evil)


def test_faults_are_a_list():
    problems = Problems((Problem("DI201", "unknown key '<b>'"), Problem("DI202", "other")))
    assert render(problems, "markdown", STYLE) == (
        "- `unknown key '<b>' [DI201]`\n- `other [DI202]`\n"
    )
