"""Layouts and faults as HTML: nothing that a file says has a meaning in it, and what is long is folded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from declinit.errors import Problem
from declinit.render.formats.html import MOST
from declinit.render.layout import Cell, Fact, Facts, Layout, Listing, Table, row
from declinit.render.layouts.problems import Problems
from declinit.render.renderers import render
from declinit.render.report import Report
from declinit.render.style import Style

STYLE = Style()
VOID = {"br", "hr", "img", "input"}


class Page(HTMLParser):
    """The elements of a page, which have to be closed in order, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def html_of(value: Layout | Report | Problems) -> str:
    return render(value, "html", STYLE)


def table_of(count: int, name: str = "layer") -> Table:
    rows = tuple(row(f"{name}_{number}/kernel", "", "x") for number in range(count))
    return Table(columns=("path", "empty", "change"), rows=rows, title="first")


def test_a_layout_is_tables_and_paragraphs():
    layout = Layout(
        document=dict,
        title="what it is",
        tables=(
            table_of(1),
            Facts(subject="head/kernel", about=" (also x)", facts=(Fact("wins", ("a",), "good"),)),
            Listing(title="say:", language="yaml", lines=("moved:", "  - {from: a, to: b}")),
        ),
        summary="1 row",
        notes=(Cell("take care", "warning"),),
    )
    assert html_of(layout) == (
        "<p><strong>what it is</strong></p>\n"
        "<table>\n<caption>first</caption>\n"
        "<thead><tr><th>path</th><th>change</th></tr></thead>\n"
        "<tbody>\n<tr><td>layer_0/kernel</td><td>x</td></tr>\n</tbody>\n</table>\n"
        "<table>\n<caption>head/kernel (also x)</caption>\n"
        '<tbody>\n<tr><td class="declinit-good">wins</td><td>a</td></tr>\n</tbody>\n</table>\n'
        "<p>say:</p>\n<pre>moved:\n  - {from: a, to: b}</pre>\n"
        "<p><strong>1 row</strong></p>\n"
        '<p class="declinit-warning">take care</p>\n'
    )


# (rows of each table): rows that are written, and what is said of the others
LENGTHS = {
    "a short table": ((20,), 20, []),
    "a long table": ((232,), 232, ["... and 212 more rows"]),
    "a table longer than is shown": (
        (MOST + 1,),
        MOST,
        [f"... and {MOST - 19} more rows", "... and 1 more row"],
    ),
    "tables that are long together": (
        (MOST - 10, 30, 7, 5),
        MOST,
        [f"... and {MOST - 30} more rows", "... and 20 more rows", "... and 12 more rows"],
    ),
    "no table": ((), 0, []),
    "a table without rows": ((0,), 0, []),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_page_has_as_many_rows_as_somebody_can_read(name):
    counts, written, said = LENGTHS[name]
    page = Page(html_of(Layout(document=dict, tables=tuple(map(table_of, counts)))))
    assert sum("/kernel" in text for text in page.texts) == written
    assert [text for text in page.texts if text.startswith("...")] == said


def test_a_listing_is_folded_and_never_cut():
    listing = Listing(title="copy", language="yaml", lines=tuple(map(str, range(2 * MOST))))
    page = Page(html_of(Layout(document=dict, tables=(listing,))))
    assert "800 lines" in page.texts
    assert max(page.texts, key=len).split("\n") == list(listing.lines)


ELEMENTS = {
    *("p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "pre", "ul", "li"),
}
EVIL = [
    "<script>alert(1)</script>",
    "</td></table></details><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' &amp; &lt;",
    "a\x1b[2J\nb\u202e",
    "]]><!-- ",
]


@pytest.mark.parametrize("evil", EVIL)
def test_text_of_files_means_nothing_to_html(evil):
    layout = Layout(
        document=dict,
        title=evil,
        tables=(
            Table(columns=(evil,), rows=(row(evil),) * 21, title=evil),
            Table(columns=("a",), rows=(), title=evil),
            Facts(subject=evil, about=evil, facts=(Fact(evil, (evil,)),)),
            Listing(title=evil, language=evil, lines=(evil,)),
        ),
        summary=evil,
        notes=(Cell(evil, "bad"),),
    )
    page = Page(html_of(Report(layout=layout, problems=(Problem("DI201", evil),))))
    shown = re.sub("[\n\x1b\u202e]", "\ufffd", evil)
    assert {name for name, _ in page.elements} == ELEMENTS
    assert {key for _, given in page.elements for key in given} == {"class"}
    assert sum(shown in text for text in page.texts) == 34


def test_faults_are_a_list_which_is_folded_and_bounded():
    assert html_of(Problems((Problem("DI201", "unknown key '<b>'"),))) == (
        "<ul>\n<li>unknown key &#x27;&lt;b&gt;&#x27; [DI201]</li>\n</ul>\n"
    )
    assert html_of(Problems(())) == ""
    many = Page(html_of(Problems((Problem("DI201", "x"),) * (MOST + 1))))
    assert many.count("li") == MOST
    assert "... and 1 more fault" in many.texts
    assert f"{MOST + 1} faults" in many.texts
