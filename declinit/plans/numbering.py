"""Moves that differ in a number only, written as one entry: `blocks/{l}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from declinit.policy.moves import Moves

Pair = tuple[str, str]
"""A path before, and the path now."""

Frame = tuple[str, str, str, str]
"""What stands around a number that both paths of an entry have."""

_NUMBER = re.compile(r"(?<![0-9])(?:0|[1-9][0-9]{0,8})(?![0-9])")
# Characters that mean something in an entry with captures.
_SPECIAL = re.compile(r"[*?\[\]{}\\]")
FEWEST = 3  # entries that are worth a capture
MOST_NUMBERS = 8  # in one path that are tried


def numbered(moves: Moves, wanted: Mapping[str, str]) -> Moves:
    """The same moves in fewer entries, where one with a capture leads every path to the same one.

    Args:
        moves: entries without captures.
        wanted: by path the one that its seed is to be derived from.
    """
    for frame, members in _series(moves):
        left = {n: pair for n, pair in members.items() if moves.sources.get(pair[1]) == pair[0]}
        if len(left) < FEWEST:
            continue
        for capture in ("{l}", *_bounds(left)):
            joined = _joined(moves, frame, capture, left.values())
            if all(joined.before(path) == before for path, before in wanted.items()):
                moves = joined
                break
    return moves


def _series(moves: Moves) -> list[tuple[Frame, dict[int, Pair]]]:
    """Entries that differ in a number only, by that number; the longest series first."""
    found: dict[Frame, dict[int, Pair]] = {}
    for after, before in moves.sources.items():
        for frame, number in _frames(before, after):
            found.setdefault(frame, {})[number] = (before, after)
    long = [(frame, members) for frame, members in found.items() if len(members) >= FEWEST]
    return sorted(long, key=lambda one: -len(one[1]))


def _frames(before: str, after: str) -> Iterator[tuple[Frame, int]]:
    """Every way to take out of two paths a number that both have."""
    if _SPECIAL.search(before + after):
        return
    old, new = (list(_NUMBER.finditer(path))[:MOST_NUMBERS] for path in (before, after))
    for one in old:
        for other in new:
            if one[0] == other[0]:
                around = (before[: one.start()], before[one.end() :])
                yield (*around, after[: other.start()], after[other.end() :]), int(one[0])


def _bounds(members: Mapping[int, Pair]) -> Iterator[str]:
    """A capture of these numbers alone, if they follow each other."""
    first, last = min(members), max(members)
    if last - first + 1 == len(members):
        yield f"{{l:{first}..{last}}}"


def _joined(moves: Moves, frame: Frame, capture: str, members: Iterable[Pair]) -> Moves:
    """The moves with one entry in place of several, where the first of them was."""
    replaced = {after for _, after in members}
    before, after = f"{frame[0]}{{l}}{frame[1]}", f"{frame[2]}{capture}{frame[3]}"
    sources: dict[str, str] = {}
    for now, was in moves.sources.items():
        sources.update({after: before} if now in replaced else {now: was})
    return Moves(sources)
