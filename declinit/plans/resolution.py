"""Resolving: a spec and an inventory make a plan, or one error that holds every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, assert_never

from declinit.checks.initializers import parameter_problems
from declinit.errors import DeclinitError, Place, Problem, ResolveError, refuse_errors
from declinit.kinds.numbers import Keys, with_numbers
from declinit.plans.checkpoints import Checkpoints
from declinit.plans.evaluation import Evaluation
from declinit.plans.findings import by_policy, coinciding_seeds, findings
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.plans.plan import Assignment, Plan, RuleRef, RuleUse
from declinit.plans.provenance import Provenance
from declinit.plans.recipes import Lookup, Recipe, look_up, recipe_of
from declinit.plans.selection import Selection, select
from declinit.policy.actions import Fill, InitializerConfig, Keep, Load
from declinit.policy.loads import KEEP, LoadConfig, TensorSource
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.seeds import derive_seed, draw_root_seed
from declinit.wording import listed, name_text


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
    seed = draw_root_seed() if spec.seed is None else spec.seed
    assigner = _Assigner(selection, seed)
    pairs = zip(inventory, selection.matches, strict=True)
    assigned = [assigner.assign(info, rules) for info, rules in pairs if not info.seed_state]
    problems = [
        *findings(selection),
        *assigner.problems(),
        *assigner.checkpoints.problems(),
        *chain.from_iterable(
            by_policy(spec.strict.leftover, one) for one in assigner.checkpoints.leftovers()
        ),
        *coinciding_seeds(assigned, spec),
    ]
    return Plan(
        entries={assignment.path: assignment for assignment in assigned},
        provenance=Provenance(
            seed=seed,
            generator=spec.generator,
            fans=spec.fans,
            spec_digest=spec.digest,
            sources=tuple((name_text(one.name), _sha256(one.text)) for one in spec.sources),
        ),
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


# What an initializer and one variable have against each other.
_MISFITS = frozenset({"DI307", "DI308", "DI309", "DI310", "DI311"})


def _load_of(action: Load) -> LoadConfig:
    """What a rule says of loading."""
    if not isinstance(action.load, LoadConfig):
        raise TypeError(f"a rule cannot hold the load of a plan: {action}")
    return action.load


# A rule, and the numbers that its formulas come to.
_Filling = tuple[int, tuple[float, ...]]


class _Assigner:
    """Makes assignments, reusing what one rule came to for equal variables."""

    def __init__(self, selection: Selection, seed: int) -> None:
        self.spec = spec = selection.spec
        self.seed = seed
        self.checkpoints = Checkpoints(spec)
        self._evaluation = Evaluation(selection)
        self._lookups: dict[_Filling, Lookup | Problem] = {}
        self._recipes: dict[tuple[Any, ...], Recipe] = {}
        self._references = {rule.index: RuleRef.of(rule) for rule in spec.rules}
        self._complaints: dict[tuple[Problem, Place | None], list[str]] = {}

    def assign(self, info: VariableInfo, rules: tuple[Rule, ...]) -> Assignment:
        """What a variable receives from the rules that match it, of which the last wins."""
        return Assignment(
            variable=info.variable,
            rule=self._references[rules[-1].index] if rules else None,
            beaten=tuple(self._references[rule.index] for rule in rules[:-1]),
            **self._outcome(info, rules[-1] if rules else None),
        )

    def _outcome(self, info: VariableInfo, rule: Rule | None) -> dict[str, Any]:
        """The action, and what follows from it, as fields of an assignment."""
        if rule is None or isinstance(rule.action, Keep):
            return {"action": Keep()}
        if isinstance(rule.action, Load):
            return self._loaded(rule.action, info, rule)
        if not isinstance(rule.action, Fill):
            assert_never(rule.action)
        return self._filled(rule.action, info, rule)

    def _loaded(self, action: Load, info: VariableInfo, rule: Rule) -> dict[str, Any]:
        """A variable that is loaded, or what happens to it where that cannot be."""
        try:
            found = self.checkpoints.find(info, rule, _load_of(action))
        except DeclinitError as error:
            self._complain(error.problems[0], info, rule)
            return {"action": Keep()}
        if isinstance(found, TensorSource):
            return self._from_tensor(found, action.fallback, info, rule)
        if found == KEEP or action.fallback is None:
            return {"action": Keep()}
        return self._filled(action.fallback, info, rule)

    def _from_tensor(
        self, source: TensorSource, fallback: Fill | None, info: VariableInfo, rule: Rule
    ) -> dict[str, Any]:
        if fallback is None:
            return {"action": Load(source)}
        drawn = self._fallback(fallback, info, rule, needed=source.draws)
        fill = drawn["action"] if isinstance(drawn["action"], Fill) else None
        return {"action": Load(source, fill), "seed": drawn.get("seed")}

    def _fallback(
        self, fill: Fill, info: VariableInfo, rule: Rule, *, needed: bool
    ) -> dict[str, Any]:
        """What draws the rest of a variable, and is in the layer's config afterwards.

        Where nothing is drawn, an initializer that does not fit the variable is no fault.
        """
        if needed:
            return self._filled(fill, info, rule)
        told, self._complaints = self._complaints, {}
        filled = self._filled(fill, info, rule)
        faults, self._complaints = self._complaints, told
        misfits = [key for key in faults if key[0].code in _MISFITS]
        for key in faults.keys() - misfits:
            self._complaints.setdefault(key, []).extend(faults[key])
        return {"action": Keep()} if misfits else filled

    def _filled(self, fill: Fill, info: VariableInfo, rule: Rule) -> dict[str, Any]:
        """What an initializer comes to."""
        recipe = self._recipe(fill.initializer, info, rule)
        if recipe is None:
            return {"action": Keep()}
        initializer = self._with_seed(recipe, info, rule)
        seed = initializer.params.get("seed")
        return {
            "action": Fill(initializer, recipe.parts),
            "seed": seed if isinstance(seed, int) else None,
            "fans": recipe.fans,
            "keras_fans": recipe.keras_fans,
            "stddev_over_keras": recipe.stddev_over_keras,
            "expected": recipe.expected,
        }

    def _with_seed(self, recipe: Recipe, info: VariableInfo, rule: Rule) -> InitializerConfig:
        if not recipe.seeded or "seed" in recipe.params:
            return InitializerConfig(recipe.name, recipe.params)
        root = self.seed if rule.seed is None else rule.seed
        seed = derive_seed(root, self.spec.moves.before(info.path))
        return InitializerConfig(recipe.name, {**recipe.params, "seed": seed})

    def _recipe(self, config: InitializerConfig, info: VariableInfo, rule: Rule) -> Recipe | None:
        try:
            numbers = self._evaluation.numbers(config, info, rule)
        except DeclinitError as error:
            self._complain(error.problems[0], info, rule)
            return None
        filling = rule.index, tuple(numbers.values())
        if filling not in self._lookups:
            found = self._look_up(config, numbers)
            self._lookups[filling] = found
            if isinstance(found, Problem):  # told once, of the first variable
                self._complain(found, info, rule)
        lookup = self._lookups[filling]
        if isinstance(lookup, Problem):
            return None
        key = (
            filling,
            info.shape,
            info.dtype,
            info.axes,
            info.keras_axes,
            info.layer,
            info.parts,
            info.filled,
        )
        if key not in self._recipes:
            self._recipes[key] = recipe_of(lookup, info, self.spec)
        recipe = self._recipes[key]
        for complaint in recipe.complaints:
            self._complain(complaint, info, rule)
        return recipe

    def _look_up(
        self, config: InitializerConfig, numbers: Mapping[Keys, float]
    ) -> Lookup | Problem:
        """The kind of an initializer, whose formulas have come to some numbers."""
        if numbers:
            config = InitializerConfig(config.name, with_numbers(config.params, numbers))
            kind = self.spec.registry.find(config.name)
            for problem in parameter_problems(config.params, kind) if kind else ():
                return replace(problem, message=f"{config}: {problem.message}")
        return look_up(config, self.spec.registry, self.spec.generator)

    def _complain(self, complaint: Problem, info: VariableInfo, rule: Rule) -> None:
        self._complaints.setdefault((complaint, rule.where), []).append(info.path)

    def problems(self) -> Iterator[Problem]:
        """All complaints; those that say the same of several variables are put together."""
        for (complaint, where), paths in self._complaints.items():
            message = f"{complaint.message}: {listed(paths)}"
            yield replace(complaint, message=message, where=where)
