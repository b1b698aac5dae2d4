"""Which rules match which variables, and what a policy's strictness makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from declinit.errors import Problem, Severity, did_you_mean
from declinit.globs import Glob, GlobSet
from declinit.inventory import Inventory, VariableInfo
from declinit.spec import Rule, Spec

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """Per variable, in inventory order, the rules that match it; the last one wins."""

    spec: Spec
    inventory: Inventory
    matches: tuple[tuple[Rule, ...], ...]

    def matched(self) -> dict[int, list[VariableInfo]]:
        """The variables that each rule matches, by the rule's index."""
        found: dict[int, list[VariableInfo]] = {rule.index: [] for rule in self.spec.rules}
        for info, rules in zip(self.inventory, self.matches, strict=True):
            for rule in rules:
                found[rule.index].append(info)
        return found

    def won(self) -> dict[int, int]:
        """The number of variables that each rule decides, by the rule's index."""
        counts = dict.fromkeys((rule.index for rule in self.spec.rules), 0)
        for rules in self.matches:
            if rules:
                counts[rules[-1].index] += 1
        return counts


def select(spec: Spec, inventory: Inventory) -> Selection:
    """Match every rule of a spec against every variable of an inventory."""
    matcher = _Matcher(spec.rules)
    return Selection(spec, inventory, tuple(matcher.rules(info) for info in inventory))


class _Matcher:
    """All patterns of all rules, matched together."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        owned = [(rule, glob) for rule in rules for glob in rule.match]
        self.owners = [(rule, glob.names_its_variable) for rule, glob in owned]
        self.wanted = GlobSet([glob for _, glob in owned])
        barred = [(rule, glob) for rule in rules for glob in rule.exclude]
        self.barred_from = [rule.index for rule, _ in barred]
        self.barred = GlobSet([glob for _, glob in barred])

    def rules(self, info: VariableInfo) -> tuple[Rule, ...]:
        """The rules that match a variable under any of its names, in their order."""
        return () if info.seed_state else self.at(info, info.names)

    def at(self, info: VariableInfo, names: Sequence[str]) -> tuple[Rule, ...]:
        """The rules that match a variable under these names."""
        hits = {index for name in names for index in self.wanted.matching(name)}
        found: dict[int, Rule] = {}
        for index in hits:
            rule, names_it = self.owners[index]
            # State that training does not change is touched only by a pattern that names it.
            if (info.trainable or names_it) and _inside(rule, info):
                found[rule.index] = rule
        if found and self.barred_from:
            out = {i for name in names for i in self.barred.matching(name)}
            for index in out:
                found.pop(self.barred_from[index], None)
        return tuple(found[index] for index in sorted(found))


def _inside(rule: Rule, info: VariableInfo) -> bool:
    return not rule.layer or any(name in info.around for name in rule.layer)


def listed(paths: Sequence[str]) -> str:
    """A few paths of many, for a message."""
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more


def findings(selection: Selection) -> Iterator[Problem]:
    """Everything that a policy's `expect` and `strict` have to say about a selection."""
    matched, won = selection.matched(), selection.won()
    for rule in selection.spec.rules:
        yield from _of_rule(selection, rule, matched[rule.index], won[rule.index])
    yield from _unmatched(selection)
    yield from _overlaps(selection)
    yield from _torn(selection)


def _of_rule(
    selection: Selection, rule: Rule, matched: Sequence[VariableInfo], won: int
) -> Iterator[Problem]:
    strict = selection.spec.strict
    absent = rule.optional and not matched
    if rule.expect and not rule.expect.holds(len(matched)) and not absent:
        paths = f": {listed([info.path for info in matched])}" if matched else ""
        message = f"rule {rule.label!r} expects {rule.expect} but matches {len(matched)}{paths}"
        hint = None if matched else near_miss(rule, selection.inventory)
        yield Problem(message=message, where=rule.where, hint=hint)
    elif not matched and not rule.optional and not rule.expect:
        policy = "warn" if rule.inherited and strict.unused == "error" else strict.unused
        hint = near_miss(rule, selection.inventory)
        yield from _as(policy, f"rule {rule.label!r} matches no variable", rule, hint)
    elif matched and not won:
        winners = _winners(selection, rule)
        message = (
            f"rule {rule.label!r} decides nothing: every variable it matches goes to {winners}"
        )
        yield from _as(strict.shadowed, message, rule)


