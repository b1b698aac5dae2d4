"""Which rules match which variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from declinit.globs import GlobSet
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec


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

    def winners(self) -> dict[int, list[Rule]]:
        """For each rule that matches variables and decides none, by its index, those that do."""
        won = self.won()
        found: dict[int, dict[int, Rule]] = {}
        for rules in self.matches:
            for rule in rules[:-1]:
                if not won[rule.index]:
                    found.setdefault(rule.index, {})[rules[-1].index] = rules[-1]
        return {index: list(rules.values()) for index, rules in found.items()}


def select(spec: Spec, inventory: Inventory) -> Selection:
    """Match every rule of a spec against every variable of an inventory."""
    matcher = Matcher(spec.rules)
    return Selection(spec, inventory, tuple(matcher.rules(info) for info in inventory))


class Matcher:
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
            covered = info.trainable or names_it or rule.action.takes_state
            if covered and _inside(rule, info):
                found[rule.index] = rule
        if found and self.barred_from:
            out = {i for name in names for i in self.barred.matching(name)}
            for index in out:
                found.pop(self.barred_from[index], None)
        return tuple(found[index] for index in sorted(found))


def _inside(rule: Rule, info: VariableInfo) -> bool:
    return not rule.layer or any(name in info.enclosing_classes for name in rule.layer)
