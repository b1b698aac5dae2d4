"""HTML: a piece of a page, which notebooks show and reports hold; what is long is folded.

Plain elements without any style: a class such as `declinit-bad` says how a cell is to be read.
Every piece of text passes `html`, which leaves it no meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from declinit.render.layout import Cell, Facts, Layout, Listing, Table
from declinit.render.layouts.problems import Problems
from declinit.render.printable import html
from declinit.render.report import Report
from declinit.render.style import Style
from declinit.wording import counted

LONG = 20  # rows that are shown unfolded
MOST = 400  # rows of all tables together: a notebook keeps what it has shown

Row = Sequence[Cell]
Block = Table | Facts | Listing


def layout_html(layout: Layout, _style: Style) -> str:
    """A layout as tables and paragraphs."""
    return "\n".join(_blocks(layout)) + "\n"


def _blocks(layout: Layout) -> Iterator[str]:
    if layout.title:
        yield _strong(layout.title)
    yield from filter(None, _tables(layout.tables))
    if layout.summary:
        yield _strong(layout.summary)
    yield from (f"<p{_class(note)}>{html(note.text)}</p>" for note in layout.notes)


def _strong(text: str) -> str:
    return f"<p><strong>{html(text)}</strong></p>"


def _tables(blocks: Iterable[Block]) -> Iterator[str]:
    """Tables until they have as many rows as are shown, and the number of those left out."""
    left, missing = MOST, 0
    for block in blocks:
        if left > 0:
            yield block_html(block, left)
        else:
            missing += _size(block)
        left -= _size(block)
    if missing:
        yield f"<p>{_more(missing)}</p>"


def _size(block: Block) -> int:
    if isinstance(block, Facts):
        return len(block.facts)
    return len(block.rows if isinstance(block, Table) else block.lines)


def _more(count: int) -> str:
    return f"... and {counted(count, 'more row')}"


def block_html(block: Block, most: int = MOST) -> str:
    """A table, facts, or a listing.

    Args:
        block: what a layout holds.
        most: rows of a table that are shown at all.
    """
    if isinstance(block, Facts):
        return _facts(block)
    return table_html(block, most) if isinstance(block, Table) else _listing(block)


def table_html(table: Table, most: int = MOST) -> str:
    """A table, without the columns that are empty in every row; its first rows are unfolded.

    Args:
        table: rows under columns; without any, its title alone.
        most: rows that are shown at all.
    """
    if not table.rows:
        return f"<p>{html(table.title)}</p>" if table.title else ""
    used = [at for at in range(len(table.columns)) if any(_text(one, at) for one in table.rows)]
    first, rest = table.rows[: min(LONG, most)], table.rows[LONG:most]
    parts = [_table(table, first, used, table.title)]
    if rest:
        parts += [_folded(_table(table, rest, used), _more(len(table.rows) - LONG))]
    if len(table.rows) > most:
        parts += [f"<p>{_more(len(table.rows) - most)}</p>"]
    return "\n".join(parts)


def _text(cells: Row, at: int) -> str:
    return cells[at].text if at < len(cells) else ""


def _table(table: Table, rows: Iterable[Row], used: Sequence[int], title: str = "") -> str:
    head = "".join(f"<th>{html(table.columns[at])}</th>" for at in used)
    caption = f"<caption>{html(title)}</caption>\n" if title else ""
    body = "\n".join(_row([row[at] if at < len(row) else Cell("") for at in used]) for row in rows)
    return f"<table>\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(cells: Iterable[Cell]) -> str:
    return f"<tr>{''.join(f'<td{_class(cell)}>{html(cell.text)}</td>' for cell in cells)}</tr>"


def _class(cell: Cell) -> str:
    return "" if cell.tone == "plain" else f' class="declinit-{cell.tone}"'


def _folded(body: str, summary: str) -> str:
    return f"<details><summary>{html(summary)}</summary>\n{body}\n</details>"


def _facts(facts: Facts) -> str:
    rows = (
        _row([Cell(fact.label, fact.tone), *(Cell(text) for text in fact.cells)])
        for fact in facts.facts
    )
    caption = f"<caption>{html(facts.subject + facts.about)}</caption>"
    return "\n".join(["<table>", caption, "<tbody>", *rows, "</tbody>", "</table>"])


def _listing(listing: Listing) -> str:
    """Lines to copy, which are never cut."""
    lines = "\n".join(map(html, listing.lines))
    code = f"<pre>{lines}</pre>"
    body = _folded(code, counted(len(listing.lines), "line")) if _is_long(listing) else code
    return f"<p>{html(listing.title)}</p>\n{body}"


def _is_long(listing: Listing) -> bool:
    return len(listing.lines) > LONG


def report_html(report: Report, _style: Style) -> str:
    """A layout, and below it what is wrong with what was read."""
    return "\n".join([*_blocks(report.layout), *_list(Problems(report.problems))]) + "\n"


def problems_html(problems: Problems, _style: Style) -> str:
    """One line a fault."""
    return "".join(f"{block}\n" for block in _list(problems))


def _list(problems: Problems) -> Iterator[str]:
    found = problems.problems
    if found:
        items = "\n".join(f"<li>{html(one.headline)}</li>" for one in found[:MOST])
        body = f"<ul>\n{items}\n</ul>"
        yield body if len(found) <= LONG else _folded(body, counted(len(found), "fault"))
    if len(found) > MOST:
        yield f"<p>... and {counted(len(found) - MOST, 'more fault')}</p>"


WRITES = {Layout: layout_html, Report: report_html, Problems: problems_html}
