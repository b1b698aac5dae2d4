"""Colours, columns and numbers, the same in every rendering."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from declinit.layers.fans import Fans

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: for a terminal in aligned columns, or for other programs in tabs.

    Attributes:
        colour: whether to use ANSI colours.
        terminal: whether a person reads it.
    """

    colour: bool = False
    terminal: bool = False

    def paint(self, name: str, text: str) -> str:
        """The text in a colour, where there are colours."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour and text else text

    def table(self, rows: Iterable[Sequence[str]]) -> list[str]:
        """A line a row: aligned for people, separated by tabs for programs; nothing is cut."""
        listed = [list(row) for row in rows]
        if not self.terminal:
            return ["\t".join(row).rstrip("\t") for row in listed]
        columns = max((len(row) for row in listed), default=0)
        padded = [row + [""] * (columns - len(row)) for row in listed]
        widths = [max(len(row[index]) for row in padded) for index in range(columns)]
        return [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in padded
        ]

    def heading(self, text: str) -> str:
        """A line that is no variable's: marked as a comment where programs read."""
        return self.paint("bold", text) if self.terminal else f"# {text}"


def counted(number: int, noun: str) -> str:
    """`1 variable`, `2 variables`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shape_text(shape: Sequence[int]) -> str:
    """`3x3x64x128`; `()` for a scalar."""
    return "x".join(map(str, shape)) or "()"


def number_text(value: float | None) -> str:
    """Four significant digits; `-` for none."""
    return "-" if value is None else f"{value:.4g}"


def fans_text(fans: Fans | None) -> str:
    """`fan_in 576, fan_out 1152`; empty for none."""
    return f"fan_in {fans.fan_in}, fan_out {fans.fan_out}" if fans else ""
