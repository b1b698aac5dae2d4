"""Where in a file a single character of a value stands."""

from __future__ import annotations

from dataclasses import replace

from declinit.documents import Node
from declinit.errors import Place


def character_place(node: Node, column: int) -> Place:
    """The place of one character of a text, if the source writes the text as it is.

    Args:
        node: the text.
        column: of the character in it, counted from 1.
    """
    place = node.place
    line = place.source.line(place.line)
    written = line.find(str(node.value), place.column - 1)
    return replace(place, column=written + column) if written >= 0 else place
