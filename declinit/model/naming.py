"""Names that Keras generates, and what they would be had nothing else been built.

Keras numbers the objects of a class through the whole process: `dense`, `dense_1`, `variable_17`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

VARIABLE = "variable"  # the stem of every weight that was made without a name


def snake_case(name: str) -> str:
    """The stem of the names that Keras generates for objects of a class."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def generated_number(name: str, stem: str) -> int | None:
    """The number in a generated name (0 where it has none), or None for a name that was given."""
    found = re.fullmatch(rf"{re.escape(stem)}(?:_(\d+))?", name)
    return int(found[1] or 0) if found else None


def is_unnamed(variable: Any) -> bool:
    """Whether a variable was made without a name.

    A name that a user gave and that merely looks generated counts as none: the two cannot be told
    apart.
    """
    return generated_number(variable.name, VARIABLE) is not None


def free_names(stem: str, taken: Collection[str]) -> Iterator[str]:
    """`stem`, `stem_1`, `stem_2`, ... without the names that are taken."""
    numbered = (f"{stem}_{number}" for number in itertools.count(1))
    return (name for name in itertools.chain([stem], numbered) if name not in taken)


def ranked_names(layers: Iterable[Any]) -> dict[int, str]:
    """By `id` of each sibling whose name was generated, its name as if counted among these alone.

    The order is that of the generated numbers, which is the order of construction and which a
    saved model keeps, not the order of the siblings: layers of a Functional model may be listed in
    another order once it is loaded.
    """
    given: set[str] = set()
    by_stem: dict[str, list[tuple[int, int]]] = {}
    for layer in layers:
        stem = snake_case(type(layer).__name__)
        number = generated_number(layer.name, stem)
        if number is None:
            given.add(layer.name)
        else:
            by_stem.setdefault(stem, []).append((number, id(layer)))
    ranked: dict[int, str] = {}
    for stem, numbered in by_stem.items():
        identities = (identity for _, identity in sorted(numbered))
        ranked.update(zip(identities, free_names(stem, given), strict=False))
    return ranked
