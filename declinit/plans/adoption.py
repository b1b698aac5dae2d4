"""A recipe for a model whose layers have other names: what its groups are called here.

A group whose patterns match something is left as it is, and so is an empty one, which says that
there is nothing. For each pattern of another one the variables of the same name are looked through,
and those whose layers have the most words in common with the pattern are taken, if there is no
second choice: a wrong guess would be worse than none, and so would be half a group in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from declinit.globs import Glob, GlobSet, escape
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.plans.likenesses import likeness, words_of_path, words_of_pattern
from declinit.policy.groups import expanded
from declinit.policy.spec import Spec

ENOUGH = 0.6  # of all words must be in common

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Adoption:
    """What becomes of a recipe's groups.

    Attributes:
        filled: new patterns, by group.
        unfilled: the recipe's own patterns that nothing here looks like, by group; of a group that
            is filled those for which nothing was found.
    """

    filled: Mapping[str, tuple[str, ...]]
    unfilled: Mapping[str, tuple[str, ...]]


def adopted(recipe: Spec, inventory: Inventory) -> Adoption:
    """The groups of a recipe, for a model whose layers may have other names.

    Args:
        recipe: with groups.
        inventory: the model's variables.
    """
    filled, unfilled = {}, {}
    for name in recipe.groups:
        globs = expanded((f"${name}",), recipe.groups)
        if not globs or _matched(globs, inventory):
            continue
        alike = {glob.text: tuple(_like(glob, inventory)) for glob in globs}
        found = dict.fromkeys(chain.from_iterable(alike.values()))
        missing = tuple(text for text, patterns in alike.items() if not patterns)
        if found:
            filled[name] = tuple(found)
        if missing and _needed(recipe, name):
            unfilled[name] = missing
    return Adoption(filled, unfilled)


def _matched(globs: Sequence[Glob], inventory: Inventory) -> bool:
    patterns = GlobSet(globs)
    return any(patterns.matching(name) for info in inventory for name in info.names)


def _needed(recipe: Spec, group: str) -> bool:
    """Whether a rule that names a group must match something."""
    return any(
        f"${group}" in (*rule.written.match, *rule.written.exclude) and not rule.optional
        for rule in recipe.rules
    )


def _like(glob: Glob, inventory: Inventory) -> Iterator[str]:
    """The pattern of the variables that are most like those of a recipe's pattern."""
    ending, wanted = glob.segments[-1], words_of_pattern(glob)
    alike: dict[str, list[VariableInfo]] = {}
    for info in inventory:
        if not info.seed_state and ending.matches(info.path.rpartition("/")[2]):
            alike.setdefault(_NUMBER.sub("*", info.path), []).append(info)
    scores = {shape: likeness(wanted, words_of_path(shape)) for shape in alike}
    best = max(scores.values(), default=0.0)
    winners = [shape for shape, score in scores.items() if score == best]
    if best >= ENOUGH and len(winners) == 1:
        captures = glob.number_captures
        pattern = _opened([info.path for info in alike[winners[0]]], captures[:1])
        if len(captures) <= 1 and pattern:
            yield pattern


def _opened(paths: Sequence[str], captures: Sequence[str]) -> str | None:
    """The paths of one shape as a pattern; the number that varies most is captured."""
    numbers = [_NUMBER.findall(path) for path in paths]
    counts = [len(set(column)) for column in zip(*numbers, strict=True)]
    if captures and not counts:
        return None
    varying = counts.index(max(counts)) if counts else -1
    texts = _NUMBER.split(paths[0])
    pattern = escape(texts[0])
    for at, text in enumerate(texts[1:]):
        pattern += _number(at, counts[at], numbers[0][at], varying, captures) + escape(text)
    return pattern


def _number(at: int, count: int, number: str, varying: int, captures: Sequence[str]) -> str:
    if captures and at == varying:
        return "{" + captures[0] + "}"
    return number if count == 1 else "*"
