"""Text: aligned columns for people, tabs and one line a row for programs.

Every piece of text passes `printable` here and nowhere else: layouts hold what specs, models and
files say, as they say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from declinit.errors import Problem
from declinit.render.layout import Cell, Facts, Layout, Table, Tone
from declinit.render.layouts.problems import Problems
from declinit.render.printable import printable
from declinit.render.style import Style
from declinit.render.wording import counted

LABEL = 8  # columns that a fact's label takes at least
Columns = tuple[str, ...]


def layout_text(layout: Layout, style: Style) -> str:
    """A layout as lines."""
    return "".join(f"{line}\n" for line in _lines(layout, style))


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
    yield from (_painted(note, style) for note in layout.notes)


def _body(layout: Layout, style: Style) -> Iterator[str]:
    widths = _widths(layout) if style.terminal else {}
    for table in layout.tables:
        if isinstance(table, Facts):
            yield from _fact_lines(table, style)
        else:
            yield from _table_lines(table, style, widths.get(table.columns, ()))


def _widths(layout: Layout) -> Mapping[Columns, Sequence[int]]:
    """How wide each column is, over all tables that have the same columns."""
    widths: dict[Columns, list[int]] = {}
    for table in layout.tables:
        if isinstance(table, Table):
            widest = widths.setdefault(table.columns, [0] * len(table.columns))
            for cells in table.rows:
                for index, cell in enumerate(cells):
                    widest[index] = max(widest[index], len(cell.text))
    return widths


def _table_lines(table: Table, style: Style, widths: Sequence[int]) -> Iterator[str]:
    if table.title:
        yield style.heading(printable(table.title))
    for cells in table.rows:
        yield _aligned(cells, style, widths) if style.terminal else _tabbed(cells, style)


def _aligned(cells: Sequence[Cell], style: Style, widths: Sequence[int]) -> str:
    padded = (
        _painted(cell, style) + " " * (width - len(cell.text))
        for cell, width in zip(cells, widths, strict=False)
    )
    return "  ".join(padded).rstrip()


def _tabbed(cells: Iterable[Cell], style: Style) -> str:
    return "\t".join(_painted(cell, style) for cell in cells).rstrip("\t")


def _painted(cell: Cell, style: Style) -> str:
    return style.paint(cell.tone, printable(cell.text))


def _fact_lines(facts: Facts, style: Style) -> Iterator[str]:
    yield style.paint("strong", printable(facts.subject)) + printable(facts.about)
    width = max([LABEL, *(len(fact.label) for fact in facts.facts)])
    for fact in facts.facts:
        text = "\t".join(map(printable, fact.cells)).rstrip("\t")
        label = style.paint(fact.tone, printable(fact.label).ljust(width))
        yield f"  {label}  {text}" if fact.label else f"  {text}"


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
    # An error of the user's own code may have several lines, and a snippet has two.
    snippet = printable(problem.where.snippet(), keep="\n\t") if problem.where else ""
    tone: Tone = "bad" if problem.severity == "error" else "warning"
    headline = style.paint(tone, printable(problem.headline, keep="\n\t"))
    return f"{headline}\n{snippet}" if snippet else headline
