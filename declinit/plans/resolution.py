"""Resolving: a spec and an inventory make a plan, or one error that holds every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple, assert_never

from declinit.errors import DeclinitError, Place, Problem, ResolveError, refuse_errors
from declinit.kinds.numbers import Keys, with_numbers
from declinit.plans.checkpoints import Checkpoints
from declinit.plans.copies import Copies, circle_text, circles
from declinit.plans.evaluation import Computations, Evaluation
from declinit.plans.findings import by_policy, coinciding_seeds, findings
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.plans.outcomes import Lookup, Outcome, look_up, outcome_of
from declinit.plans.parts import (
    LocatedPart,
    PartOutcome,
    PartOutcomes,
    cut,
    filled_by_layer,
    left_to_layer,
    overlaps,
    region_of,
    variable_of,
)
from declinit.plans.plan import Assignment, Plan, RuleRef, RuleUse
from declinit.plans.provenance import Provenance
from declinit.plans.renaming import moves_astray
from declinit.plans.selection import Selection, select
from declinit.plans.unused_names import unused_names
from declinit.policy.actions import CopyOf, Fill, InitializerConfig, Keep, Load, WrittenPart
from declinit.policy.copies import CopyConfig
from declinit.policy.loads import KEEP, LoadConfig, TensorSource
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.seeds import derive_seed, draw_root_seed
from declinit.wording import listed, name_text


def resolve(
    spec: Spec, inventory: Inventory, *, new_root: Callable[[], int] = draw_root_seed
) -> Plan:
    """Decide what every variable receives; touches no model.

    Args:
        spec: the policy.
        inventory: the model's variables, from `declinit.survey`.
        new_root: gives the root seed of a spec that names none.

    Returns:
        The plan; its `problems` are the warnings.

    Raises:
        ResolveError: with every fault found: in the fit of rules and variables, in initializers
            that cannot fill the shapes or dtypes they are given.
    """
    plan = draft(spec, inventory, new_root=new_root)
    refuse_errors(plan.problems, ResolveError)
    return plan


def draft(
    spec: Spec, inventory: Inventory, *, new_root: Callable[[], int] = draw_root_seed
) -> Plan:
    """As `resolve`, but a plan with errors is handed out with its `problems`, not refused.

    A draft is for looking at: its faulty assignments may not be possible to carry out.
    """
    selection = select(spec, inventory)
    seed = new_root() if spec.seed is None else spec.seed
    assigner = _Assigner(selection, seed)
    pairs = zip(inventory, selection.matches, strict=True)
    assigned = [assigner.assign(info, rules) for info, rules in pairs if not info.seed_state]
    problems = [
        *findings(selection),
        *assigner.problems(),
        *assigner.checkpoints.problems(),
        *_circles(assigned, spec),
        *chain.from_iterable(
            by_policy(spec.strict.leftover, one) for one in assigner.checkpoints.leftovers()
        ),
        *moves_astray(spec, inventory),
        *unused_names(spec),
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


def _circles(assigned: Iterable[Assignment], spec: Spec) -> Iterator[Problem]:
    """Variables that copy each other in a circle, so that none has values to begin with."""
    rules = {rule.label: rule for rule in spec.rules}
    copies = {one.path: one for one in assigned if one.copied}
    for circle in circles({path: one.copied.path for path, one in copies.items() if one.copied}):
        rule = copies[circle[0]].rule
        where = rules[rule.label].where if rule else None
        hint = "exclude one of them, or give it an initializer"
        yield Problem("DI355", circle_text(circle), where=where, hint=hint)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uses(selection: Selection) -> Iterator[RuleUse]:
    matched, won = selection.matched(), selection.won()
    for rule in selection.spec.rules:
        count = len(matched[rule.index])
        yield RuleUse(rule=RuleRef.of(rule), matched=count, won=won[rule.index])


class _Use(NamedTuple):
    """An initializer of a rule: that of its variables, or that of one of their parts."""

    rule: Rule
    config: InitializerConfig
    part: WrittenPart | None = None

    @property
    def where(self) -> Place | None:
        """Where its faults are."""
        return self.part.where if self.part else self.rule.where

    def named(self, problem: Problem) -> Problem:
        """A problem that says which part it is of."""
        if self.part is None:
            return problem
        return replace(problem, message=f"part {self.part.name}: {problem.message}")


# What an initializer, or a part, and one variable have against each other.
_MISFITS = frozenset(
    {"DI307", "DI308", "DI309", "DI310", "DI311", "DI326", "DI330", "DI331", "DI332", "DI333"}
)

# An initializer of a rule (0 for that of its variables, then its parts), and the numbers that its
# formulas come to.
_Filling = tuple[int, int, tuple[float, ...]]


class _Assigner:
    """Makes assignments, reusing what one rule came to for equal variables."""

    def __init__(self, selection: Selection, seed: int) -> None:
        self.spec = spec = selection.spec
        self.seed = seed
        self.checkpoints = Checkpoints(spec)
        self._copies = Copies(selection.inventory)
        self._evaluation = Evaluation(selection)
        self._lookups: dict[_Filling, Lookup | Problem] = {}
        self._outcomes: dict[tuple[Any, ...], Outcome] = {}
        self._references = {rule.index: RuleRef.of(rule) for rule in spec.rules}
        self._complaints: dict[tuple[Problem, Place | None], list[str]] = {}

    def assign(self, info: VariableInfo, rules: tuple[Rule, ...]) -> Assignment:
        """What a variable receives from the rules that match it, of which the last wins."""
        return Assignment(
            variable=info.variable,
            rule=self._references[rules[-1].index] if rules else None,
            beaten=tuple(self._references[rule.index] for rule in rules[:-1]),
            **self._fields_of(info, rules[-1] if rules else None),
        )

    def _fields_of(self, info: VariableInfo, rule: Rule | None) -> dict[str, Any]:
        """The action, and what follows from it, as fields of an assignment."""
        if rule is None or isinstance(rule.action, Keep):
            return {"action": Keep()}
        if isinstance(rule.action, Load):
            return self._loaded(rule.action, info, rule)
        if isinstance(rule.action, CopyOf):
            return self._copied(rule.action, info, rule)
        if not isinstance(rule.action, Fill):
            assert_never(rule.action)
        return self._filled(rule.action, info, rule)

    def _copied(
        self, action: CopyOf[CopyConfig, WrittenPart], info: VariableInfo, rule: Rule
    ) -> dict[str, Any]:
        """A variable that receives the values of another one."""
        try:
            computed = self._evaluation.computations(action.copy, info, rule)
            scale = action.copy.scale if not isinstance(action.copy.scale, str) else None
            for one in computed.values():
                scale = one.value
            source = self._copies.find(info, rule, action.copy, scale)
        except DeclinitError as error:
            for problem in error.problems:
                self._note(problem, rule.where, info)
            return {"action": Keep()}
        told: dict[str, Any] = {"formulas": tuple(computed.values())}
        if action.fallback is None:
            return {**told, "action": CopyOf(source)}
        drawn = self._fallback(action.fallback, info, rule, needed=False)
        formulas = (*told["formulas"], *drawn.get("formulas", ()))
        filled = CopyOf(source, drawn["action"].fill)
        return {"seed": drawn.get("seed"), "formulas": formulas, "action": filled}

    def _loaded(
        self, action: Load[LoadConfig, WrittenPart], info: VariableInfo, rule: Rule
    ) -> dict[str, Any]:
        """A variable that is loaded, or what happens to it where that cannot be."""
        try:
            found = self.checkpoints.find(info, rule, action.load)
        except DeclinitError as error:
            self._note(error.problems[0], rule.where, info)
            return {"action": Keep()}
        if isinstance(found, TensorSource):
            return self._from_tensor(found, action.fallback, info, rule)
        if found == KEEP or action.fallback is None:
            return {"action": Keep()}
        return self._filled(action.fallback, info, rule)

    def _from_tensor(
        self,
        source: TensorSource,
        fallback: Fill[WrittenPart] | None,
        info: VariableInfo,
        rule: Rule,
    ) -> dict[str, Any]:
        if fallback is None:
            return {"action": Load(source)}
        drawn = self._fallback(fallback, info, rule, needed=source.draws)
        told = {key: drawn[key] for key in drawn.keys() & {"seed", "formulas"}}
        return {**told, "action": Load(source, drawn["action"].fill)}

    def _fallback(
        self, fill: Fill[WrittenPart], info: VariableInfo, rule: Rule, *, needed: bool
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

    def _filled(self, fill: Fill[WrittenPart], info: VariableInfo, rule: Rule) -> dict[str, Any]:
        """What an initializer comes to."""
        use = _Use(rule, fill.initializer)
        computations = self._computations(use, info)
        outcome = self._outcome_of(use, computations, info)
        parts = self._parts(fill, info, rule)
        if outcome is None:
            return {"action": Keep()}
        derived = self._seed_of(info, rule) if outcome.seeded or parts.of_rule else 0
        initializer = outcome.with_seed(derived)
        seed = initializer.params.get("seed")
        return {
            "action": Fill(initializer, parts.fills(info, derived)),
            "seed": seed if isinstance(seed, int) else None,
            "fans": outcome.fans,
            "keras_fans": outcome.keras_fans,
            "stddev_over_keras": outcome.stddev_over_keras,
            "expected": outcome.expected if parts.share(outcome.expected) else None,
            "formulas": (*(computations or {}).values(), *parts.formulas),
        }

    def _seed_of(self, info: VariableInfo, rule: Rule) -> int:
        root = self.seed if rule.seed is None else rule.seed
        return derive_seed(root, self.spec.moves.before(info.path))

    def _parts(self, action: Fill[WrittenPart], info: VariableInfo, rule: Rule) -> PartOutcomes:
        """What the parts of a variable come to: those of the rule, and those of the layer."""
        filled = filled_by_layer(info) if info.filled else ()
        if not action.parts:
            return PartOutcomes(filled, ())
        located = list(self._located(action, info, rule))
        for part, problem in (*overlaps(located), *cut(filled, located)):
            self._complain(problem, info, _Use(rule, part.initializer, part))
        made = []
        for part, region in located:
            use, alone = _Use(rule, part.initializer, part), variable_of(info, region)
            computations = self._computations(use, alone)
            outcome = self._outcome_of(use, computations, alone)
            if outcome is not None:
                formulas = tuple((computations or {}).values())
                made.append(PartOutcome(part, region, outcome, formulas))
        return PartOutcomes(left_to_layer(filled, located), tuple(made))

    def _located(
        self, action: Fill[WrittenPart], info: VariableInfo, rule: Rule
    ) -> Iterator[LocatedPart]:
        for part in action.parts:
            try:
                yield LocatedPart(part, region_of(part, info))
            except DeclinitError as error:
                use = _Use(rule, part.initializer, part)
                self._complain(error.problems[0], info, use)

    def _computations(self, use: _Use, info: VariableInfo) -> Computations | None:
        """What the formulas of an initializer come to; None, and complaints, if they do not."""
        try:
            return self._evaluation.computations(use.config, info, use.rule)
        except DeclinitError as error:
            for problem in error.problems:
                self._complain(problem, info, use)
            return None

    def _outcome_of(
        self, use: _Use, computations: Computations | None, info: VariableInfo
    ) -> Outcome | None:
        if computations is None:
            return None
        numbers = {keys: one.value for keys, one in computations.items()}
        filling = use.rule.index, _place_in(use), tuple(numbers.values())
        if filling not in self._lookups:
            found = self._look_up(use.config, numbers)
            self._lookups[filling] = found
            if isinstance(found, Problem):  # told once, of the first variable
                self._complain(found, info, use)
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
        )
        if key not in self._outcomes:
            self._outcomes[key] = outcome_of(lookup, info, self.spec)
        outcome = self._outcomes[key]
        for complaint in outcome.complaints:
            self._complain(complaint, info, use)
        return outcome

    def _look_up(
        self, config: InitializerConfig, numbers: Mapping[Keys, float]
    ) -> Lookup | Problem:
        """The kind of an initializer, whose formulas have come to some numbers."""
        if numbers:
            config = InitializerConfig(config.name, with_numbers(config.params, numbers))
        return look_up(config, self.spec.registry, self.spec.generator)

    def _complain(self, complaint: Problem, info: VariableInfo, use: _Use) -> None:
        self._note(use.named(complaint), use.where, info)

    def _note(self, complaint: Problem, where: Place | None, info: VariableInfo) -> None:
        where = complaint.where or where  # a formula knows its own place
        self._complaints.setdefault((complaint, where), []).append(info.path)

    def problems(self) -> Iterator[Problem]:
        """All complaints; those that say the same of several variables are put together."""
        for (complaint, where), paths in self._complaints.items():
            message = f"{complaint.message}: {listed(paths)}"
            yield replace(complaint, message=message, where=where)


def _place_in(use: _Use) -> int:
    """Which initializer of its rule is used: 0, or the number of the part, from 1."""
    fill = use.rule.action.fill
    return 0 if use.part is None or fill is None else 1 + fill.parts.index(use.part)
