"""First policies for a model: what it does today, or a recipe with its groups filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from declinit.errors import Problem
from declinit.globs import Glob
from declinit.kinds.extensions import current_registry
from declinit.model.carried import carried_plan
from declinit.model.exporting import carried_bodies
from declinit.model.survey import survey
from declinit.plans.adoption import adopted
from declinit.plans.covers import covering
from declinit.plans.diffs import MODEL, SPEC, Diff, Side
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.plans.outlines import outlined
from declinit.plans.plan import Plan
from declinit.plans.resolution import draft
from declinit.policy.groups import Groups
from declinit.policy.moves import Moves
from declinit.policy.rules import unlisted
from declinit.policy.spec import KERAS_FANS, Spec
from declinit.policy.texts import policy_text, quoted
from declinit.seeds import draw_root_seed
from declinit.wording import counted, shape_text


@dataclass(frozen=True, slots=True)
class Outline:
    """A first policy.

    Attributes:
        text: of the YAML file.
        missing: what has to be added by hand before it can be applied, a line each.
        problems: what resolving it for the model finds.
    """

    text: str
    missing: tuple[str, ...]
    problems: tuple[Problem, ...]


def outline(model: Any) -> Outline:
    """A policy that says in few rules what a model's layers carry.

    Raises:
        ResolveError: if the model is not built.
    """
    inventory, registry = survey(model), current_registry()
    note = f"What {model.name!r} does under Keras {keras.__version__}."
    config = {"declinit": 1, "note": note, "seed": draw_root_seed()}
    rules = {"rules": outlined(inventory, carried_bodies(model))}
    today = Side(name="model", kind=MODEL, plan=carried_plan(model), moves=Moves(), complete=True)
    # Most models come to the same by either way to count fans, and then none is named.
    for fans in ({}, {"fans": KERAS_FANS}):
        whole = {**config, **fans, **rules}
        spec = Spec.from_config(whole, registry)
        plan = draft(spec, inventory)
        if _does_the_same(plan, today):
            break
    allowing, remarks = _numbered(spec)
    return Outline(policy_text({**config, **fans, **allowing, **rules}, remarks), (), plan.problems)


NUMBERED = "DI334"
REMARK = (
    "The names of some layers hold Keras' own numbers, which change when a layer is added before",
    f"them. Once the layers have names of their own, nothing has to be allowed: {NUMBERED}.",
)


def _numbered(spec: Spec) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What allows a policy the names that its model has, and a comment on it."""
    if not any(problem.code == NUMBERED for problem in spec.lint()):
        return {}, ()
    return {"allow": [NUMBERED]}, REMARK


def _does_the_same(plan: Plan, today: Side) -> bool:
    side = Side(name="policy", kind=SPEC, plan=plan, moves=Moves(), complete=True)
    errors = any(problem.severity == "error" for problem in plan.problems)
    return not errors and not Diff.of(side, today).changes


def outline_of_recipe(model: Any, recipe: Spec, extends: str) -> Outline:
    """A policy that extends a recipe, with its groups filled with what the model's names suggest.

    Args:
        model: a built Keras model or layer.
        recipe: as it was read.
        extends: how the policy names it.

    Raises:
        ResolveError: if the model is not built.
    """
    inventory = survey(model)
    adoption = adopted(recipe, inventory)
    plan = draft(_with_groups(recipe, adoption.filled), inventory)
    remarks = [
        *_unfilled_remarks(adoption.unfilled),
        *_uncovered_remarks(plan, inventory, recipe),
    ]
    config: dict[str, Any] = {"declinit": 1, "extends": extends, "seed": draw_root_seed()}
    if adoption.filled:
        config["groups"] = {name: unlisted(list(found)) for name, found in adoption.filled.items()}
    return Outline(policy_text(config, remarks), tuple(remarks), plan.problems)


def _with_groups(recipe: Spec, groups: Groups) -> Spec:
    """The recipe as a policy that extends it has it, with these groups in place of its own."""
    config = recipe.get_config()
    config["seed"] = 0
    config["groups"] = {**config.get("groups", {}), **{k: list(v) for k, v in groups.items()}}
    config["rules"] = [{**rule, "inherited": True} for rule in config["rules"]]
    return Spec.from_config(config, recipe.registry)


def _unfilled_remarks(unfilled: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, patterns in unfilled.items():
        looked_for = " or ".join(map(quoted, patterns))
        yield f"Group {name}: nothing in this model looks like {looked_for}."
    if unfilled:
        yield (
            "Add their patterns under `groups`, if the model has such layers; an empty list says "
            "that it has none."
        )


def _uncovered_remarks(plan: Plan, inventory: Inventory, recipe: Spec) -> Iterator[str]:
    """The variables that no rule covers, as patterns to write rules with."""
    if recipe.strict.unmatched == "allow":
        return
    missing = {path for path, one in plan.items() if one.rule is None}
    uncovered = [info for info in inventory if info.trainable and info.path in missing]
    others = [info for info in inventory if not (info.trainable and info.path in missing)]
    if not uncovered:
        return
    yield f"No rule covers {counted(len(uncovered), 'variable')}; write a rule, or `keep: true`, for:"
    yield from (_line(pattern, uncovered) for pattern in covering(uncovered, others))


def _line(pattern: str, uncovered: Iterable[VariableInfo]) -> str:
    glob = Glob.parse(pattern)
    first = next(info for info in uncovered if any(map(glob.matches, info.names)))
    return f"- match: {quoted(pattern)}  # {quoted(first.layer)}, {shape_text(first.shape)}"
