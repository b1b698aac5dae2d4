"""From a pattern's text to its segments; a malformed one is refused with its column."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from declinit.errors import DeclinitError, Problem
from declinit.globs.segments import (
    MAX_RANGE_DIGITS,
    Alternatives,
    AnyRun,
    Literal,
    NumberRange,
    OneOf,
    Segment,
    Token,
)

SPECIAL = frozenset("*?[]{}\\,")
_RANGE = re.compile(r"\{([^{},/]*)\.\.([^{},/]*)\}")


class GlobError(DeclinitError):
    """A malformed pattern; `column` is the character at fault, counted from 1."""

    def __init__(self, message: str, column: int, hint: str | None = None) -> None:
        super().__init__([Problem(message=message, hint=hint)])
        self.message = message
        self.column = column
        self.hint = hint


def escape(text: str) -> str:
    """The pattern that matches exactly this path, whatever characters its names hold."""
    return "".join(f"\\{char}" if char in SPECIAL else char for char in text)


def parse_segments(text: str) -> tuple[Segment, ...]:
    """The segments of a pattern.

    Raises:
        GlobError: where it is malformed, with the column.
    """
    try:
        return tuple(map(_segment, text.split("/")))
    except GlobError:  # again as a whole: a fault is placed in all of the text
        return tuple(_Parser(text).segments())


@functools.lru_cache(maxsize=1 << 16)
def _segment(text: str) -> Segment:
    """A segment by itself; policies repeat the same few."""
    (segment,) = _Parser(text).segments()
    return segment


class _Parser:
    """One pass over a pattern's text; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0  # of braces

    def fail(self, message: str, at: int | None = None, hint: str | None = None) -> GlobError:
        column = (self.at if at is None else at) + 1
        return GlobError(f"pattern {self.text!r}: {message}", column, hint)

    def segments(self) -> Iterator[Segment]:
        if not self.text:
            raise self.fail("a pattern must not be empty")
        while True:
            start = self.at
            tokens = tuple(self.tokens(""))
            if not tokens:
                hint = "paths start below the root model, without '/'" if start == 0 else None
                raise self.fail("a segment must not be empty", start, hint)
            yield Segment(self.text[start : self.at], tokens)
            if self.at == len(self.text):
                return
            self.at += 1

    def tokens(self, stops: str) -> Iterator[Token]:
        """Tokens up to the segment's end, or up to one of the characters of `stops`."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "/" or char in stops:
                return
            yield self.token(char)

    def token(self, char: str) -> Token:
        match char:
            case "*":
                return self.star()
            case "?":
                self.at += 1
                return OneOf((), negated=True)
            case "[":
                return self.character_class()
            case "{":
                return self.number_range() or self.alternatives()
            case "]" | "}":
                raise self.fail(
                    f"{char!r} closes nothing", hint=f"write '\\{char}' for the character"
                )
            case _:
                return self.literal()

    def star(self) -> Token:
        start = self.at
        while self.text[self.at : self.at + 1] == "*":
            self.at += 1
        alone = self.text[start - 1 : start] in {"", "/"} and self.text[self.at : self.at + 1] in {
            "",
            "/",
        }
        if self.at - start > 2 or (self.at - start == 2 and not alone):
            raise self.fail(
                "'**' must be a whole segment", start, "write 'a/**/b', or '*' inside a name"
            )
        return AnyRun()

    def character(self) -> str:
        if self.text[self.at] == "\\":
            self.at += 1
            if self.at == len(self.text):
                raise self.fail("'\\' at the end escapes nothing", self.at - 1)
        if self.text[self.at] == "/":
            raise self.fail("'/' always separates segments", hint="names hold no '/'")
        self.at += 1
        return self.text[self.at - 1]

    def literal(self) -> Token:
        found = ""
        while self.at < len(self.text) and self.text[self.at] not in "/*?[]{}":
            if self.text[self.at] == "," and self.depth:
                break
            found += self.character()
        return Literal(found)

    def character_class(self) -> Token:
        start = self.at
        self.at += 1
        negated = self.text[self.at : self.at + 1] in {"!", "^"}
        self.at += negated
        ranges = []
        while (char := self.text[self.at : self.at + 1]) != "]":
            if char in {"", "/"}:
                raise self.fail("'[' is never closed", start, "write '\\[' for the character")
            ranges.append(self.class_range())
        self.at += 1
        if not ranges:
            raise self.fail(
                "an empty class matches nothing", start, "write '\\[' for the character"
            )
        return OneOf(tuple(ranges), negated=negated)

    def class_range(self) -> tuple[str, str]:
        start = self.at
        low = self.character()
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] in {
            "]",
            "",
        }:
            return low, low
        self.at += 1
        high = self.character()
        if high < low:
            raise self.fail(f"the range '{low}-{high}' is reversed", start)
        return low, high

    def number_range(self) -> Token | None:
        found = _RANGE.match(self.text, self.at)
        if not found:
            return None
        low, high = found.groups()
        if not (low.isdecimal() and high.isdecimal() and low.isascii() and high.isascii()):
            raise self.fail(f"a range needs two whole numbers, received '{{{low}..{high}}}'")
        if len(low) > MAX_RANGE_DIGITS or len(high) > MAX_RANGE_DIGITS:
            raise self.fail(f"the range '{{{low}..{high}}}' is too large, 18 digits are the most")
        if int(low) > int(high):
            raise self.fail(
                f"the range '{{{low}..{high}}}' is reversed", hint=f"write '{{{high}..{low}}}'"
            )
        self.at = found.end()
        return NumberRange(int(low), int(high))

    def alternatives(self) -> Token:
        start = self.at
        if self.depth == 16:
            raise self.fail("more than 16 nested braces")
        self.depth += 1
        options: list[tuple[Token, ...]] = []
        while self.text[self.at : self.at + 1] != "}" or not options:
            self.at += 1
            options.append(tuple(self.tokens(",}")))
            if self.at == len(self.text):
                raise self.fail("'{' is never closed", start, "write '\\{' for the character")
            if self.text[self.at] == "/":
                raise self.fail(
                    "alternatives stay inside one segment",
                    self.at,
                    "give `match` a list of patterns",
                )
        self.at += 1
        self.depth -= 1
        if len(options) == 1:
            raise self.fail(
                "braces need two alternatives or a range", start, "write '{a,b}' or '{0..11}'"
            )
        return Alternatives(tuple(options))
