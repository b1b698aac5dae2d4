"""`Layout`: a result laid out for people, and the data that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Tone = Literal["plain", "strong", "muted", "good", "bad", "warning"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text and how it is to be read; formats choose the colour."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under named columns; tables of one layout with the same columns align.

    Attributes:
        columns: what the cells of a row are.
        rows: the cells; a row may end early.
        title: what the rows have in common.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said of a subject.

    Attributes:
        label: what is said; empty for a line that needs no label.
        cells: the text, in one or more pieces.
        tone: of the label.
    """

    label: str
    cells: tuple[str, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What there is to say of one subject.

    Attributes:
        subject: its name.
        about: what follows the name on the first line.
        facts: the lines below.
    """

    subject: str
    about: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Lines to copy as they are.

    Attributes:
        title: what they are for.
        language: what they are written in, as Markdown names it.
        lines: the text.
    """

    title: str
    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A result laid out.

    Attributes:
        document: gives the result as data, for formats that programs read.
        title: what the result is of.
        tables: its rows, facts and listings, in order.
        summary: one line that counts.
        notes: what else a reader should know.
    """

    document: Callable[[], Any]
    title: str = ""
    tables: tuple[Table | Facts | Listing, ...] = ()
    summary: str = ""
    notes: tuple[Cell, ...] = ()


def row(*cells: str | Cell) -> tuple[Cell, ...]:
    """A row of a table; plain text becomes plain cells."""
    return tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells)
