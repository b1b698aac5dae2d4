"""Resolving: a spec and an inventory make a plan, or one error that holds every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.errors import Place, Problem, ResolveError, Severity, refuse_errors
from declinit.plans.findings import findings
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.plans.near_misses import listed
from declinit.plans.plan import Assignment, Plan, RuleRef, RuleUse
from declinit.plans.recipes import Cook, Entry, Recipe
from declinit.plans.selection import Selection, select
from declinit.policy.actions import InitializerConfig
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.seeds import derive_seed, draw_root_seed


def resolve(spec: Spec, inventory: Inventory) -> Plan:
    """Decide what every variable receives; touches no model.

    Args:
        spec: the policy.
        inventory: the model's variables, from `declinit.survey`.

    Returns:
        The plan; its `problems` are the warnings.

    Raises:
        ResolveError: with every fault found: in the fit of rules and variables, in initializers
            that cannot fill the shapes or dtypes they are given.
    """
    plan = draft(spec, inventory)
    refuse_errors(plan.problems, ResolveError)
    return plan


def draft(spec: Spec, inventory: Inventory) -> Plan:
    """As `resolve`, but a plan with errors is handed out with its `problems`, not refused.

    A draft is for looking at: its faulty assignments may not be possible to carry out.
    """
    selection = select(spec, inventory)
    problems = list(findings(selection))
    seed = draw_root_seed() if spec.seed is None else spec.seed
    assigner = _Assigner(spec, seed)
    pairs = zip(inventory, selection.matches, strict=True)
    assignments = {info.path: assigner.assign(info, r) for info, r in pairs if not info.seed_state}
    problems += assigner.faults.problems()
    problems += _coinciding(assignments, spec)
    return Plan(
        assignments=assignments,
        seed=seed,
        generator=spec.generator,
        fans=spec.fans,
        spec_digest=spec.digest,
        sources=tuple((source.name, _sha256(source.text)) for source in spec.sources),
        rules=tuple(_uses(selection)),
        problems=tuple(problems),
        registry=spec.registry,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uses(selection: Selection) -> Iterator[RuleUse]:
    matched, won = selection.matched(), selection.won()
    for rule in selection.spec.rules:
        count = len(matched[rule.index])
        yield RuleUse(rule=RuleRef.of(rule), matched=count, won=won[rule.index])


@dataclass(slots=True)
class _Faults:
    """Faults of variables, those that say the same of several variables put together."""

    found: dict[tuple[str, Severity, Place | None, str | None], list[str]] = field(
        default_factory=dict
    )

    def add(
        self,
        message: str,
        path: str,
        rule: Rule,
        hint: str | None = None,
        severity: Severity = "error",
    ) -> None:
        self.found.setdefault((message, severity, rule.where, hint), []).append(path)

    def problems(self) -> Iterator[Problem]:
        for (message, severity, where, hint), paths in self.found.items():
            text = f"{message}: {listed(paths)}"
            yield Problem(message=text, where=where, hint=hint, severity=severity)


class _Assigner:
    """Makes assignments, reusing what one rule came to for equal variables."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.spec = spec
        self.seed = seed
        self.faults = _Faults()
        self._entries: dict[int, Entry | None] = {}
        self._recipes: dict[tuple[Any, ...], tuple[Recipe, tuple[Any, ...]]] = {}
        self._refs = {rule.index: RuleRef.of(rule) for rule in spec.rules}

    def assign(self, info: VariableInfo, rules: tuple[Rule, ...]) -> Assignment:
        recipe = self.recipe(info, rules[-1]) if rules else None
        config, seed = self.seeded(recipe, info, rules[-1]) if recipe else (None, None)
        return Assignment(
            path=info.path,
            aliases=info.aliases,
            shape=info.shape,
            dtype=info.dtype,
            layer=info.layer,
            rule=self._refs[rules[-1].index] if rules else None,
            beaten=tuple(self._refs[rule.index] for rule in rules[:-1]),
            initializer=config,
            seed=seed,
            fans=recipe.fans if recipe else None,
            keras_fans=recipe.keras if recipe else None,
            stddev_over_keras=recipe.ratio if recipe else None,
            expected=recipe.expected if recipe and not info.forget_gates else None,
            forget_gates=info.forget_gates,
        )

    def seeded(
        self, recipe: Recipe, info: VariableInfo, rule: Rule
    ) -> tuple[InitializerConfig, int | None]:
        params = dict(recipe.params)
        if recipe.seeded and "seed" not in params:
            root = self.seed if rule.seed is None else rule.seed
            params["seed"] = derive_seed(root, info.path)
        seed_given = params.get("seed")
        number = seed_given if isinstance(seed_given, int) else None
        return InitializerConfig(recipe.name, params), number

    def recipe(self, info: VariableInfo, rule: Rule) -> Recipe | None:
        if rule.index not in self._entries:
            self._entries[rule.index] = self.entry(rule, info)
        entry = self._entries[rule.index]
        if entry is None:
            return None
        key = (rule.index, info.shape, info.dtype, info.axes, info.keras_axes)
        if key not in self._recipes:
            collected: list[Any] = []
            recipe = Cook(self.spec, entry, info, collected).recipe()
            self._recipes[key] = recipe, tuple(collected)
        recipe, faults = self._recipes[key]
        for message, hint, severity in faults:
            self.faults.add(message, info.path, rule, hint, severity)
        return recipe

    def entry(self, rule: Rule, info: VariableInfo) -> Entry | None:
        """Look up a rule's kind and build it once, so that its own complaints come early."""
        if rule.initializer is None:
            return None
        name, given = rule.initializer.name, rule.initializer.params
        generator = self.spec.generator
        kind = self.spec.registry.find(name)
        try:
            if kind is None:
                raise LookupError(": ".join(filter(None, self.spec.registry.unknown(name))))
            known = kind.signature(generator)
            seeded = kind.takes_seed(generator)
            if not kind.open and (extra := sorted(set(given) - set(known))):
                raise TypeError(f"generator {generator!r} has no parameter {extra[0]!r} for it")
            complete = kind.complete(generator, given)
            if kind.constraint and (message := kind.constraint(complete)):
                raise ValueError(message)
            kind.build(generator, {**given, **({"seed": 0} if seeded else {})})
        except Exception as error:
            said = f"{type(error).__name__}: {error}" if kind and kind.open else str(error)
            self.faults.add(f"{rule.initializer} cannot be built: {said}", info.path, rule)
            return None
        return Entry(rule, kind, given, complete, seeded)


def _coinciding(assignments: Mapping[str, Assignment], spec: Spec) -> Iterator[Problem]:
    """Variables that would draw the same random stream."""
    rules = {rule.label: rule for rule in spec.rules}
    by_seed: dict[int, list[Assignment]] = {}
    for assignment in assignments.values():
        if assignment.seed is not None:
            by_seed.setdefault(assignment.seed, []).append(assignment)
    for seed, group in by_seed.items():
        if len(group) > 1 and group[0].rule:
            yield _coincidence(seed, [one.path for one in group], rules[group[0].rule.label])


def _coincidence(seed: int, paths: list[str], rule: Rule) -> Problem:
    message = f"seed {seed} gives {len(paths)} variables the same random numbers: {listed(paths)}"
    given = rule.initializer and "seed" in rule.initializer.params
    hint = "leave the seed out to derive one for each" if given else "choose another root seed"
    return Problem(message=message, where=rule.where, hint=hint, severity="warning")
