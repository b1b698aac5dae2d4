"""From a pattern's text to its segments; a malformed one is refused with its column."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from declinit.errors import Problem, TextError
from declinit.globs.captures import Captures
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

MAX_LENGTH = 4096
"""Of a pattern, in characters: matching one takes time that grows with it, see `matching`."""

MAX_BRACES = 16
MAX_RANGES = 16
MAX_CAPTURES = 8
ANY_NUMBER = NumberRange(0, 10**MAX_RANGE_DIGITS - 1)
SPECIAL = frozenset("*?[]{}\\,")
# Braces around one thing: no alternatives, escapes or classes. It is read once, whatever is in it.
_ONE_THING = re.compile(r"\{([^{},/\\\[\]]*)\}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CAPTURES = "a capture is '{l}', '{l:0..11}' or '{x:*}'"
_BRACKET = "write '\\[' for the character"


class GlobError(TextError):
    """A malformed pattern."""


def escape(text: str) -> str:
    """The pattern that matches exactly this path, whatever characters its names hold."""
    return "".join(f"\\{char}" if char in SPECIAL else char for char in text)


def parse_segments(text: str) -> tuple[Segment, ...]:
    """The segments of a pattern.

    Raises:
        GlobError: where it is malformed, with the column.
    """
    if len(text) > MAX_LENGTH:
        message = f"pattern '{text[:60]}...': {len(text):,} characters are too many"
        hint = f"at most {MAX_LENGTH:,} are read; give `match` a list of patterns"
        raise GlobError(Problem("DI226", message, hint=hint), MAX_LENGTH + 1)
    try:
        segments = tuple(map(_segment, text.split("/")))
    except GlobError:  # parsed again as a whole, so that the column counts from its start
        return tuple(_Parser(text).segments())
    if sum(segment.captures is not None for segment in segments) > 1:
        return tuple(_Parser(text).segments())  # names are compared with each other
    return segments


@functools.lru_cache(maxsize=1 << 14)
def _segment(text: str) -> Segment:
    """A segment by itself, remembered because policies repeat the same few."""
    (segment,) = _Parser(text).segments()
    return segment


@dataclass(frozen=True, slots=True)
class _Capture:
    """A token under a name, until its segment is complete."""

    name: str
    token: Token

    def advance(self, text: str, positions: int) -> int:
        """As its token does."""
        return self.token.advance(text, positions)


class _Parser:
    """One pass over a pattern's text; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0  # of braces
        self.ranges = 0  # in this segment
        self.captured: dict[str, int] = {}  # the offset of each capture

    def error(self, problem: Problem, at: int | None = None) -> GlobError:
        """A problem as an error of this pattern, at an offset or at the next character."""
        message = f"pattern {self.text!r}: {problem.message}"
        return GlobError(replace(problem, message=message), (self.at if at is None else at) + 1)

    def segments(self) -> Iterator[Segment]:
        if not self.text:
            raise self.error(Problem("DI211", "a pattern must not be empty"))
        while True:
            start, self.ranges = self.at, 0
            tokens = tuple(self.tokens(""))
            if not tokens:
                hint = "paths start below the root model, without '/'" if start == 0 else None
                raise self.error(Problem("DI211", "a segment must not be empty", hint=hint), start)
            yield self.segment(self.text[start : self.at], tokens)
            if self.at == len(self.text):
                return
            self.at += 1

    def segment(self, text: str, tokens: tuple[Token, ...]) -> Segment:
        names = {at: t.name for at, t in enumerate(tokens) if isinstance(t, _Capture)}
        if not names:
            return Segment(text, tokens)
        plain = tuple(t.token if isinstance(t, _Capture) else t for t in tokens)
        captures = Captures.of(plain, names)
        if captures.uncertain:
            message = (
                f"'{{{captures.uncertain}}}' leaves a choice: a name could be read in two ways"
            )
            hint = "part it by text that neither side can hold, as in 'stage{s}_block{b}'"
            raise self.error(
                Problem("DI237", message, hint=hint), self.captured[captures.uncertain]
            )
        return Segment(text, plain, captures)

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
                return self.one_thing() or self.alternatives()
            case "]" | "}":
                hint = f"write '\\{char}' for the character"
                raise self.error(Problem("DI213", f"{char!r} closes nothing", hint=hint))
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
            hint = "write 'a/**/b', or '*' inside a name"
            raise self.error(Problem("DI212", "'**' must be a whole segment", hint=hint), start)
        return AnyRun()

    def character(self) -> str:
        if self.text[self.at] == "\\":
            self.at += 1
            if self.at == len(self.text):
                problem = Problem("DI213", "'\\' at the end escapes nothing")
                raise self.error(problem, self.at - 1)
        if self.text[self.at] == "/":
            hint = "names hold no '/'"
            raise self.error(Problem("DI216", "'/' always separates segments", hint=hint))
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
                raise self.error(Problem("DI213", "'[' is never closed", hint=_BRACKET), start)
            ranges.append(self.class_range())
        self.at += 1
        if not ranges:
            problem = Problem("DI215", "an empty class matches nothing", hint=_BRACKET)
            raise self.error(problem, start)
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
            raise self.error(Problem("DI214", f"the range '{low}-{high}' is reversed"), start)
        return low, high

    def one_thing(self) -> Token | None:
        """A range or a capture; nothing where braces hold anything else."""
        found = _ONE_THING.match(self.text, self.at)
        if not found:
            return None
        name, colon, body = found[1].rpartition(":")
        token: Token
        if colon or _IDENTIFIER.fullmatch(body):
            token = self.capture(name, body) if colon else self.capture(body, None)
        elif ".." in body:
            token = self.number_range(body, found[0])
        else:
            return None
        self.at = found.end()
        return token

    def capture(self, name: str, body: str | None) -> Token:
        """What is captured under a name: any number, or what stands behind the colon."""
        whole = f"{{{name}}}" if body is None else f"{{{name}:{body}}}"
        ranged = body is not None and ".." in body
        if not (_IDENTIFIER.fullmatch(name) and (ranged or body in {None, "*"})):
            raise self.error(Problem("DI236", f"{_CAPTURES}, received '{whole}'"))
        if self.depth:
            message = f"the capture '{whole}' stands inside alternatives"
            hint = "give `match` a list of patterns"
            raise self.error(Problem("DI236", message, hint=hint))
        if name in self.captured:
            raise self.error(Problem("DI236", f"the name {name!r} is captured twice"))
        if len(self.captured) == MAX_CAPTURES:
            message = f"a pattern has at most {MAX_CAPTURES} captures"
            raise self.error(Problem("DI236", message))
        self.captured[name] = self.at
        if body is None or body == "*":
            return _Capture(name, AnyRun() if body else ANY_NUMBER)
        return _Capture(name, self.number_range(body, whole))

    def number_range(self, body: str, whole: str) -> NumberRange:
        parts = body.split("..")
        if len(parts) not in {2, 3} or not all(
            part.isdecimal() and part.isascii() for part in parts
        ):
            message = f"a range needs two whole numbers, received '{whole}'"
            hint = "a third one is a step: '{0..10..2}'" if len(parts) > 2 else None
            raise self.error(Problem("DI214", message, hint=hint))
        if max(map(len, parts)) > MAX_RANGE_DIGITS:
            message = f"the range '{whole}' is too large"
            hint = f"a bound has at most {MAX_RANGE_DIGITS} digits"
            raise self.error(Problem("DI214", message, hint=hint))
        low, high, step = (*map(int, parts), 1)[:3]
        if low > high:
            swapped = whole.replace(f"{parts[0]}..{parts[1]}", f"{parts[1]}..{parts[0]}")
            message, hint = f"the range '{whole}' is reversed", f"write '{swapped}'"
            raise self.error(Problem("DI214", message, hint=hint))
        if not step:
            raise self.error(Problem("DI214", f"the step of the range '{whole}' is zero"))
        self.ranges += 1
        if self.ranges > MAX_RANGES:
            message = f"more than {MAX_RANGES} ranges of numbers in a segment"
            raise self.error(Problem("DI226", message))
        return NumberRange(low, high, step)

    def alternatives(self) -> Token:
        start = self.at
        if self.depth == MAX_BRACES:
            raise self.error(Problem("DI215", f"braces are nested deeper than {MAX_BRACES}"))
        self.depth += 1
        options: list[tuple[Token, ...]] = []
        while self.text[self.at : self.at + 1] != "}" or not options:
            self.at += 1
            options.append(tuple(self.tokens(",}")))
            if self.at == len(self.text):
                hint = "write '\\{' for the character"
                raise self.error(Problem("DI213", "'{' is never closed", hint=hint), start)
            if self.text[self.at] == "/":
                hint = "give `match` a list of patterns"
                raise self.error(
                    Problem("DI216", "alternatives stay inside one segment", hint=hint)
                )
        self.at += 1
        self.depth -= 1
        if len(options) == 1:
            message = "braces need two alternatives, a range or a capture"
            hint = "write '{a,b}', '{0..11}' or '{l}'"
            raise self.error(Problem("DI215", message, hint=hint), start)
        return Alternatives(tuple(options))
