"""Why a rule may match nothing."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from declinit.errors import did_you_mean
from declinit.globs import Glob, GlobSet
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.policy.rules import Rule
from declinit.wording import listed

MOST_RULES = 20
"""Looking for a reason takes up to 0.1 s among 10,000 variables, and nobody reads hundreds."""


MOST_PATTERNS = 20
"""Of a rule, likewise."""


class NearMisses:
    """Why rules match nothing, looked for in the first of them only.

    Args:
        inventory: the variables that they might have matched.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._left = MOST_RULES
        self._paths = _Words(segment for info in inventory for segment in _segments(info))
        self._classes = _Words(name for info in inventory for name in info.enclosing_classes)

    def of(self, rule: Rule) -> str | None:
        """Why a rule matches nothing, if a reason can be found."""
        self._left -= 1
        if self._left < 0:
            return None
        inventory, patterns = self._inventory, GlobSet(rule.match)
        # What the patterns alone match; `layer`, state and ambiguous names keep the rule from it.
        hit = [info for info in inventory if any(patterns.matching(name) for name in info.names)]
        return (
            _seed_state(hit)
            or _ambiguous_name(patterns, inventory)
            or _frozen(rule, hit)
            or _wrong_layer(rule, hit, self._classes)
            or _misspelt(rule, self._paths)
        )


class _Words:
    """The words of an inventory, collected when they are first asked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = words

    @functools.cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self._words)


def _segments(info: VariableInfo) -> Iterator[str]:
    return (segment for name in info.names for segment in name.split("/"))


def _seed_state(hit: Sequence[VariableInfo]) -> str | None:
    if hit and all(info.seed_state for info in hit):
        return "it names the state of a seed generator, which is never initialized"
    return None


def _ambiguous_name(patterns: GlobSet, inventory: Inventory) -> str | None:
    for info in inventory:
        for name in info.ambiguous_names:
            if patterns.matching(name):
                paths = [other.path for other in inventory if name in other.ambiguous_names]
                return f"{name!r} is Keras' name of {len(paths)} variables, here {listed(paths)}"
    return None


def _frozen(rule: Rule, hit: Sequence[VariableInfo]) -> str | None:
    if rule.layer or any(glob.names_its_variable for glob in rule.match):
        return None
    if hit and not any(info.trainable for info in hit):
        name = hit[0].path.rpartition("/")[2]
        return f"it covers non-trainable variables only, which must be named, as in '**/{name}'"
    return None


def _wrong_layer(rule: Rule, hit: Sequence[VariableInfo], classes: _Words) -> str | None:
    if not rule.layer:
        return None
    for name in rule.layer:
        if name not in classes.known and (hint := did_you_mean(name, classes.known)):
            return f"no layer is a {name!r}; {hint}"
    if hit:
        return f"its patterns match variables of {listed(sorted({info.layer for info in hit}))}"
    return None


def _misspelt(rule: Rule, segments: _Words) -> str | None:
    """The first name in a pattern that no path holds, with the nearest that one does."""
    for glob in rule.match[:MOST_PATTERNS]:
        for literal in _literals(glob):
            if literal in segments.known:
                continue
            if hint := did_you_mean(literal, segments.known):
                return f"no path has a segment {literal!r}; {hint}"
    return _numbered(rule)


def _literals(glob: Glob) -> Iterator[str]:
    return (segment.literal for segment in glob.segments if segment.literal is not None)


def _numbered(rule: Rule) -> str | None:
    if any("[0-9]" in glob.text for glob in rule.match):
        return "'[0-9]' is one digit; write '{0..12}' for a range of numbers"
    return None
