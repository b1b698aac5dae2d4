"""Where in a text an offset is."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate


class Lines:
    """The line starts of a text; lines end where `Source.line` ends them."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        lengths = map(len, text.splitlines(keepends=True))
        self._starts = list(accumulate(lengths, initial=0))

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; the end of the text for a line past it."""
        last = len(self._starts)
        return self._starts[line - 1] + column - 1 if line < last else self._starts[-1]
