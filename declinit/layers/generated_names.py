"""The names that Keras generates: a stem, which its class gives, and a number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def generated_number(name: str, stem: str) -> int | None:
    """The number in a generated name (0 where it has none), or None for a name that was given."""
    found = re.fullmatch(rf"{re.escape(stem)}(?:_(\d+))?", name)
    return int(found[1] or 0) if found else None


def free_names(stem: str, taken: Collection[str]) -> Iterator[str]:
    """`stem`, `stem_1`, `stem_2`, ... without the names that are taken."""
    numbered = (f"{stem}_{number}" for number in itertools.count(1))
    return (name for name in itertools.chain([stem], numbered) if name not in taken)


def ranks(siblings: Iterable[tuple[Key, str, str]]) -> dict[Key, str]:
    """The names of siblings as if they were counted among these alone.

    Args:
        siblings: each as its key, the stem of its class, and its name.

    Returns:
        By key of each sibling whose name was generated, its name in the order of the generated
        numbers.
    """
    given: set[str] = set()
    by_stem: dict[str, list[tuple[int, int, Key]]] = {}
    for order, (key, stem, name) in enumerate(siblings):
        number = generated_number(name, stem)
        if number is None:
            given.add(name)
        else:
            by_stem.setdefault(stem, []).append((number, order, key))
    ranked: dict[Key, str] = {}
    for stem, numbered in by_stem.items():
        keys = (key for _, _, key in sorted(numbered, key=lambda entry: entry[:2]))
        ranked.update(zip(keys, free_names(stem, given), strict=False))
    return ranked
