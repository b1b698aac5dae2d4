"""Whole patterns, one or many at a time, against whole paths.

Never by backtracking. A matcher that tries one way to read a `*` or a `**` and comes back for the
next takes time that grows exponentially with the number of wildcards: `**/a/**/a/**/a/**/b` on a
deep path of `a`s, or `*a*a*a*b` on one long name, runs for minutes, and a policy is a file that
somebody else may have written. So all ways are followed at once, on two levels.

Inside a segment, each token maps the set of positions reached so far to the next set (`segments`).
A text of n characters has n + 1 positions, and a token looks at each of them at most once, however
many ways led to it, so a segment of m characters takes at most m * n steps, most of which move 64
positions at once. A pattern has at most 4,096 characters, and a segment of it at most 16 ranges of
numbers. The worst of them takes less than a second against a name of 5,000 characters, which
`benchmarks.hostile` holds it to.

Between segments, the patterns form a trie whose edges are segments: a nondeterministic automaton
that reads a path segment by segment. `**` is an edge that consumes nothing (`below`) to a state
that stays where it is on every segment (`loops`). The states that a path may have reached are
again followed as a set, a `_StateSet`. It cannot hold a state twice, so a path of s segments over
patterns of p segments in all takes at most s * p segment matches, whatever the patterns are. A `**`
at the end stands for one segment or more, which is `**/*`.

Sets of states repeat: ten thousand paths of a model share most of their first segments. Each
`_StateSet` therefore exists once, and remembers where every segment text led (`known`), which turns
the nondeterministic automaton into a deterministic one as far as paths have asked for it, and no
further: building all of it ahead could be exponential in the number of `**`. The memory is bounded
by the paths that were asked: one entry for each distinct pair of a set and a segment's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from declinit.globs.alignment import aligned
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

    @property
    def captures(self) -> tuple[str, ...]:
        """The names of its captures, in order."""
        found = (segment.captures for segment in self.segments)
        return tuple(one.name for captures in found if captures for one in captures.captures)

    @property
    def number_captures(self) -> tuple[str, ...]:
        """The names of those captures that take a whole number, in order."""
        found = (segment.captures for segment in self.segments)
        return tuple(one.name for part in found if part for one in part.captures if one.number)

    def capture(self, path: str) -> dict[str, int | str] | None:
        """What its captures took of a path: a number as a number, a text as it is.

        Where a path can be read in several ways, because `**` occurs more than once, the first
        `**` stands for as few segments as it can, then the second one, and so on.

        Returns:
            A value for each of `captures`, or none if the path does not fit.
        """
        names = path.split("/")
        places = aligned(self.segments, names)
        if places is None:
            return None
        read: dict[str, int | str] = {}
        for segment, place in zip(self.segments, places, strict=True):
            if segment.captures:
                read.update(segment.captures.read(names[place]))
        return read

    def matches(self, path: str) -> bool:
        """Whether the whole path fits."""
        return bool(GlobSet([self]).matching(path))

    def __str__(self) -> str:
        return self.text


class _State:
    """A node of the trie: all patterns that agree up to here."""

    __slots__ = ("accepts", "below", "branches", "children", "literals", "loops", "numbered")

    def __init__(self, *, loops: bool = False) -> None:
        self.literals: dict[str, _State] = {}
        # Numeric ranges by the text before them: a number is read once and compared with all.
        self.numbered: dict[str, list[tuple[NumberRange, _State]]] = {}
        # The rest by first character, so that most segments are never tried.
        self.branches: dict[str, list[tuple[Segment, _State]]] = {}
        self.children: dict[str, _State] = {}
        self.below: _State | None = None  # behind a `**`, reached without a segment
        self.loops = loops
        self.accepts: list[int] = []

    def child(self, segment: Segment) -> _State:
        """The state behind a segment; a new one if no pattern had that segment here."""
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

    def successors(self, text: str) -> Iterator[_State]:
        """The states that a segment's text leads to, apart from this one if it loops."""
        if text in self.literals:
            yield self.literals[text]
        for head, ranges in self.numbered.items():
            number = number_behind(head, text)
            if number is not None:
                yield from (state for span, state in ranges if span.holds(number))
        for first in ("", text[:1]):
            for segment, state in self.branches.get(first, ()):
                if segment.matches(text):
                    yield state


class _StateSet:
    """All states that some path prefix leads to, and where each segment text leads from them."""

    __slots__ = ("accepts", "known", "states")

    def __init__(self, states: Sequence[_State]) -> None:
        self.states = states
        self.accepts = tuple(sorted({index for state in states for index in state.accepts}))
        self.known: dict[str | None, _StateSet] = {}


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
        self._state_sets: dict[tuple[int, ...], _StateSet] = {}
        self._start = self._set_of([root])

    def _set_of(self, states: Iterable[_State]) -> _StateSet:
        """The one set of these states and of those behind their `**`."""
        found: dict[int, _State] = {}
        for state in states:
            found[id(state)] = state
            if state.below:
                found[id(state.below)] = state.below
        key = tuple(sorted(found))
        if key not in self._state_sets:
            self._state_sets[key] = _StateSet(list(found.values()))
        return self._state_sets[key]

    def _next_set(self, current: _StateSet, text: str) -> _StateSet:
        """The set that a segment's text leads to."""
        reached = [state for origin in current.states for state in origin.successors(text)]
        # Every text that matches nothing leads to the same set, which is remembered once.
        key = text if reached else None
        if key not in current.known:
            looping = [state for state in current.states if state.loops]
            current.known[key] = self._set_of([*looping, *reached])
        return current.known[key]

    def matching(self, path: str) -> tuple[int, ...]:
        """The indices of all patterns that match the whole path, in order."""
        current = self._start
        for text in path.split("/"):
            current = current.known.get(text) or self._next_set(current, text)
        return current.accepts
