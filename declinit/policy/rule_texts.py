"""A rule on the command line: `PATTERN=INITIALIZER`, as a node with places in that text.

    PATTERN=NAME    PATTERN=NAME(key=value, ...)    PATTERN={yaml}    PATTERN=keep
    PATTERN=copy_of(PATH)    PATTERN=copy_of(PATH, key=value, ...)

Patterns and values may hold `=`, brackets and blanks themselves. The text is walked from left to
right, and no part of it is tried in two ways, so that a text which does not fit is refused at once.
Values are read by the document parser, each on its own, so they mean what they mean in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from declinit.documents import Node, parse_part, printable
from declinit.documents.lines import Lines
from declinit.errors import Place, Problem, Source, SpecError, refuse_errors

MAX_LENGTH = 10_000
"""Each argument is read by itself with blanks before it, which takes the square of the length."""

_DELIMITER = re.compile(r"[=({]")
_NOT_BLANK = re.compile(r"\S")
COPY_OF = "copy_of"
_COPY = re.compile(rf"{COPY_OF}\s*(?:\(.*\))?", re.DOTALL)
_OPENING, _CLOSING = frozenset("[{("), frozenset("]})")
_BEFORE_VALUE = frozenset("=:,[{(")


def parse_rule(text: str) -> Node:
    """The entry of `rules:` that a text stands for.

    Raises:
        SpecError: if it does not have the form, or holds values that are not YAML.
    """
    text = printable(text)
    if len(text) > MAX_LENGTH:
        message = f"--rule {text[:60]}...: longer than {MAX_LENGTH:,} characters"
        raise SpecError(Problem("DI102", message))
    rule = _RuleText(text)
    equals = _find_equals(text)
    if equals is None:
        raise SpecError(Problem("DI224", f"--rule {text!r}: expected PATTERN=INITIALIZER"))
    return rule.entry(equals)


def _find_equals(text: str) -> int | None:
    """The offset of the first `=` with a pattern before it and an initializer behind it."""
    text = text.rstrip()
    pattern = _NOT_BLANK.search(text)
    equals = text.find("=", pattern.start() + 1) if pattern else -1
    while equals >= 0:
        if _begins_initializer(text, equals + 1):
            return equals
        equals = text.find("=", equals + 1)
    return None


def _begins_initializer(text: str, start: int) -> bool:
    """Whether `{...}`, `name(...)` or `name` reaches from an offset to the end of the text."""
    first, delimiter = _NOT_BLANK.search(text, start), _DELIMITER.search(text, start)
    if first is None or delimiter is None:
        return first is not None
    if delimiter[0] == "{":
        return first.start() == delimiter.start() and text.endswith("}")
    return delimiter[0] == "(" and first.start() < delimiter.start() and text.endswith(")")


class _RuleText:
    """The text of one rule; its parts are given by offsets and become nodes with places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = Source(f"--rule {text}", text)
        self._lines = Lines(text)

    def entry(self, equals: int) -> Node:
        """The rule, with the pattern before an offset and the initializer behind it."""
        pattern = self.stripped(0, equals)
        body = self.stripped(equals + 1, len(self.text))
        fields = {"match": self.node(self.text[slice(*pattern)], pattern[0])}
        if self.text[slice(*body)] == "keep":
            fields["keep"] = self.node(True, body[0])
        elif _COPY.fullmatch(self.text, *body):
            fields["copy_of"] = self.copied(*body)
        else:
            fields["initializer"] = self.initializer(*body)
        return Node.mapping(fields, Place(self.source, 1, 1))

    def initializer(self, start: int, end: int) -> Node:
        """The initializer that a part of the text describes."""
        if self.text[start] == "{":
            return parse_part(self.source, start, end)
        opening = self.text.find("(", start, end)
        if opening < 0:
            return self.node(self.text[start:end], start)
        name = self.text[start:opening].rstrip()
        fields = {
            "class_name": self.node(name, start),
            "config": self.arguments(opening + 1, end - 1),
        }
        return Node.mapping(fields, self.place(start))

    def copied(self, start: int, end: int) -> Node:
        """The copy that a part of the text describes."""
        opening = self.text.find("(", start, end)
        pieces = self.pieces(opening + 1, end - 1) if opening > 0 else iter(())
        first, last = next(pieces, (end, end))
        comma = self.text.find(",", last, end)
        steps = self.arguments(comma + 1, end - 1).fields if comma >= 0 else {}
        if first == last or "path" in steps:
            message = f"expected {COPY_OF}(PATH), received {self.text[start:end]!r}"
            raise SpecError(Problem("DI225", message, where=self.place(start)))
        path = self.node(self.text[first:last], first)
        return Node.mapping({"path": path, **steps}, self.place(start)) if steps else path

    def arguments(self, start: int, end: int) -> Node:
        """The mapping that `key=value, ...` stands for, with every fault found in it."""
        values: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        problems: list[Problem] = []
        for piece in self.pieces(start, end):
            try:
                key, value = self.argument(*piece)
            except SpecError as error:
                problems += error.problems
                continue
            line, column = self._lines.place(piece[0])
            if key in keys:
                first = f"it is first given at line {keys[key][0]}, column {keys[key][1]}"
                where = Place(self.source, line, column)
                message = f"the key {key!r} is repeated"
                problems.append(Problem("DI105", message, where=where, hint=first))
            values[key] = value
            keys.setdefault(key, (line, column))
        refuse_errors(problems, SpecError)
        return Node.mapping(values, self.place(start - 1), keys)

    def argument(self, start: int, end: int) -> tuple[str, Node]:
        """The key and the value of one `key=value`."""
        key, equals, _ = self.text[start:end].partition("=")
        begin, _ = self.stripped(start + len(key) + 1, end)
        if not equals or not key.strip() or begin >= end:
            message = f"expected key=value, received {self.text[start:end]!r}"
            raise SpecError(Problem("DI225", message, where=self.place(start)))
        return key.strip(), parse_part(self.source, begin, end)

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts between the commas that are in no quotes and no brackets."""
        begin = start
        for comma in _find_commas(self.text, start, end):
            yield self.stripped(begin, comma)
            begin = comma + 1
        last = self.stripped(begin, end)
        if last[0] < last[1]:  # a comma may stand at the end
            yield last

    def stripped(self, start: int, end: int) -> tuple[int, int]:
        """The part between two offsets without the blanks at its ends."""
        first = _NOT_BLANK.search(self.text, start, end)
        start = first.start() if first else end
        return start, start + len(self.text[start:end].rstrip())

    def node(self, value: str | bool, start: int) -> Node:
        """A scalar that is written at an offset."""
        return Node(value, self.source, *self._lines.place(start))

    def place(self, start: int) -> Place:
        """The place of an offset."""
        return Place(self.source, *self._lines.place(start))


def _find_commas(text: str, start: int, end: int) -> Iterator[int]:
    """Offsets of the commas that are in no quotes and no brackets, by YAML's rules for both."""
    depth, quote, before, at = 0, "", "=", start
    while at < end:
        char = text[at]
        if quote:
            escaped = char == "\\" if quote == '"' else text[at : at + 2] == "''"
            quote = "" if char == quote and not escaped else quote
            at += escaped
        elif char in "'\"" and before in _BEFORE_VALUE:
            quote = char
        elif char == "," and depth == 0:
            yield at
        else:
            depth = max(0, depth + (char in _OPENING) - (char in _CLOSING))
        before = before if char.isspace() else char
        at += 1
