"""One segment of a pattern: a sequence of tokens, each of which moves a set of positions forward.

A set of positions is an integer whose bit i stands for the gap before character i of the text,
so the union of two sets is `|`. Matching starts from {0}, lets each token map the set to the set of
all gaps that it can end in, and asks whether the gap at the end is among them.

The characters of a text that fit are a set of positions too, made once for a text. From many
positions a character is then passed by one `&` and one shift, which take a step for every 64
characters of the text, not one for every position.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from declinit.globs.captures import Captures

ANY_DEPTH = "**"
MAX_RANGE_DIGITS = 18
_ONE = ord("1")


class Token(Protocol):
    """A piece of a segment; moves a set of positions forward."""

    def advance(self, text: str, positions: int) -> int:
        """The positions behind this token, from each position before it."""
        ...


# All segments are tried on one text before the next one is asked about.
@functools.lru_cache(maxsize=4)
def _characters(text: str) -> dict[str, int]:
    """For each character of a text the set of its positions."""
    found: dict[str, int] = {}
    for at, char in enumerate(text):
        found[char] = found.get(char, 0) | 1 << at
    return found


@functools.lru_cache(maxsize=64)
def _fitting(text: str, ranges: tuple[tuple[str, str], ...], negated: bool) -> int:
    """The set of the characters of a text that are inside, or outside, some ranges."""
    fitting = 0
    for char, positions in _characters(text).items():
        if any(low <= char <= high for low, high in ranges) != negated:
            fitting |= positions
    return fitting


def _members(positions: int) -> Iterator[int]:
    """The positions in a set, in order."""
    digits = f"{positions:b}"[::-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


@dataclass(frozen=True, slots=True)
class Literal:
    """The text itself."""

    text: str

    def advance(self, text: str, positions: int) -> int:
        """Every position behind an occurrence that starts at a given one."""
        if positions & positions - 1 == 0:  # one position, or none
            here = positions and text.startswith(self.text, positions.bit_length() - 1)
            return positions << len(self.text) if here else 0
        found = _characters(text)
        for char in self.text:
            positions = (positions & found.get(char, 0)) << 1
        return positions


@dataclass(frozen=True, slots=True)
class AnyRun:
    """`*`: any number of characters."""

    def advance(self, text: str, positions: int) -> int:
        """Every position from the first given one on."""
        return (1 << len(text) + 1) - (positions & -positions) if positions else 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """`?` and `[...]`: one character inside, or outside, some ranges."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def advance(self, text: str, positions: int) -> int:
        """Every position behind a fitting character."""
        return (positions & _fitting(text, self.ranges, self.negated)) << 1


@dataclass(frozen=True, slots=True)
class NumberRange:
    """`{low..high..step}`: decimal digits whose number is in the range, leading zeros allowed."""

    low: int
    high: int
    step: int = 1

    def holds(self, number: int) -> bool:
        """Whether a number is in the range."""
        return self.low <= number <= self.high and (number - self.low) % self.step == 0

    def advance(self, text: str, positions: int) -> int:
        """Every position behind digits that start at a given one and make a fitting number."""
        reached = bytearray(b"0") * (len(text) + 1)
        walked = -1  # a start within a run of zeros reaches nothing that the run's start does not
        for start in _members(positions & _fitting(text, (("0", "9"),), False)):
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
                if self.holds(number):
                    reached[at + 1] = _ONE
        return int(reached[::-1], 2)


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
    captures: Captures | None = None

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
            # The commonest shapes need no sets.
            case (Literal(head),):
                return text == head
            case (Literal(head), NumberRange() as numbers):
                number = number_behind(head, text)
                return number is not None and numbers.holds(number)
            case (Literal(head), AnyRun()):
                return text.startswith(head)
            case (AnyRun(), Literal(tail)):
                return text.endswith(tail)
        return bool(_advance_all(self.tokens, text, 1) >> len(text) & 1)


def number_behind(head: str, text: str) -> int | None:
    """The number that follows a head in a text, if that is all and no larger than a range goes."""
    digits = text[len(head) :].lstrip("0") or "0"
    fits = text.startswith(head) and len(head) < len(text) and len(digits) <= MAX_RANGE_DIGITS
    return int(digits) if fits and digits.isascii() and digits.isdecimal() else None
