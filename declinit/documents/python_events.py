"""Plain Python data as events, held to the same limits as a file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from declinit.documents.builder import Builder
from declinit.documents.node import Node
from declinit.documents.scalars import TOO_LONG, Data, is_in_range, name_type, not_finite
from declinit.errors import Problem, Source

_PLAIN_KEY = re.compile(r"[\w$-]+")
_LONGEST_KEY = 60


def node_of(value: object, source: Source, line: int = 1, column: int = 1) -> Node:
    """A tree of nodes for Python data, each placed by the keys that lead to it.

    Args:
        value: dict, list, tuple, str, int, float, bool or None, nested at will; tuples become
            lists.
        source: what the faults name, for instance `Source("<python>", "")`.
        line: the line of all nodes, if the data stands for a place in a text.
        column: the column of all nodes, likewise.

    Raises:
        SpecError: if something in the value is not plain data.
    """
    builder = Builder(source)
    _Feeder(builder, line, column).feed(value, "")
    return builder.finish()


class _Feeder:
    """Walks Python data; the builder's depth limit ends the recursion, even in a cycle."""

    def __init__(self, builder: Builder, line: int, column: int) -> None:
        self._builder, self._place = builder, (line, column)

    def feed(self, value: object, path: str) -> None:
        builder = self._builder
        builder.path = path
        if isinstance(value, Mapping):
            builder.open_mapping(*self._place)
            for key, child in value.items():
                builder.path = path
                builder.scalar(_check_key(key), *self._place)
                self.feed(child, f"{path}{_step(key, first=not path)}")
            builder.close()
        elif isinstance(value, list | tuple):
            builder.open_sequence(*self._place)
            for index, child in enumerate(value):
                self.feed(child, f"{path}[{index}]")
            builder.close()
        else:
            builder.scalar(_check_scalar(value), *self._place)


def _step(key: object, *, first: bool) -> str:
    """One key of a path, as in `rules[0].initializer['a.b']`."""
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
        return key if first else f".{key}"
    return f"[{key[:_LONGEST_KEY]!r}]" if isinstance(key, str) else f"[{_show(key)}]"


def _check_key(key: object) -> str | Problem:
    if isinstance(key, str):
        return str(key)
    return Problem("DI106", f"a key must be a string; {_show(key)} is {name_type(key)}")


def _check_scalar(value: object) -> Data | Problem:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else not_finite(str(value))
    if isinstance(value, int) and not is_in_range(value):
        return Problem("DI107", TOO_LONG)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    hint = "give dict, list, tuple, str, int, float, bool or None"
    return Problem("DI118", f"expected plain data, received {_show(value)}", hint=hint)


def _show(value: object) -> str:
    kind = type(value)
    plain = value is None or kind in (bool, int, float)
    return repr(value) if plain else f"{kind.__module__}.{kind.__qualname__}"
