"""Values by path folded into few patterns, later ones winning, that give every path its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from declinit.globs import Glob, GlobSet, escape
from declinit.plans.covers import open_numbers

# More numbers in a name than these are not tried in all combinations.
MOST_NUMBERS = 5


def folded(wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """Patterns with values, in order, that give every variable its own value.

    The commonest value of each variable name comes first, as `**/name`; layers that differ follow,
    a pattern each, with runs of digits opened up where that stays true.

    Args:
        wanted: the value of every variable, by path.
    """
    rules: list[tuple[str, str]] = []
    for name, group in _grouped(wanted, _variable_name).items():
        counts = Counter(wanted[path] for path in group)
        commonest = counts.most_common(1)[0][0]
        rules.append((f"**/{escape(name)}", commonest))
        others = [path for path in group if wanted[path] != commonest]
        for value, paths in _grouped(others, lambda path: wanted[path]).items():
            rules += [(pattern, value) for pattern in _covering(paths, value, wanted)]
    return rules


def _variable_name(path: str) -> str:
    return path.rpartition("/")[2]


def _grouped(items: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _covering(paths: list[str], value: str, wanted: Mapping[str, str]) -> list[str]:
    """Patterns that match all of these paths and no path that wants another value."""
    left, patterns = list(paths), []
    while left:
        candidates = _generalized(left[0])
        pattern = next(each for each in candidates if _gives_only(each, value, wanted))
        patterns.append(pattern)
        matched = GlobSet([Glob.parse(pattern)])
        left = [path for path in left if not matched.matching(path)]
    return patterns


def _gives_only(pattern: str, value: str, wanted: Mapping[str, str]) -> bool:
    """Whether every path that a pattern matches wants this value."""
    matched = GlobSet([Glob.parse(pattern)])
    return all(value == other for path, other in wanted.items() if matched.matching(path))


def _generalized(path: str) -> Iterator[str]:
    """A path as patterns, from the widest to the path itself."""
    *above, layer, name = ["", *path.split("/")]
    if not layer:
        yield escape(path)
        return
    for opened in open_numbers(layer, MOST_NUMBERS):
        yield f"**/{opened}/{escape(name)}"
    for opened in open_numbers("/".join((*above[1:], layer)), MOST_NUMBERS):
        yield f"{opened}/{escape(name)}"
