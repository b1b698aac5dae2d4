"""How text is written: for a person at a terminal, or for another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from declinit.render.layout import Tone

_CODES: Mapping[Tone, str] = {
    "strong": "1",
    "muted": "2",
    "bad": "31",
    "good": "32",
    "warning": "33",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How to write.

    Attributes:
        colour: whether to use ANSI colours.
        terminal: whether a person reads it, in aligned columns rather than tabs.
    """

    colour: bool = False
    terminal: bool = False

    def paint(self, tone: Tone, text: str) -> str:
        """The text in the colour of a tone, where there are colours."""
        code = _CODES.get(tone)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text else text

    def heading(self, text: str) -> str:
        """A line that belongs to no variable, marked as a comment where programs read."""
        return self.paint("strong", text) if self.terminal else f"# {text}"
