"""Markdown: for a comment on a pull request; long tables are folded.

What the text format aligns is a table here. Every piece of text passes `markdown`, which makes
it safe for both Markdown and HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from declinit.render.layout import Cell, Facts, Layout, Listing, Table, row
from declinit.render.layouts.problems import Problems
from declinit.render.printable import markdown, printable
from declinit.render.report import Report
from declinit.render.style import Style
from declinit.wording import counted

LONG = 20  # rows that are shown unfolded
MOST = 400  # rows that are shown at all: a comment on GitHub has 65,536 characters

Row = tuple[Cell, ...]


def layout_markdown(layout: Layout, _style: Style) -> str:
    """A layout as headings, tables and paragraphs."""
    return "\n\n".join(_blocks(layout)) + "\n"


def _blocks(layout: Layout) -> Iterator[str]:
    if layout.title:
        yield f"### {markdown(layout.title)}"
    for table in layout.tables:
        if isinstance(table, Facts):
            yield from _facts(table)
        elif isinstance(table, Listing):
            yield markdown(table.title)
            yield _fenced(table.lines, table.language)
        else:
            yield from _table(table)
    if layout.summary:
        yield f"**{markdown(layout.summary)}**"
    yield from (markdown(note.text) for note in layout.notes)


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"#### {markdown(table.title)}"
    if not table.rows:
        return
    yield from _folded(_rows(table.columns, table.rows[:MOST]), len(table.rows), "row")


def _folded(body: str, count: int, noun: str) -> Iterator[str]:
    """Lines under their number, which opens them where there are many."""
    if count <= LONG:
        yield body
        return
    first = f", of which the first {MOST} are shown" if count > MOST else ""
    yield f"<details><summary>{counted(count, noun)}{first}</summary>"
    yield body
    yield "</details>"


def _facts(facts: Facts) -> Iterator[str]:
    yield f"#### {markdown(facts.subject + facts.about)}"
    cells = [row(fact.label, *fact.cells) for fact in facts.facts]
    if cells:
        yield _rows(("",) * max(map(len, cells)), cells)


def _rows(columns: tuple[str, ...], rows: Iterable[Row]) -> str:
    """A table, without the columns that are empty in every row."""
    texts = [[markdown(cell.text) for cell in cells] for cells in rows]
    full = [[*line, *[""] * (len(columns) - len(line))] for line in texts]
    used = [at for at in range(len(columns)) if any(line[at] for line in full)]
    lines = [[markdown(column) for column in columns], ["---"] * len(columns), *full]
    return "\n".join(f"| {' | '.join(line[at] for at in used)} |" for line in lines)


def _fenced(lines: Iterable[str], language: str) -> str:
    """Lines between fences that are longer than any in the lines."""
    text = "\n".join(map(printable, lines))
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def report_markdown(report: Report, _style: Style) -> str:
    """A layout, and below it what is wrong with what was read."""
    return "\n\n".join([*_blocks(report.layout), *_list(Problems(report.problems))]) + "\n"


def problems_markdown(problems: Problems, _style: Style) -> str:
    """One line a fault."""
    blocks = "\n\n".join(_list(problems))
    return f"{blocks}\n" if blocks else ""


def _list(problems: Problems) -> Iterator[str]:
    found = problems.problems
    if found:
        lines = (f"- {markdown(problem.headline)}" for problem in found[:MOST])
        yield from _folded("\n".join(lines), len(found), "fault")


WRITES = {Layout: layout_markdown, Report: report_markdown, Problems: problems_markdown}
