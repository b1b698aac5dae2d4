"""Text: aligned columns for people, tabs and one line a row for programs.

Every piece of text passes `printable` here and nowhere else: layouts hold what specs, models and
files say, as they say it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from declinit.errors import Problem
from declinit.render.layout import Cell, Facts, Layout, Listing, Table, Tone, row
from declinit.render.layouts.problems import Problems
from declinit.render.printable import printable
from declinit.render.report import Report
from declinit.render.style import Style
from declinit.wording import counted

LABEL = 8  # columns that a fact's label takes at least
Columns = tuple[str, ...]
Row = tuple[Cell, ...]


def layout_text(layout: Layout, style: Style) -> str:
    """A layout as lines."""
    return "".join(f"{line}\n" for line in _lines(layout, style))


def report_text(report: Report, style: Style) -> str:
    """The layout of a report; its problems are told beside the results."""
    return layout_text(report.layout, style)


def _lines(layout: Layout, style: Style) -> Iterator[str]:
    body = list(_body(layout, style))
    if layout.title:
        yield style.heading(printable(layout.title))
        yield ""
    yield from body
    if layout.title and body:
        yield ""
    if layout.summary:
        yield style.heading(printable(layout.summary))
    yield from (_row_text((note,), style, [len(note.text)]) for note in layout.notes)


def _body(layout: Layout, style: Style) -> Iterator[str]:
    widths = _widths(layout) if style.terminal else {}
    for table in layout.tables:
        if isinstance(table, Facts):
            yield from _fact_lines(table, style)
        elif isinstance(table, Listing):
            yield style.heading(printable(table.title))
            yield from map(printable, table.lines)
        else:
            yield from _table_lines(table, style, widths.get(table.columns, ()))


def _widths(layout: Layout) -> Mapping[Columns, Sequence[int]]:
    """How wide each column is, over all tables that have the same columns."""
    rows: dict[Columns, list[Row]] = {}
    for table in layout.tables:
        if isinstance(table, Table):
            rows.setdefault(table.columns, []).extend(table.rows)
    return {columns: _widest(found) for columns, found in rows.items()}


def _widest(rows: Iterable[Row]) -> list[int]:
    """The length of the longest cell in each column."""
    lengths = ([len(cell.text) for cell in cells] for cells in rows)
    return [max(column) for column in itertools.zip_longest(*lengths, fillvalue=0)]


def _table_lines(table: Table, style: Style, widths: Sequence[int]) -> Iterator[str]:
    if table.title:
        yield style.heading(printable(table.title))
    yield from (_row_text(cells, style, widths) for cells in table.rows)


def _row_text(cells: Row, style: Style, widths: Sequence[int]) -> str:
    """Cells in columns for people, or with tabs between them for programs."""
    painted = [style.paint(cell.tone, printable(cell.text)) for cell in cells]
    if not style.terminal:
        return "\t".join(painted).rstrip("\t")
    padded = (
        text + " " * (width - len(cell.text))
        for text, cell, width in zip(painted, cells, widths, strict=False)
    )
    return "  ".join(padded).rstrip()


def _fact_lines(facts: Facts, style: Style) -> Iterator[str]:
    yield style.paint("strong", printable(facts.subject)) + printable(facts.about)
    label_width = max([LABEL, *(len(fact.label) for fact in facts.facts)])
    rows = [row(*fact.cells) for fact in facts.facts]
    # A fact of one piece may be a sentence, which must not push the others' columns apart.
    widths = _widest(cells for cells in rows if len(cells) > 1)
    for fact, cells in zip(facts.facts, rows, strict=True):
        text = _row_text(cells, style, widths if len(cells) > 1 else _widest([cells]))
        label = style.paint(fact.tone, printable(fact.label).ljust(label_width))
        yield f"  {label}  {text}" if fact.label else f"  {text}".rstrip()


def problems_text(problems: Problems, style: Style) -> str:
    """Each fault with its source line, and a count."""
    found = problems.problems
    if not found:
        return ""
    errors = sum(1 for problem in found if problem.severity == "error")
    counts = [counted(errors, "error")] if errors else []
    counts += [counted(len(found) - errors, "warning")] if errors < len(found) else []
    blocks = [_problem_text(problem, style) for problem in found]
    return "\n".join([*blocks, ", ".join(counts)]) + "\n"


def _problem_text(problem: Problem, style: Style) -> str:
    # A snippet has two lines; a message has one, whatever the names in it say.
    snippet = printable(problem.where.snippet(), keep="\n\t") if problem.where else ""
    tone: Tone = "bad" if problem.severity == "error" else "warning"
    headline = style.paint(tone, printable(problem.headline))
    return f"{headline}\n{snippet}" if snippet else headline


WRITES = {Layout: layout_text, Report: report_text, Problems: problems_text}
