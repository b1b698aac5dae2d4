r"""Patterns over variable paths: parsed once, then matched against a whole inventory at a time.

A pattern is anchored at both ends, case-sensitive, and made of `/`-separated segments:

- `*` any run of characters, `?` one character, `[a-z]` and `[!a-z]` one of (or none of) a class,
  `{query,key}` alternatives, `{0..11}` a whole number in a range, compared as a number;
  all of them stay inside a segment;
- `**` is a whole segment and stands for any number of segments; at the end, for at least one;
- `\` makes the next character stand for itself.

Both levels are matched by moving *sets of positions* forward, never by backtracking, so that no
pattern takes more time than its length times the path's. A `GlobSet` joins many patterns into one
trie and remembers each step it took: ten thousand paths share most of their segments.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from declinit.errors import DeclinitError, Problem

ANY_DEPTH = "**"
MAX_RANGE_DIGITS = 18
SPECIAL = frozenset("*?[]{}\\,")


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


class Token(Protocol):
    """A piece of a segment; moves a set of positions (bit i = before character i) forward."""

    def advance(self, text: str, positions: int) -> int:
        """The positions behind this token, from each position before it."""
        ...


def _each(positions: int) -> Iterator[int]:
    while positions:
        lowest = positions & -positions
        yield lowest.bit_length() - 1
        positions ^= lowest


@dataclass(frozen=True, slots=True)
class Literal:
    """The text itself."""

    text: str

    def advance(self, text: str, positions: int) -> int:
        """Every position behind an occurrence that starts at a given one."""
        size = len(self.text)
        found = (1 << at + size for at in _each(positions) if text.startswith(self.text, at))
        return sum(found)


@dataclass(frozen=True, slots=True)
class AnyRun:
    """`*`: any number of characters."""

    def advance(self, text: str, positions: int) -> int:
        """Every position from the first given one on."""
        return (1 << len(text) + 1) - (positions & -positions) if positions else 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """`?` and `[...]`: one character inside (or outside) some ranges."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def _holds(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) != self.negated

    def advance(self, text: str, positions: int) -> int:
        """Every position behind a fitting character."""
        inside = (at for at in _each(positions) if at < len(text))
        return sum(2 << at for at in inside if self._holds(text[at]))


@dataclass(frozen=True, slots=True)
class NumberRange:
    """`{low..high}`: decimal digits whose number lies in the range, leading zeros allowed."""

    low: int
    high: int

    def advance(self, text: str, positions: int) -> int:
        """Every position behind digits that start at a given one and make a fitting number."""
        reached = 0
        walked = -1  # what starts inside a run of zeros goes nowhere that the run's start does not
        for start in _each(positions):
            if start <= walked:
                continue
            number = 0
            for at in range(start, len(text)):
                if text[at] not in "0123456789":
                    break
                number = number * 10 + int(text[at])
                if number > self.high:
                    break
                if number == 0:
                    walked = at + 1
                if number >= self.low:
                    reached |= 2 << at
        return reached


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`{a,b}`: any one of several token sequences."""

    options: tuple[tuple[Token, ...], ...]

    def advance(self, text: str, positions: int) -> int:
        """Every position that some alternative reaches."""
        reached = 0
        for option in self.options:
            reached |= _advance_all(option, text, positions)
        return reached


def _advance_all(tokens: Iterable[Token], text: str, positions: int) -> int:
    for token in tokens:
        positions = token.advance(text, positions)
    return positions


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a pattern; `literal` where it can match a single text only."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def literal(self) -> str | None:
        """The one text it matches, if it holds no wildcard."""
        if all(isinstance(token, Literal) for token in self.tokens):
            return "".join(token.text for token in self.tokens if isinstance(token, Literal))
        return None

    @property
    def prefix(self) -> str:
        """The characters that every matching text starts with."""
        first = self.tokens[0]
        return first.text if isinstance(first, Literal) else ""

    @property
    def wild(self) -> bool:
        """Whether it matches every segment there is."""
        return self.text == ANY_DEPTH or all(isinstance(token, AnyRun) for token in self.tokens)

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        match self.tokens:
            # The commonest shapes can be told at a glance.
            case (Literal(head), NumberRange(low, high)):
                number = _number_behind(head, text)
                return number is not None and low <= number <= high
            case (Literal(head), AnyRun()):
                return text.startswith(head)
            case (AnyRun(), Literal(tail)):
                return text.endswith(tail)
        return bool(_advance_all(self.tokens, text, 1) >> len(text) & 1)


def _number_behind(head: str, text: str) -> int | None:
    """The number that a text consists of behind its head, unless it is larger than any range."""
    digits = text[len(head) :].lstrip("0") or "0"
    fits = text.startswith(head) and len(head) < len(text) and len(digits) <= MAX_RANGE_DIGITS
    return int(digits) if fits and digits.isascii() and digits.isdecimal() else None


ANY_SEGMENT = Segment("*", (AnyRun(),))
_RANGE = re.compile(r"\{([^{},/]*)\.\.([^{},/]*)\}")


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


@functools.lru_cache(maxsize=4096)
def _segment(text: str) -> Segment:
    """A segment by itself; policies repeat the same few."""
    (segment,) = _Parser(text).segments()
    return segment


@dataclass(frozen=True, slots=True)
class Glob:
    """One parsed pattern: compares and prints by its text."""

    text: str
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> Glob:
        """Parse a pattern.

        Raises:
            GlobError: where it is malformed, with the column.
        """
        try:
            return cls(text, tuple(map(_segment, text.split("/"))))
        except GlobError:  # again as a whole: a fault is placed in all of the text
            return cls(text, tuple(_Parser(text).segments()))

    @property
    def names_its_variable(self) -> bool:
        """Whether the last segment says something about the variable's own name."""
        return not self.segments[-1].wild

    def matches(self, path: str) -> bool:
        """Whether the whole path fits."""
        return bool(GlobSet([self]).matching(path))

    def __str__(self) -> str:
        return self.text


