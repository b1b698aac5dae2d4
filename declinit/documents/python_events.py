"""Python data as events, held to the same limits as a file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from declinit.documents.builder import MAX_NODES, Builder
from declinit.documents.node import Node
from declinit.documents.python_values import array_size, is_mapping, is_sequence, plain
from declinit.documents.scalars import TOO_LONG, Data, is_in_range, name_type, not_finite
from declinit.errors import Problem, Source
from declinit.wording import error_text

_PLAIN_KEY = re.compile(r"[\w$-]+")
_LONGEST_KEY = 60


def node_of(value: object, source: Source, line: int = 1, column: int = 1) -> Node:
    """A tree of nodes for Python data, each placed by the keys that lead to it.

    Args:
        value: mappings, sequences, str, int, float, bool or None, nested at will, and what NumPy
            has of these. Mappings and sequences may be of any class, so that what a config library
            resolves when it is asked for is resolved.
        source: what the faults name, for instance `Source("<python>", "")`.
        line: the line of all nodes, if the data stands for a place in a text.
        column: the column of all nodes, likewise.

    Raises:
        SpecError: if something in the value is not plain data, or cannot be read.
    """
    builder = Builder(source)
    _Feeder(builder, line, column).feed(lambda: value, "")
    return builder.finish()


class _Feeder:
    """Walks Python data; the builder's depth limit ends the recursion, even in a cycle.

    Values may be of classes that compute what they hold, so whatever reading one raises is a fault
    of this value alone.
    """

    def __init__(self, builder: Builder, line: int, column: int) -> None:
        self._builder, self._place = builder, (line, column)

    def feed(self, read: Callable[[], object], path: str) -> None:
        """Take one value, and all that it holds.

        Args:
            read: gives the value.
            path: the keys that lead to it.
        """
        self._builder.path = path
        try:
            value = _limited(read())
            mapping, sequence = is_mapping(value), is_sequence(value)
            scalar = None if mapping or sequence else _check_scalar(value)
        except Exception as error:
            self._builder.scalar(_unread(error), *self._place)
            return
        if mapping:
            self._feed_mapping(value, path)
        elif sequence:
            self._feed_sequence(value, path)
        else:
            self._builder.scalar(scalar, *self._place)

    def _feed_mapping(self, mapping: Any, path: str) -> None:
        builder = self._builder
        builder.open_mapping(*self._place)
        for key in self._steps(lambda: iter(mapping.keys()), path):
            builder.path = path
            builder.scalar(_check_key(key), *self._place)
            self.feed(lambda key=key: mapping[key], f"{path}{_step(key, first=not path)}")  # type: ignore[misc]
        builder.close()

    def _feed_sequence(self, sequence: Any, path: str) -> None:
        self._builder.open_sequence(*self._place)
        for index in self._steps(lambda: iter(range(len(sequence))), path):
            self.feed(lambda index=index: sequence[index], f"{path}[{index}]")  # type: ignore[misc]
        self._builder.close()

    def _steps(self, begin: Callable[[], Iterator[Any]], path: str) -> Iterator[Any]:
        """The keys or indices of a value; one that cannot be had is a fault, and the last one."""
        try:
            yield from begin()
        except Exception as error:
            self._builder.path = path
            self._builder.fault(_unread(error), *self._place)


def _limited(value: object) -> Any:
    """A value as Python's own types have it; the fault of an array before a list is made of it."""
    size = array_size(value)
    if size <= MAX_NODES:
        return plain(value)
    message = f"an array of {size:,} elements; a document holds at most {MAX_NODES:,} values"
    return Problem("DI102", message)


def _unread(error: Exception) -> Problem:
    """The fault of a value whose class does not give it."""
    return Problem("DI153", f"this value cannot be read: {error_text(error, lines=1)}")


def _step(key: object, *, first: bool) -> str:
    """One key of a path, as in `rules[0].initializer['a.b']`."""
    if not isinstance(key, str):
        return f"[{_show(key)}]"
    text = str.__str__(key)
    if _PLAIN_KEY.fullmatch(text):
        return text if first else f".{text}"
    return f"[{text[:_LONGEST_KEY]!r}]"


def _check_key(key: object) -> str | Problem:
    if isinstance(key, str):
        return str.__str__(key)
    return Problem("DI106", f"a key must be a string; {_show(key)} is {name_type(key)}")


def _check_scalar(value: object) -> Data | Problem:
    """A value as exactly one of Python's own types, whatever a class made of it says of itself."""
    if value is None or isinstance(value, (bool, Problem)):
        return value
    if isinstance(value, float):
        number = float.__float__(value)
        return number if math.isfinite(number) else not_finite(str(number))
    if isinstance(value, int):
        whole = int.__int__(value)
        return whole if is_in_range(whole) else Problem("DI107", TOO_LONG)
    if isinstance(value, str):
        return str.__str__(value)
    hint = "give mappings, lists, str, int, float, bool or None, or NumPy's numbers and arrays"
    if hasattr(type(value), "__array__") and type(value).__module__ != "numpy":
        hint = "`numpy.asarray` may make an array of it that can be read"
    return Problem("DI118", f"expected plain data, received {_show(value)}", hint=hint)


def _show(value: object) -> str:
    kind = type(value)
    as_it_is = value is None or kind in (bool, int, float)
    return repr(value) if as_it_is else f"{kind.__module__}.{kind.__qualname__}"
