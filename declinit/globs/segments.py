"""One segment of a pattern: a sequence of tokens, each of which moves a set of positions forward.

A set of positions is an integer whose bit i stands for the gap before character i of the text,
so the union of two sets is `|`. Matching starts from {0}, lets each token map the set to the set of
all gaps that it can end in, and asks whether the gap at the end is among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from declinit.globs.captures import Captures

ANY_DEPTH = "**"
MAX_RANGE_DIGITS = 18


class Token(Protocol):
    """A piece of a segment; moves a set of positions forward."""

    def advance(self, text: str, positions: int) -> int:
        """The positions behind this token, from each position before it."""
        ...


def _members(positions: int) -> Iterator[int]:
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
        found = (1 << at + size for at in _members(positions) if text.startswith(self.text, at))
        return sum(found)


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

    def _fits(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) != self.negated

    def advance(self, text: str, positions: int) -> int:
        """Every position behind a fitting character."""
        inside = (at for at in _members(positions) if at < len(text))
        return sum(2 << at for at in inside if self._fits(text[at]))


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
        reached = 0
        walked = -1  # a start within a run of zeros reaches nothing that the run's start does not
        for start in _members(positions):
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
