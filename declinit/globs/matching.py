"""Whole patterns, one or many at a time, against whole paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from declinit.globs.parsing import parse_segments
from declinit.globs.segments import (
    ANY_DEPTH,
    AnyRun,
    Literal,
    NumberRange,
    Segment,
    number_behind,
)

ANY_SEGMENT = Segment("*", (AnyRun(),))


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
        return cls(text, parse_segments(text))

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
            number = number_behind(head, text)
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
