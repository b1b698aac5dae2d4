"""Which name of a path each segment of a pattern stands for.

With at most one `**` the lengths leave no choice. With several, a path can fit in several ways; the
way that is taken is the one in which the first `**` stands for as few segments as it can, then the
second one, and so on. It is found without backtracking: from the end of the pattern backwards, the
places are collected from which the rest of the pattern fits the rest of the path, which takes at
most as many segment matches as the path has names times the pattern has segments.
"""

from __future__ import annotations

from collections.abc import Sequence

from declinit.globs.segments import ANY_DEPTH, Segment


def aligned(segments: Sequence[Segment], names: Sequence[str]) -> list[int] | None:
    """The index of the name for each segment; the entry of a `**` means nothing.

    Returns:
        None if the names do not fit.
    """
    deep = [index for index, segment in enumerate(segments) if segment.text == ANY_DEPTH]
    return _only_way(segments, names, deep) if len(deep) < 2 else _first_way(segments, names)


def _only_way(
    segments: Sequence[Segment], names: Sequence[str], deep: Sequence[int]
) -> list[int] | None:
    """The way that the lengths leave to a pattern with one `**` or none."""
    longer = len(names) - len(segments)
    at = deep[0] if deep else len(segments)
    if longer < _least(at, segments) - 1 if deep else longer:
        return None
    places = [*range(at), *range(at + longer, len(names))] if deep else [*range(at)]
    pairs = zip(segments, places, strict=True)
    fits = all(s.text == ANY_DEPTH or s.matches(names[place]) for s, place in pairs)
    return places if fits else None


def _first_way(segments: Sequence[Segment], names: Sequence[str]) -> list[int] | None:
    """The way in which the first `**` is as short as it can be, then the second, and so on."""
    fitting = _fitting_places(segments, names)
    if 0 not in fitting[0]:
        return None
    places, at = [], 0
    for index, segment in enumerate(segments):
        places.append(at)
        if segment.text == ANY_DEPTH:
            least = at + _least(index, segments)
            at = min(place for place in fitting[index + 1] if place >= least)
        else:
            at += 1
    return places


def _fitting_places(segments: Sequence[Segment], names: Sequence[str]) -> list[set[int]]:
    """For each segment the places from which it and all that follow fit all names that follow."""
    fitting = [{len(names)}]
    for index in range(len(segments) - 1, -1, -1):
        segment, behind = segments[index], fitting[-1]
        if segment.text == ANY_DEPTH:
            last = max(behind, default=-1) - _least(index, segments)
            fitting.append(set(range(last + 1)))
        else:
            fitting.append({at - 1 for at in behind if at and segment.matches(names[at - 1])})
    return fitting[::-1]


def _least(index: int, segments: Sequence[Segment]) -> int:
    """The smallest number of names that a `**` stands for: one at the end, else none."""
    return 1 if index == len(segments) - 1 else 0
