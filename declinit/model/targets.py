"""A plan held against a model: each weight with what the plan has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from declinit.errors import ApplyError, DeclinitError, Problem, did_you_mean, refuse_errors
from declinit.model.addresses import SEED_STATE, LocatedVariable
from declinit.model.copied import CopiedValues, refuse_impossible_copies
from declinit.model.loaded import LoadedValues
from declinit.model.taken import TakenValues
from declinit.model.tensors import dtype_of, shape_of
from declinit.plans.plan import Assignment, Plan
from declinit.wording import error_text


@dataclass(slots=True)
class Target:
    """A variable and what the plan has for it.

    Attributes:
        found: the variable.
        assignment: what the plan has for it.
        initializer: built from the assignment, or the values that are loaded or copied; None where the
            variable is kept, and nowhere else.
        repeats: whether the initializer gives the same values when it is called again.
        digest_before: of a variable that is kept, the digest before anything was written.
    """

    found: LocatedVariable
    assignment: Assignment
    initializer: Any = None
    repeats: bool = True
    digest_before: str | None = None

    @property
    def configured(self) -> Any:
        """What the layer's config may name: for a variable that is loaded or copied, its fallback."""
        is_taken = isinstance(self.initializer, TakenValues)
        return self.initializer.fallback if is_taken else self.initializer


def matched(
    plan: Plan, found: Iterable[LocatedVariable], loaded: Mapping[str, LoadedValues]
) -> list[Target]:
    """Each weight of a model, without its seeds' state, with its assignment and its initializer.

    Args:
        plan: what every variable receives.
        found: the variables of a model.
        loaded: by path, the values of those that are loaded.

    Raises:
        ApplyError: if plan and model do not hold the same variables, or an initializer cannot be
            built; with every difference.
    """
    here = {e.path: e for e in found if e.variable.name != SEED_STATE}
    fresh = [path for path in here if path not in plan]
    problems = [_absent(path, fresh) for path in plan if path not in here]
    problems += [
        Problem("DI408", f"variable {path!r} of the model is not in the plan") for path in fresh
    ]
    for path, entry in here.items():
        if path in plan:
            problems += _differences(plan[path], entry)
    refuse_errors(problems, ApplyError)
    refuse_impossible_copies(plan)
    targets = [Target(entry, plan[path]) for path, entry in here.items()]
    _build_initializers(plan, targets, loaded)
    return targets


def _build_initializers(
    plan: Plan, targets: list[Target], loaded: Mapping[str, LoadedValues]
) -> None:
    problems = []
    variables = {target.assignment.path: target.found.variable for target in targets}
    for target in targets:
        path, copied = target.assignment.path, target.assignment.copied
        try:
            target.initializer = loaded[path] if path in loaded else plan.build(path)
            if copied:
                variable, fallback = variables[copied.path], target.initializer
                target.initializer = CopiedValues(variable, copied, fallback)
        except Exception as error:
            problems.append(failure(target.assignment, error))
    refuse_errors(problems, ApplyError)


def _absent(path: str, fresh: Iterable[str]) -> Problem:
    message = f"variable {path!r} of the plan is not in the model"
    return Problem("DI408", message, hint=did_you_mean(path, fresh))


def _differences(planned: Assignment, entry: LocatedVariable) -> list[Problem]:
    pairs = {
        "shape": (planned.shape, shape_of(entry.variable)),
        "dtype": (planned.dtype, dtype_of(entry.variable)),
    }
    return [
        Problem("DI408", f"variable {planned.path!r} has {what} {real}, the plan says {said}")
        for what, (said, real) in pairs.items()
        if said != real
    ]


def failure(assignment: Assignment, error: Exception, after: str = "") -> Problem:
    """What went wrong while a variable was initialized.

    Args:
        assignment: of the variable.
        error: that was raised; a fault with a code of its own keeps it.
        after: what the message says behind the reason.
    """
    before = f"{_doing(assignment)}: "
    if isinstance(error, DeclinitError):
        reasons = ", ".join(problem.message for problem in error.problems)
        return replace(error.problems[0], message=f"{before}{reasons}{after}", where=None)
    return Problem("DI409", f"{before}{error_text(error)}{after}")


def _doing(assignment: Assignment) -> str:
    """What is done to a variable, for a message: its path, the rule and its place."""
    rule = assignment.rule
    # In a spec that came from Python, the place of a rule without an id is its label.
    where = f" at {rule.where}" if rule and rule.where not in {None, rule.label} else ""
    by = f" by rule {rule.label!r}{where}" if rule else ""
    return f"initializing {assignment.path!r}{by} with {assignment.action}"