def _as(
    policy: str, message: str, rule: Rule | None = None, hint: str | None = None
) -> Iterator[Problem]:
    if policy == "allow":
        return
    severity: Severity = "error" if policy == "error" else "warning"
    where = rule.where if rule else None
    yield Problem(message=message, where=where, hint=hint, severity=severity)


def _winners(selection: Selection, rule: Rule) -> str:
    winners = {rules[-1].label: None for rules in selection.matches if rule in rules}
    return ", ".join(f"later rule {label!r}" for label in winners)


def _unmatched(selection: Selection) -> Iterator[Problem]:
    pairs = zip(selection.inventory, selection.matches, strict=True)
    left = [info.path for info, rules in pairs if info.trainable and not rules]
    if left:
        variables = f"{len(left)} trainable variable{'s' if len(left) > 1 else ''}"
        message = f"no rule covers {variables}: {listed(left)}"
        hint = "add a rule, with `keep: true` to leave them, or set strict.unmatched"
        yield from _as(selection.spec.strict.unmatched, message, None, hint)


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
        yield from _as(selection.spec.strict.overlap, message, rules[-1])


def _torn(selection: Selection) -> Iterator[Problem]:
    """Shared variables that go to different rules depending on the way they are reached."""
    matcher = _Matcher(selection.spec.rules)
    for info in selection.inventory:
        if not info.ways:
            continue
        names = (info.path, *info.ways)
        winners = {name: found[-1] for name in names if (found := matcher.at(info, (name,)))}
        first = next(iter(winners.values()), None)
        torn = {name: rule for name, rule in winners.items() if rule is not first}
        if first and torn:
            name, rule = next(iter(torn.items()))
            message = (
                f"{info.path!r} and {name!r} are one shared variable, but they go to different "
                f"rules, {first.label!r} and {rule.label!r}"
            )
            hint = "let one later rule match both"
            yield Problem(message=message, where=rule.where, hint=hint)


def near_miss(rule: Rule, inventory: Inventory) -> str | None:
    """Why a rule may match nothing, if that can be told."""
    return (
        _seed_state(rule, inventory)
        or _homonym(rule, inventory)
        or _frozen(rule, inventory)
        or _wrong_layer(rule, inventory)
        or _misspelt(rule, inventory)
    )


def _hit(rule: Rule, inventory: Inventory) -> list[VariableInfo]:
    patterns = GlobSet(rule.match)
    return [info for info in inventory if any(patterns.matching(name) for name in info.names)]


def _seed_state(rule: Rule, inventory: Inventory) -> str | None:
    hit = _hit(rule, inventory)
    if hit and all(info.seed_state for info in hit):
        return "it names the state of a seed generator, which is never initialized"
    return None


def _homonym(rule: Rule, inventory: Inventory) -> str | None:
    patterns = GlobSet(rule.match)
    for info in inventory:
        for name in info.homonyms:
            if patterns.matching(name):
                paths = [other.path for other in inventory if name in other.homonyms]
                return f"{name!r} is Keras' name of {len(paths)} variables, here {listed(paths)}"
    return None


def _frozen(rule: Rule, inventory: Inventory) -> str | None:
    if rule.layer or any(glob.names_its_variable for glob in rule.match):
        return None
    hit = _hit(rule, inventory)
    if hit and not any(info.trainable for info in hit):
        name = hit[0].path.rpartition("/")[2]
        return f"it covers non-trainable variables only, which must be named, as in '**/{name}'"
    return None


def _wrong_layer(rule: Rule, inventory: Inventory) -> str | None:
    hit = _hit(rule, inventory)
    known = {name for info in inventory for name in info.around}
    for name in rule.layer:
        if name not in known and (hint := did_you_mean(name, known)):
            return f"no layer is a {name!r}; {hint}"
    if rule.layer and hit:
        return f"its patterns match variables of {listed(sorted({info.layer for info in hit}))}"
    return None


def _misspelt(rule: Rule, inventory: Inventory) -> str | None:
    """The first name in a pattern that no path holds, with the nearest that one does."""
    known = {segment for info in inventory for name in info.names for segment in name.split("/")}
    for glob in rule.match:
        for literal in _literals(glob):
            if literal not in known and (hint := did_you_mean(literal, known)):
                return f"no path has a segment {literal!r}; {hint}"
    return _numbered(rule)


def _literals(glob: Glob) -> Iterator[str]:
    return (segment.literal for segment in glob.segments if segment.literal is not None)


def _numbered(rule: Rule) -> str | None:
    if any("[0-9]" in glob.text for glob in rule.match):
        return "'[0-9]' is one digit; write '{0..12}' for a range of numbers"
    return None
