"""Text, tables and blocks of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ADDRESS = re.compile(r"https?://[^\s,;)]+")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold code in backquotes and any text of one line."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(map(_cell, cells)) + " |\n" for cells in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def block(language: str, body: str) -> str:
    """A block of code."""
    return f"```{language}\n{body.rstrip()}\n```\n"


def code(text: str) -> str:
    """Code in a line."""
    return f"`{text}`" if text else ""


def prose(text: str) -> str:
    """A text that may hold code in backquotes, with nothing else that Markdown would read."""
    pieces = re.split(r"(`[^`]*`|https?://[^\s,;)]+)", text)
    return "".join(
        _linked(piece) if number % 2 else _plain(piece) for number, piece in enumerate(pieces)
    )


def _linked(piece: str) -> str:
    return f"<{piece}>" if _ADDRESS.fullmatch(piece) else piece


def _plain(text: str) -> str:
    return re.sub(r"([\\*_<>\[\]{}$#])", r"\\\1", text)


def section(level: int, title: str, *parts: str, target: str = "") -> str:
    """A section; empty parts are left out."""
    head = (f"({target})=\n" if target else "") + f"{'#' * level} {title}\n"
    return "\n".join([head, *(part for part in parts if part)]) + "\n"
