"""What a policy's `expect` and `strict` have to say about what its rules match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from declinit.errors import Problem
from declinit.plans.inventory import VariableInfo
from declinit.plans.near_misses import NearMisses
from declinit.plans.plan import Assignment
from declinit.plans.selection import Matcher, Selection
from declinit.policy.actions import Fill, InitializerConfig
from declinit.policy.lint import is_allowed
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.wording import listed


def findings(selection: Selection) -> Iterator[Problem]:
    """Everything that a policy's `expect` and `strict` have to say about a selection."""
    matched = selection.matched()
    near_misses = NearMisses(selection.inventory)
    winners = selection.winners()
    for rule in selection.spec.rules:
        yield from _unexpected(selection.spec, rule, matched[rule.index], near_misses)
        if rule.index in winners:
            yield from _shadowed(selection.spec, rule, winners[rule.index])
    yield from _unmatched(selection)
    yield from _overlaps(selection)
    yield from _shared_variable_conflicts(selection)
    yield from _doubled_scales(selection)


def _unexpected(
    spec: Spec, rule: Rule, matched: Sequence[VariableInfo], near_misses: NearMisses
) -> Iterator[Problem]:
    absent = (rule.optional or not rule.match) and not matched
    if rule.expect and not rule.expect.holds(len(matched)) and not absent:
        paths = f": {listed([info.path for info in matched])}" if matched else ""
        message = f"rule {rule.label!r} expects {rule.expect} but matches {len(matched)}{paths}"
        hint = None if matched else near_misses.of(rule)
        yield Problem("DI305", message, where=rule.where, hint=hint)
    elif not matched and not absent and not rule.expect:
        unused = spec.strict.unused
        policy = "warn" if rule.inherited and unused == "error" else unused
        hint = near_misses.of(rule) if policy != "allow" else None
        message = f"rule {rule.label!r} matches no variable"
        yield from by_policy(policy, Problem("DI302", message, where=rule.where, hint=hint))


def _shadowed(spec: Spec, rule: Rule, winners: Iterable[Rule]) -> Iterator[Problem]:
    later = listed([f"later rule {winner.label!r}" for winner in winners])
    message = f"rule {rule.label!r} decides nothing: every variable it matches goes to {later}"
    yield from by_policy(spec.strict.shadowed, Problem("DI303", message, where=rule.where))


def by_policy(policy: str, problem: Problem) -> Iterator[Problem]:
    """A problem as grave as a setting of `strict` has it, if that makes it one at all."""
    if policy != "allow":
        yield replace(problem, severity="error" if policy == "error" else "warning")


def _unmatched(selection: Selection) -> Iterator[Problem]:
    pairs = zip(selection.inventory, selection.matches, strict=True)
    left = [info.path for info, rules in pairs if info.trainable and not rules]
    if left:
        variables = f"{len(left)} trainable variable{'s' if len(left) > 1 else ''}"
        message = f"no rule covers {variables}: {listed(left)}"
        hint = "add a rule, with `keep: true` to leave them, or set strict.unmatched"
        yield from by_policy(selection.spec.strict.unmatched, Problem("DI301", message, hint=hint))


def _overlaps(selection: Selection) -> Iterator[Problem]:
    if selection.spec.strict.overlap == "allow":
        return
    by_rules: dict[tuple[int, ...], list[str]] = {}
    for info, rules in zip(selection.inventory, selection.matches, strict=True):
        if len(rules) > 1:
            by_rules.setdefault(tuple(rule.index for rule in rules), []).append(info.path)
    for indices, paths in by_rules.items():
        rules = tuple(selection.spec.rules[index] for index in indices)
        labels = ", ".join(repr(rule.label) for rule in rules)
        message = f"rules {labels} all match {listed(paths)}"
        problem = Problem("DI304", message, where=rules[-1].where)
        yield from by_policy(selection.spec.strict.overlap, problem)


def _shared_variable_conflicts(selection: Selection) -> Iterator[Problem]:
    """Shared variables that go to different rules depending on the way they are reached."""
    matcher = Matcher(selection.spec.rules)
    for info in selection.inventory:
        if not info.shared_paths:
            continue
        names = (info.path, *info.shared_paths)
        winners = {name: found[-1] for name in names if (found := matcher.at(info, (name,)))}
        first = next(iter(winners.values()), None)
        others = {name: rule for name, rule in winners.items() if rule is not first}
        if first and others:
            name, rule = next(iter(others.items()))
            message = (
                f"{info.path!r} and {name!r} are one shared variable, but they go to different "
                f"rules, {first.label!r} and {rule.label!r}"
            )
            hint = "let one later rule match both"
            yield Problem("DI306", message, where=rule.where, hint=hint)


def _doubled_scales(selection: Selection) -> Iterator[Problem]:
    """Rules that give ones to scales that their layers add 1 to."""
    paths: dict[int, list[str]] = {}
    for info, rules in zip(selection.inventory, selection.matches, strict=True):
        if info.around_one and rules and _gives_ones(rules[-1]):
            paths.setdefault(rules[-1].index, []).append(info.path)
    for index, found in paths.items():
        rule = selection.spec.rules[index]
        if not is_allowed("DI339", selection.spec, rule):
            message = (
                f"ones double what these layers scale, by 1 plus the variable: {listed(found)}"
            )
            hint = "their own initializer is zeros"
            yield Problem("DI339", message, where=rule.where, hint=hint, severity="warning")


def _gives_ones(rule: Rule) -> bool:
    if not isinstance(rule.action, Fill):
        return False
    given = rule.action.initializer
    return given.name == "ones" or (given.name == "constant" and given.params.get("value") == 1)


def coinciding_seeds(assignments: Iterable[Assignment], spec: Spec) -> Iterator[Problem]:
    """Variables, or parts of them, that would draw the same random stream."""
    rules = {rule.label: rule for rule in spec.rules}
    by_seed: dict[int, list[tuple[str, Assignment]]] = {}
    for assignment in assignments:
        for name, seed in _seeds(assignment) if assignment.action.draws else ():
            by_seed.setdefault(seed, []).append((name, assignment))
    for seed, group in by_seed.items():
        first = group[0][1]
        if len(group) > 1 and first.rule:
            yield _coincidence(seed, [name for name, _ in group], rules[first.rule.label])


def _seeds(assignment: Assignment) -> Iterator[tuple[str, int]]:
    """The seeds of a variable and of its parts, with what to call each."""
    if assignment.seed is not None:
        yield assignment.path, assignment.seed
    fill = assignment.action.fill
    for part in fill.parts if fill else ():
        seed = part.initializer.params.get("seed")
        if isinstance(seed, int):
            yield f"{assignment.path} {part.name}", seed


def _coincidence(seed: int, names: list[str], rule: Rule) -> Problem:
    message = f"seed {seed} gives {len(names)} variables the same random numbers: {listed(names)}"
    given = any("seed" in config.params for config in _initializers(rule))
    hint = "leave the seed out to derive one for each" if given else "choose another root seed"
    return Problem("DI313", message, where=rule.where, hint=hint, severity="warning")


def _initializers(rule: Rule) -> list[InitializerConfig]:
    fill = rule.action.fill
    return [fill.initializer, *(part.initializer for part in fill.parts)] if fill else []