class _State:
    """A node of the trie: patterns that agree up to here."""

    __slots__ = ("accepts", "below", "branches", "children", "literals", "loops", "numbered")

    def __init__(self, *, loops: bool = False) -> None:
        self.literals: dict[str, _State] = {}
        # Numeric ranges by the text before them: one number is read and compared with all.
        self.numbered: dict[str, list[tuple[NumberRange, _State]]] = {}
        # The rest by first character, so that most patterns are passed over without a look.
        self.branches: dict[str, list[tuple[Segment, _State]]] = {}
        self.children: dict[str, _State] = {}
        self.below: _State | None = None  # what follows a `**`, reached without a segment
        self.loops = loops
        self.accepts: list[int] = []

    def child(self, segment: Segment) -> _State:
        """The state behind a segment, made where there is none yet."""
        if segment.text == ANY_DEPTH:
            if self.loops:
                return self
            self.below = self.below or _State(loops=True)
            return self.below
        literal = segment.literal
        if literal is not None:
            return self.literals.setdefault(literal, _State())
        if segment.text not in self.children:
            self.children[segment.text] = self._branch(segment)
        return self.children[segment.text]

    def _branch(self, segment: Segment) -> _State:
        target = _State()
        match segment.tokens:
            case (Literal(head), NumberRange() as numbers):
                self.numbered.setdefault(head, []).append((numbers, target))
            case _:
                self.branches.setdefault(segment.prefix[:1], []).append((segment, target))
        return target

    def hits(self, text: str) -> Iterator[_State]:
        """The states that a segment leads to, besides this one where it loops."""
        if text in self.literals:
            yield self.literals[text]
        for head, ranges in self.numbered.items():
            number = _number_behind(head, text)
            if number is not None:
                yield from (state for one, state in ranges if one.low <= number <= one.high)
        for first in ("", text[:1]):
            for segment, state in self.branches.get(first, ()):
                if segment.matches(text):
                    yield state


class _Stand:
    """All states that some path prefix leads to, taken together, and where each segment leads."""

    __slots__ = ("accepts", "known", "states")

    def __init__(self, states: Sequence[_State]) -> None:
        self.states = states
        self.accepts = tuple(sorted({index for state in states for index in state.accepts}))
        self.known: dict[str | None, _Stand] = {}


class GlobSet:
    """Many patterns, matched together; safe to share, cheap to ask again."""

    def __init__(self, globs: Sequence[Glob]) -> None:
        root = _State()
        for index, glob in enumerate(globs):
            state = root
            for segment in glob.segments:
                state = state.child(segment)
            if glob.segments[-1].text == ANY_DEPTH:
                state = state.child(ANY_SEGMENT)
            state.accepts.append(index)
        self._stands: dict[tuple[int, ...], _Stand] = {}
        self._start = self._stand([root])

    def _stand(self, states: Iterable[_State]) -> _Stand:
        found: dict[int, _State] = {}
        for state in states:
            found[id(state)] = state
            if state.below:
                found[id(state.below)] = state.below
        key = tuple(sorted(found))
        if key not in self._stands:
            self._stands[key] = _Stand(list(found.values()))
        return self._stands[key]

    def _after(self, stand: _Stand, text: str) -> _Stand:
        hits = [hit for state in stand.states for hit in state.hits(text)]
        key = text if hits else None  # every segment that hits nothing leads to one and the same
        if key not in stand.known:
            looping = [state for state in stand.states if state.loops]
            stand.known[key] = self._stand([*looping, *hits])
        return stand.known[key]

    def matching(self, path: str) -> tuple[int, ...]:
        """The indices of all patterns that match the whole path, in order."""
        stand = self._start
        for text in path.split("/"):
            stand = stand.known.get(text) or self._after(stand, text)
        return stand.accepts
