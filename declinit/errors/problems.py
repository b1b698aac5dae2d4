"""`Problem`: one fault, and the `Place` in a `Source` that it points to."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
WIDTH = 120


@dataclass(frozen=True, slots=True)
class Source:
    """A named text that places point into: a spec file, or a command-line option."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """The text of one line, counted from 1; empty past the end."""
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


@functools.lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return text.splitlines()


@dataclass(frozen=True, slots=True)
class Place:
    """One character of a source; line and column count from 1."""

    source: Source
    line: int
    column: int

    def __str__(self) -> str:
        # Data that came from Python has a name but no lines.
        at = f":{self.line}:{self.column}" if self.source.text else ""
        return f"{self.source.name}{at}"

    def snippet(self) -> str:
        """The source line with a caret below the place, or as much of it as a screen shows."""
        line = self.source.line(self.line)
        start = max(0, self.column - WIDTH // 2) if len(line) > WIDTH else 0
        # Control characters of a file that is no text must not reach a terminal.
        shown = "".join(
            c if c.isprintable() or c == "\t" else "\ufffd" for c in line[start : start + WIDTH]
        ).rstrip()
        indent = len(shown) - len(shown.lstrip())
        caret = max(0, self.column - 1 - start - indent)
        return f"    {shown.lstrip()}\n    {' ' * caret}^" if shown else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault: what was expected and received, where, and the near miss if there is one."""

    message: str
    where: Place | None = None
    hint: str | None = None
    severity: Severity = "error"

    @property
    def headline(self) -> str:
        """The problem on one line: `file:line:column: message; hint`."""
        place = f"{self.where}: " if self.where else ""
        level = "warning: " if self.severity == "warning" else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{level}{self.message}{hint}"

    def __str__(self) -> str:
        snippet = self.where.snippet() if self.where else ""
        return f"{self.headline}\n{snippet}" if snippet else self.headline

    def to_dict(self) -> dict[str, object]:
        """The problem as JSON-serializable data."""
        where = self.where
        return {
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "file": where.source.name if where else None,
            "line": where.line if where else None,
            "column": where.column if where else None,
        }
