"""The widest patterns that name some variables of a model and leave others alone."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence, Set

from declinit.globs import Glob, GlobSet, escape
from declinit.plans.inventory import VariableInfo
from declinit.policy.groups import literal

# More numbers in a name than these are not tried in all combinations.
MOST_NUMBERS = 4


def covering(wanted: Sequence[VariableInfo], barred: Sequence[VariableInfo]) -> list[str]:
    """Patterns, as wide as they can be, that match every wanted variable and no barred one.

    Args:
        wanted: the variables to name.
        barred: variables that no pattern may match, under whatever name.
    """
    # A rule for one way to a shared variable only would be at odds with the other ways.
    paths = [path for info in wanted for path in (info.path, *info.shared_paths)]
    names = [name for info in barred for name in info.names]
    refused = {text for name in names for text in _candidates(name)}
    while True:
        patterns = _chosen(paths, refused)
        # `*` stands for more than the numbers that it was put in place of.
        globs = GlobSet([Glob.parse(text) for text in patterns])
        hit = {patterns[index] for name in names for index in globs.matching(name)}
        if not hit - refused:
            return patterns
        refused |= hit


def _chosen(paths: Sequence[str], refused: Set[str]) -> list[str]:
    """The widest candidate of each path that is not covered by those of the paths before it."""
    covered: dict[str, list[str]] = {}
    for path in paths:
        for text in _candidates(path):
            covered.setdefault(text, []).append(path)
    chosen: list[str] = []
    done: set[str] = set()
    for path in paths:
        if path not in done:
            allowed = (text for text in _candidates(path) if text not in refused)
            chosen.append(next(allowed, literal(path)))
            done.update(covered[chosen[-1]])
    return chosen


def last(path: str) -> str:
    """The last segment of a path: a variable's own name."""
    return path.rpartition("/")[2]


@functools.lru_cache(maxsize=1 << 16)
def _candidates(path: str) -> tuple[str, ...]:
    """A path as patterns: any depth before its last segments, `*` for numbers, or neither."""
    return tuple(dict.fromkeys(_generalized(path)))


def _generalized(path: str) -> Iterator[str]:
    segments = path.split("/")
    yield f"**/{escape(segments[-1])}"
    for count in range(2, len(segments)):
        for opened in open_numbers("/".join(segments[-count:-1]), MOST_NUMBERS):
            yield f"**/{opened}/{escape(segments[-1])}"
    for opened in open_numbers("/".join(segments[:-1]), MOST_NUMBERS) if len(segments) > 1 else ():
        yield f"{opened}/{escape(segments[-1])}"
    yield literal(path)


def open_numbers(text: str, most: int) -> Iterator[str]:
    """A text with `*` in place of its numbers: of all, of all but one, ... of none.

    Args:
        text: some segments of a path.
        most: of more numbers than these only all and none are tried.
    """
    parts = re.split(r"(\d+)", text)
    numbers = range(1, len(parts), 2)
    if len(numbers) > most:
        yield "*".join(map(escape, parts[::2]))
        yield escape(text)
        return
    for count in range(len(numbers), -1, -1):
        for chosen in itertools.combinations(numbers, count):
            yield "".join("*" if at in chosen else escape(part) for at, part in enumerate(parts))
