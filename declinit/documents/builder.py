"""Grows a node out of events: limits, keys, duplicates and numbers are checked here, once."""

from __future__ import annotations

from typing import NoReturn

from declinit.documents.node import NO_KEYS, Node
from declinit.documents.scalars import Data, check_text, name_type
from declinit.errors import Place, Problem, Source, SpecError

MAX_DEPTH = 64
MAX_NODES = 1_000_000
MAX_PROBLEMS = 100


class _Sequence:
    """A sequence whose end has not been seen."""

    __slots__ = ("children", "value")

    awaits_key = False

    def __init__(self, value: list[Data], children: list[Node]) -> None:
        self.value, self.children = value, children

    def add(self, node: Node) -> None:
        self.value.append(node.value)
        self.children.append(node)


class _Mapping:
    """A mapping whose end has not been seen; its keys and values come in turn."""

    __slots__ = ("awaits_key", "children", "key", "keys", "value")

    def __init__(
        self,
        value: dict[str, Data],
        children: dict[str, Node],
        keys: dict[str, tuple[int, int]],
    ) -> None:
        self.value, self.children, self.keys = value, children, keys
        self.awaits_key, self.key = True, ""

    def add(self, node: Node) -> None:
        self.value[self.key] = node.value
        self.children[self.key] = node
        self.awaits_key = True


class Builder:
    """Takes the events of one document in reading order; never recurses.

    Faults are kept and building goes on, until `stop` or `finish` raises them all.

    Attributes:
        source: the text that places point into.
        path: the keys that lead to the next event, in data that was never text.
    """

    def __init__(self, source: Source, known: list[Problem] | None = None) -> None:
        self.source = source
        self.path = ""
        self._problems = list(known or ())
        self._document = _Sequence([], [])
        self._stack: list[_Sequence | _Mapping] = [self._document]
        self._nodes_left = MAX_NODES

    @property
    def at_top(self) -> bool:
        """Whether the next event belongs to the document itself."""
        return len(self._stack) == 1

    def scalar(self, value: Data | Problem, line: int, column: int, text: str = "") -> None:
        """Take one scalar: a key if a key is due, otherwise a value.

        Args:
            value: what it means, or why it has no meaning.
            line: where it starts, counted from 1.
            column: where it starts, counted from 1.
            text: how it was written, for faults to quote.
        """
        if type(value) is str:
            value = check_text(value) or value
        if self._stack[-1].awaits_key:
            self._take_key(value, line, column, text)
            return
        if type(value) is Problem:
            self.fault(value, line, column)
            value = None
        self._add(Node(value, self.source, line, column, None, NO_KEYS, self.path))

    def open_mapping(self, line: int, column: int) -> None:
        """Begin a mapping: its keys and values follow in turn, then `close`."""
        opened = _Mapping({}, {}, {})
        value, children, keys = opened.value, opened.children, opened.keys
        self._open(opened, Node(value, self.source, line, column, children, keys, self.path))

    def open_sequence(self, line: int, column: int) -> None:
        """Begin a sequence: its items follow, then `close`."""
        opened = _Sequence([], [])
        value, children = opened.value, opened.children
        self._open(opened, Node(value, self.source, line, column, children, NO_KEYS, self.path))

    def close(self) -> None:
        """End the innermost mapping or sequence."""
        self._stack.pop()

    def fault(self, problem: Problem, line: int, column: int) -> None:
        """Note a fault after which reading goes on."""
        self._problems.append(self._placed(problem, line, column))
        if len(self._problems) >= MAX_PROBLEMS:
            message = "too many faults, the rest of the document was not read"
            self.stop(Problem("DI102", message), line, column)

    def stop(self, problem: Problem, line: int, column: int) -> NoReturn:
        """Raise a fault that ends the reading, together with those noted before."""
        self._problems.append(self._placed(problem, line, column))
        self._refuse()

    def finish(self) -> Node:
        """The document, if there was no fault.

        Raises:
            SpecError: with all faults, in the order of the text.
        """
        if not self._document.children:
            self.fault(Problem("DI104", "the document is empty"), 1, 1)
        if self._problems:
            self._refuse()
        return self._document.children[0]

    def _take_key(self, key: Data | Problem, line: int, column: int, text: str) -> None:
        top = self._stack[-1]
        assert isinstance(top, _Mapping)
        if type(key) is not str:
            key = self._refuse_key(key, line, column, text)
        elif key in top.keys:
            first_line, first_column = top.keys[key]
            first = f"it is first given at line {first_line}, column {first_column}"
            hint = first if self.source.text else None
            self.fault(Problem("DI105", f"the key {key!r} is repeated", hint=hint), line, column)
        top.keys.setdefault(key, (line, column))
        top.key, top.awaits_key = key, False

    def _refuse_key(self, key: Data | Problem, line: int, column: int, text: str) -> str:
        if type(key) is Problem:
            self.fault(key, line, column)
        elif text:
            message = f"a key must be a string; {text} is {name_type(key)}"
            self.fault(Problem("DI106", message, hint=f"write '{text}'"), line, column)
        else:
            self.fault(Problem("DI106", "a key is missing before the ':'"), line, column)
        return text

    def _open(self, container: _Sequence | _Mapping, node: Node) -> None:
        line, column = node.line, node.column
        if len(self._stack) > MAX_DEPTH:
            self.stop(Problem("DI102", f"nested deeper than {MAX_DEPTH} levels"), line, column)
        if self._stack[-1].awaits_key:
            message = f"a key must be a string, not {name_type(node.value)}"
            hint = "a pattern with brackets must be quoted"
            self.fault(Problem("DI106", message, hint=hint), line, column)
            self._take_key("", line, column, "")
        else:
            self._add(node)
        self._stack.append(container)

    def _add(self, node: Node) -> None:
        self._nodes_left -= 1
        if self._nodes_left < 0:
            message = f"more than {MAX_NODES:,} values"
            self.stop(Problem("DI102", message), node.line, node.column)
        self._stack[-1].add(node)

    def _placed(self, problem: Problem, line: int, column: int) -> Problem:
        return problem.at(Place(self.source, line, column, self.path))

    def _refuse(self) -> NoReturn:
        raise SpecError(sorted(self._problems, key=_in_reading_order))


def _in_reading_order(problem: Problem) -> tuple[int, int]:
    where = problem.where
    return (where.line, where.column) if where else (0, 0)
