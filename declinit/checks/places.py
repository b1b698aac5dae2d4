"""Where in a file a single character of a value stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from declinit.documents import Node
from declinit.errors import Place

Places = tuple[tuple[tuple[str | int, ...], Place], ...]
"""Where texts inside a value are written, each by the keys and indices that lead to it."""


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


def text_places(node: Node) -> Places:
    """Where each text inside a value is written; what keeps no document can be pickled."""
    return tuple(_text_places(node, ()))


def _text_places(
    node: Node, keys: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Place]]:
    if isinstance(node.value, str):
        yield keys, character_place(node, 1)
    for key, child in node.fields.items():
        yield from _text_places(child, (*keys, key))
    for index, item in enumerate(node.items):
        yield from _text_places(item, (*keys, index))


def place_inside(place: Place, text: str, column: int) -> Place:
    """The place of one character of a text that begins at a place, if it is written there as it is."""
    line = place.source.line(place.line)
    is_plain = line.startswith(text, place.column - 1)
    return replace(place, column=place.column + column - 1) if is_plain else place
