"""What the captures of one segment took: where each of its tokens begins and ends in a text.

A capture must not leave a choice: `{l}{m}` could read `12` in more than one way, and a number that
depends on which way is tried first is nobody's intention. So each end of a capture has to be
certain, and that is read off the pattern alone, from both of its ends:

- a text, `?` or a class has one length, and so have alternatives none of which begins another;
- a number ends where its digits end, if what follows cannot begin with a digit;
- the one token that is left between those known from the start and those known from the end takes
  whatever is left between them.

Two tokens or more may be left there, if none of them is a capture: `stage{s}_*_*_conv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import NamedTuple

from declinit.globs.segments import Alternatives, AnyRun, Literal, NumberRange, OneOf, Token

DIGITS = "0123456789"


class Capture(NamedTuple):
    """A token under a name: its place in the segment, and whether it takes a number or text."""

    name: str
    place: int
    number: bool


@dataclass(frozen=True, slots=True)
class Captures:
    """The captures of a segment, and the tokens from which their ends can be told.

    Attributes:
        captures: in order.
        size: the number of tokens in the segment.
        left: the tokens whose ends are certain from the start of a text.
        right: those whose ends are certain from the end of it, mirrored, the last one first.
    """

    captures: tuple[Capture, ...]
    size: int
    left: tuple[Token, ...]
    right: tuple[Token, ...]

    @classmethod
    def of(cls, tokens: Sequence[Token], names: Mapping[int, str]) -> Captures:
        """The captures of a segment: the names of some of its tokens, by their place."""
        captures = [
            Capture(name, place, not isinstance(tokens[place], AnyRun))
            for place, name in names.items()
        ]
        left = _certain(tokens)
        mirrored = tuple(map(_mirrored, reversed(tokens)))
        right = min(_certain(mirrored), len(tokens) - left)
        return cls(tuple(captures), len(tokens), tuple(tokens[:left]), mirrored[:right])

    @property
    def uncertain(self) -> str | None:
        """The first capture that could take different parts of one text."""
        first, last = len(self.left), self.size - len(self.right)
        between = range(first, last) if last - first > 1 else ()
        return next((name for name, place, _ in self.captures if place in between), None)

    def read(self, text: str) -> Iterator[tuple[str, int | str]]:
        """What each capture took of a text that the segment matches."""
        left = _edges(self.left, text)
        right = [len(text) - edge for edge in _edges(self.right, text[::-1])]
        for name, place, number in self.captures:
            behind = self.size - 1 - place
            if place < len(self.left):
                taken = text[left[place] : left[place + 1]]
            elif behind < len(self.right):
                taken = text[right[behind + 1] : right[behind]]
            else:
                taken = text[left[-1] : right[-1]]
            yield name, int(taken.lstrip("0") or "0") if number else taken


def _certain(tokens: Sequence[Token]) -> int:
    """The number of tokens from the first one on whose ends are certain."""
    for count, (token, following) in enumerate(zip_longest(tokens, tokens[1:])):
        if not _ends_surely(token, following):
            return count
    return len(tokens)


def _ends_surely(token: Token | None, following: Token | None) -> bool:
    match token:
        case Literal() | OneOf():
            return True
        case NumberRange():
            return following is None or _begins_without_digit(following)
        case Alternatives(options):
            return _tells_apart(options)
    return False


def _begins_without_digit(token: Token) -> bool:
    """Whether a token takes at least one character, and first one that is no digit."""
    match token:
        case Literal(text):
            return text[0] not in DIGITS
        case OneOf():
            return not any(token.advance(digit, 1) for digit in DIGITS)
        case Alternatives(options):
            return all(option and _begins_without_digit(option[0]) for option in options)
    return False


def _tells_apart(options: Sequence[Sequence[Token]]) -> bool:
    """Whether alternatives are texts none of which begins another one."""
    texts = sorted({_text_of(option) or "" for option in options})
    return "" not in texts and not any(longer.startswith(text) for text, longer in pairwise(texts))


def _text_of(option: Sequence[Token]) -> str | None:
    match option:
        case (Literal(text),):
            return text
    return None


def _mirrored(token: Token) -> Token:
    """The token that matches the same texts read from their ends."""
    match token:
        case Literal(text):
            return Literal(text[::-1])
        case Alternatives(options):
            return Alternatives(tuple(tuple(map(_mirrored, option[::-1])) for option in options))
    return token


def _edges(tokens: Iterable[Token], text: str) -> list[int]:
    """The start of a text, and where each token stops that has a certain end in it."""
    edges = [0]
    for token in tokens:
        edges.append(_end_of(token, text, edges[-1]))
    return edges


def _end_of(token: Token, text: str, start: int) -> int:
    match token:
        case Literal(literal):
            return start + len(literal)
        case NumberRange():
            behind = text[start:].lstrip(DIGITS)
            return len(text) - len(behind)
        case Alternatives(options):
            texts = map(_text_of, options)
            return start + next(len(one) for one in texts if one and text.startswith(one, start))
    return start + 1
