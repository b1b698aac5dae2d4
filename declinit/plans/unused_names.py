"""Constants and groups that nothing uses, and whose names are like one that is used.

A file that replaces an inherited one under a misspelt name would otherwise change nothing, in
silence. Others may well be unused: those of a rule that was disabled are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from declinit.errors import Problem, did_you_mean
from declinit.formulas import Formula, Name, Reference, Size
from declinit.policy.actions import InitializerConfig
from declinit.policy.formulas import parameters_of
from declinit.policy.groups import group_named
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec


def unused_names(spec: Spec) -> Iterator[Problem]:
    """A warning for each constant or group that nothing uses and that may be a misspelt one."""
    if spec.strict.unused == "allow" or not (spec.constants or spec.groups):
        return
    references = set(_references(spec))
    constants = {one.text for one in references if isinstance(one, Name)}
    groups = {one.of for one in references if isinstance(one, Size) and one.group}
    groups |= {name for rule in spec.rules for name in _groups_of(rule)}
    yield from _unused("constant", "no formula uses it", spec.constants, constants)
    yield from _unused("group", "no rule names it", spec.groups, groups)


def _unused(what: str, why: str, defined: Iterable[str], used: Iterable[str]) -> Iterator[Problem]:
    names = set(used)
    for name in defined:
        hint = None if name in names else did_you_mean(name, names)
        if hint:
            yield Problem("DI329", f"{what} {name!r}: {why}", hint=hint, severity="warning")


def _groups_of(rule: Rule) -> Iterator[str]:
    for pattern in (*rule.written.match, *rule.written.exclude):
        name = group_named(pattern)
        if name is not None:
            yield name


def _references(spec: Spec) -> Iterator[Reference]:
    """What the formulas of a policy refer to, those of constants included."""
    for given in spec.constants.values():
        if isinstance(given, str):
            yield from Formula.parse(given).names
    for rule in spec.rules:
        for config in _initializers_of(rule):
            for parameter in parameters_of(config, spec.registry):
                yield from parameter.formula.names


def _initializers_of(rule: Rule) -> Iterator[InitializerConfig]:
    fill = rule.action.fill
    if fill:
        yield fill.initializer
        yield from (part.initializer for part in fill.parts)
