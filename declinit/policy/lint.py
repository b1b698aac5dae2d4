"""What is allowed, and yet most often a mistake: warnings that a policy's text alone gives.

`allow` silences one, in a rule or in the whole policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from declinit.errors import Place, Problem
from declinit.errors.excerpts import MOST_SHOWN
from declinit.globs import Glob, GlobSet, covers, example
from declinit.layers.keras_stems import KERAS_STEMS
from declinit.policy.actions import InitializerConfig
from declinit.policy.locations import is_recipe
from declinit.policy.rules import Rule
from declinit.wording import listed

if TYPE_CHECKING:  # a spec has its own text looked at
    from declinit.policy.spec import Spec

MOST_STEPS = 1_000_000
"""Pairs of segments that are compared, which takes a second: a policy may be hostile."""

_GENERATED = re.compile(r"(.+)_[1-9][0-9]*")
# People give these names too.
_GIVEN = frozenset({"layer", "model", "lambda"})
# A class of all digits with nothing beside it that could take a second one.
_ONE_DIGIT = re.compile(r"(?<![\\\]*?}0-9])\[0-9\](?![\[*?{0-9])")
_STATE = frozenset({"mean", "variance", "count", "iterations"})


def lint(spec: Spec) -> tuple[Problem, ...]:
    """The warnings that a policy's text gives, but for those that it allows."""
    found = (
        *((rule, problem) for rule in spec.rules for problem in _of_rule(rule)),
        *_repeated_seeds(spec),
        *_shadowed(spec),
    )
    told = [problem for rule, problem in found if not is_allowed(problem.code, spec, rule)]
    return tuple(_bounded([*_seedless(spec), *told]))


def _bounded(found: Sequence[Problem]) -> Iterator[Problem]:
    yield from found[:MOST_SHOWN]
    if len(found) > MOST_SHOWN:
        message = f"{len(found)} warnings, of which the first {MOST_SHOWN} are shown"
        where = found[MOST_SHOWN].where
        yield Problem("DI102", message, where=where, severity="warning")


def is_allowed(code: str, spec: Spec, rule: Rule | None = None) -> bool:
    """Whether a policy, or a rule of it, silences a warning."""
    return code in spec.allow or (rule is not None and code in rule.allow)


def _of_rule(rule: Rule) -> Iterator[Problem]:
    patterns = (*rule.match, *rule.exclude)
    generated = dict.fromkeys(name for glob in patterns for name in _generated_names(glob))
    if generated:
        message = f"rule {rule.label!r} names layers as Keras numbers them: {listed([*generated])}"
        hint = "another layer has the name once one is added before it; name the layers"
        yield Problem("DI334", message, where=rule.where, hint=hint, severity="warning")
    digits = [glob.text for glob in patterns if _ONE_DIGIT.search(glob.text)]
    if digits:
        message = f"'[0-9]' is one digit, so 10 is not matched: {listed(digits)}"
        hint = "write '{0..12}' for a range of numbers, or '*'"
        yield Problem("DI335", message, where=rule.where, hint=hint, severity="warning")


def _generated_names(glob: Glob) -> Iterator[str]:
    for segment in glob.segments:
        found = _GENERATED.fullmatch(segment.literal or "")
        if found and found[1] in KERAS_STEMS - _GIVEN:
            yield found[0]


def _repeated_seeds(spec: Spec) -> Iterator[tuple[Rule, Problem]]:
    """Seeds that several initializers are given, which then draw from one stream."""
    users: dict[int, list[tuple[Rule, str]]] = {}
    for rule in spec.rules:
        for config in _drawing(rule, spec):
            seed = config.params.get("seed")
            if isinstance(seed, int):
                users.setdefault(seed, []).append((rule, config.name))
    for seed, given in users.items():
        if len(given) > 1:
            rule = given[-1][0]
            names = listed([f"{name} of rule {one.label!r}" for one, name in given])
            message = f"seed {seed} is given to several initializers: {names}"
            hint = "their values are not independent; leave the seeds out to derive them"
            yield rule, Problem("DI336", message, where=rule.where, hint=hint, severity="warning")


def _seedless(spec: Spec) -> Iterator[Problem]:
    """A policy that draws without a seed; a recipe leaves it to those who extend it."""
    own = spec.sources[-1] if spec.sources else None
    if spec.seed is not None or is_allowed("DI337", spec) or (own and is_recipe(own.name)):
        return
    drawing = (
        config.params.get("seed") is None
        for rule in spec.rules
        if rule.seed is None
        for config in _drawing(rule, spec)
    )
    if any(drawing):
        where = Place(own, 1, 1) if own else None
        hint = "each run draws another one; give it a `seed`"
        yield Problem("DI337", "the policy has no seed", where=where, hint=hint, severity="warning")


def _drawing(rule: Rule, spec: Spec) -> Iterator[InitializerConfig]:
    """The initializers of a rule that draw, as far as can be told without importing Keras."""
    fill = rule.action.fill
    parts = fill.parts if fill else ()
    for config in (*((fill.initializer,) if fill else ()), *(part.initializer for part in parts)):
        kind = spec.registry.find(config.name)
        if kind is not None and not kind.open and "seed" in kind.parameters:
            yield config


def _shadowed(spec: Spec) -> Iterator[tuple[Rule, Problem]]:
    """Rules whose every pattern is a part of what later rules match."""
    if spec.strict.shadowed == "allow":
        return
    wider = _Wider(spec.rules)
    for rule in spec.rules:
        winners = wider.winners(rule) if rule.match and not rule.inherited else []
        if winners:
            labels = listed([f"later rule {one.label!r}" for one in winners])
            message = f"rule {rule.label!r} can decide nothing: what it matches goes to {labels}"
            hint = "the last matching rule wins; put the wider rule first"
            problem = Problem("DI338", message, where=rule.where, hint=hint, severity="warning")
            yield rule, problem


class _Wider:
    """The patterns of all rules, and which of them cover another one."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._owned = [(rule, glob) for rule in rules for glob in rule.match]
        self._all = GlobSet([glob for _, glob in self._owned])
        self._left = MOST_STEPS

    def winners(self, rule: Rule) -> list[Rule]:
        """The later rules that match all that a rule matches; none if something is left to it."""
        found: dict[int, Rule] = {}
        for glob in rule.match:
            winner = next(self._covering(rule, glob), None)
            if winner is None:
                return []
            found[winner.index] = winner
        return list(found.values())

    def _covering(self, rule: Rule, glob: Glob) -> Iterator[Rule]:
        for index in sorted(self._all.matching(example(glob))):
            later, wide = self._owned[index]
            if later.index <= rule.index or not _may_cover(later, wide, rule, glob):
                continue
            self._left -= len(wide.segments) * len(glob.segments)
            if self._left < 0:
                return
            if covers(wide, glob):
                yield later


def _may_cover(later: Rule, wide: Glob, rule: Rule, glob: Glob) -> bool:
    """Whether nothing but the patterns keeps a later rule from what a pattern matches."""
    layers = not later.layer or bool(rule.layer and set(rule.layer) <= set(later.layer))
    of_state = rule.action.takes_state or _names_state(glob)
    state = not of_state or wide.names_its_variable or later.action.takes_state
    return layers and state and not later.exclude


def _names_state(glob: Glob) -> bool:
    """Whether a pattern names what training does not change, which `**` leaves alone."""
    last = glob.segments[-1]
    return last.prefix.startswith("moving_") or last.literal in _STATE
