"""Plain Python data as events, held to the same limits as a file."""

from __future__ import annotations

import math
from collections.abc import Mapping

from declinit.documents.builder import Builder
from declinit.documents.node import Node
from declinit.documents.scalars import MAX_DIGITS, Data, Unreadable, name_type, not_finite
from declinit.errors import Source

_HINT = "give dict, list, tuple, str, int, float, bool or None"


def node_of(value: object, source: Source, line: int = 1, column: int = 1) -> Node:
    """A tree of nodes for Python data, all of them at one place.

    Args:
        value: dict, list, tuple, str, int, float, bool or None, nested at will; tuples become
            lists.
        source: what the faults name, for instance `Source("<python>", "")`.
        line: the line of all nodes.
        column: the column of all nodes.

    Raises:
        SpecError: if something in the value is not plain data; each fault says the way to it.
    """
    builder = Builder(source)
    _Feeder(builder, line, column).feed(value, "")
    return builder.finish()


class _Feeder:
    """Walks Python data; the builder's depth limit ends the recursion, cycles included."""

    def __init__(self, builder: Builder, line: int, column: int) -> None:
        self._builder, self._place = builder, (line, column)

    def feed(self, value: object, path: str) -> None:
        if isinstance(value, Mapping):
            self._builder.open_mapping(*self._place)
            for key, child in value.items():
                self._builder.scalar(_check_key(key, path), *self._place)
                self.feed(child, f"{path}.{key}" if path else str(key))
            self._builder.close()
        elif isinstance(value, list | tuple):
            self._builder.open_sequence(*self._place)
            for index, child in enumerate(value):
                self.feed(child, f"{path}[{index}]")
            self._builder.close()
        else:
            self._builder.scalar(_check_scalar(value, path), *self._place)


def _check_key(key: object, path: str) -> str | Unreadable:
    if isinstance(key, str):
        return str(key)
    return Unreadable(_at(path, f"a key must be a string; {_show(key)} is {name_type(key)}"))


def _check_scalar(value: object, path: str) -> Data | Unreadable:
    if isinstance(value, float):
        finite = math.isfinite(value)
        return float(value) if finite else Unreadable(_at(path, not_finite(str(value)).message))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**MAX_DIGITS:
        return Unreadable(_at(path, f"an integer of more than {MAX_DIGITS} digits is too long"))
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    return Unreadable(_at(path, f"expected plain data, received {_show(value)}"), _HINT)


def _show(value: object) -> str:
    kind = type(value)
    plain = value is None or kind in (bool, int, float)
    return repr(value) if plain else f"{kind.__module__}.{kind.__qualname__}"


def _at(path: str, message: str) -> str:
    return f"{path}: {message}" if path else message
