"""Whether one pattern matches all that another one does, as far as their texts tell."""

from __future__ import annotations

from collections.abc import Sequence

from declinit.globs.matching import ANY_SEGMENT, Glob
from declinit.globs.segments import (
    ANY_DEPTH,
    Alternatives,
    Literal,
    NumberRange,
    OneOf,
    Segment,
    Token,
)


def covers(wide: Glob, narrow: Glob) -> bool:
    """Whether every path that `narrow` matches is matched by `wide` too.

    What cannot be told segment by segment counts as not covered: True is certain, False is not.
    Both are walked with a set of places in `wide`, so that it takes the product of their lengths.
    """
    outer, inner = _segments(wide), _segments(narrow)
    places = _closed(outer, {0})
    for segment in inner:
        reached = {at for at in places if at < len(outer) and outer[at].text == ANY_DEPTH}
        if segment.text != ANY_DEPTH:
            reached |= {at + 1 for at in places if at < len(outer) and _holds(outer[at], segment)}
        places = _closed(outer, reached)
    return len(outer) in places


def example(glob: Glob) -> str:
    """A path that a pattern matches, or for a class such as `[!a]` perhaps not.

    Only what matches it can cover the pattern, so that few others have to be compared.
    """
    segments = [segment for segment in _segments(glob) if segment.text != ANY_DEPTH]
    return "/".join("".join(map(_text_of, segment.tokens)) for segment in segments)


def _text_of(token: Token) -> str:
    match token:
        case Literal(text):
            return text
        case NumberRange(low):
            return str(low)
        case OneOf(((low, _), *_), False):
            return low
        case Alternatives((first, *_)):
            return "".join(map(_text_of, first))
    return "x"


def _segments(glob: Glob) -> Sequence[Segment]:
    """The segments, with at least one behind a `**` at the end."""
    ends = glob.segments[-1].text == ANY_DEPTH
    return (*glob.segments, ANY_SEGMENT) if ends else glob.segments


def _closed(outer: Sequence[Segment], places: set[int]) -> set[int]:
    """The places, and those behind a `**`, which may stand for nothing."""
    found = set(places)
    for at, segment in enumerate(outer):
        if at in found and segment.text == ANY_DEPTH:
            found.add(at + 1)
    return found


def _holds(wide: Segment, narrow: Segment) -> bool:
    if wide.text == ANY_DEPTH:
        return False
    if wide.wild or wide.text == narrow.text:
        return True
    if narrow.literal is not None:
        return wide.matches(narrow.literal)
    return _same_but_for_a_range(wide, narrow)


def _same_but_for_a_range(wide: Segment, narrow: Segment) -> bool:
    """`block_{0..11}` holds `block_{3..5}`."""
    if len(wide.tokens) != len(narrow.tokens):
        return False
    return all(
        one == other
        or (
            isinstance(one, NumberRange)
            and isinstance(other, NumberRange)
            and one.step == 1
            and one.low <= other.low
            and other.high <= one.high
        )
        for one, other in zip(wide.tokens, narrow.tokens, strict=True)
    )
