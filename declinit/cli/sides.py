"""What `diff` compares: specs, recipes, plans, audits, and what a model's layers carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from declinit.audits.audit import Audit
from declinit.cli import terminal
from declinit.cli.arguments.diff import CommandOptions
from declinit.cli.exits import UsageError
from declinit.cli.inputs import faults_are_no_difference, load_model
from declinit.cli.options import SpecOptions
from declinit.cli.recorded import read_side
from declinit.errors import DeclinitError, Problem
from declinit.plans.diffs import AUDIT, MODEL, PLAN, SPEC, Side
from declinit.plans.plan import Plan
from declinit.policy.locations import is_recipe
from declinit.policy.moves import Moves
from declinit.policy.recipes import PREFIX
from declinit.policy.spec import Spec

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel

Read = Spec | Plan | Audit | None  # None for what a model's layers carry


def read_sides(options: CommandOptions) -> tuple[Side, Side]:
    """Both sides; Keras is started only if one of them needs a model.

    Raises:
        UsageError, UnreadableError: if one cannot be read or does not fit the model: what cannot
            be compared is no difference.
    """
    names = (options.before, options.after)
    with faults_are_no_difference():
        read = [_read(name, options) for name in names]
    _require_overridden(read, options)
    needing = [
        name for name, one in zip(names, read, strict=True) if one is None or isinstance(one, Spec)
    ]
    if needing and not options.model:
        message = f"expected --model: what {needing[0]!r} comes to depends on the model"
        raise UsageError(Problem("DI720", message))
    model = load_model(options) if options.model else None
    with faults_are_no_difference():
        before, after = (
            _side(name, one, model, options) for name, one in zip(names, read, strict=True)
        )
    return before, after


def _read(name: str, options: CommandOptions) -> Read:
    if name == MODEL:
        return None
    return read_side(
        SpecOptions(
            spec=name,
            settings=options.settings,
            rules=options.rules,
            checkpoints=options.checkpoints,
        )
    )


def _require_overridden(read: Sequence[Read], options: CommandOptions) -> None:
    """Refuse overrides that nothing takes.

    Raises:
        UsageError: if neither side is a spec.
    """
    given = {
        "--set": options.settings,
        "--rule": options.rules,
        "--checkpoint": options.checkpoints,
    }
    first = next((option for option, values in given.items() if values), None)
    if first and not any(isinstance(one, Spec) for one in read):
        message = (
            f"{first} overrides what a spec says, and neither {options.before!r} nor "
            f"{options.after!r} is one"
        )
        raise UsageError(Problem("DI701", message))


def _side(name: str, read: Read, model: LoadedModel | None, options: CommandOptions) -> Side:
    complete = model is not None
    if isinstance(read, Audit):
        return Side(name=name, kind=AUDIT, plan=read.plan(), moves=Moves(), complete=complete)
    if isinstance(read, Plan):
        return Side(name=name, kind=PLAN, plan=read, moves=Moves(), complete=complete)
    if model is None:
        raise AssertionError(name)
    if read is None:
        plan, seedless = model.carried(), "a model's layers draw their own"
        return Side(
            name=name, kind=MODEL, plan=plan, seedless=seedless, moves=Moves(), complete=True
        )
    plan = _planned(name, read, model)
    terminal.report(plan.problems, options)
    seedless = f"{name} names none" if read.seed is None else ""
    return Side(name=name, kind=SPEC, plan=plan, seedless=seedless, moves=read.moves, complete=True)


def _planned(name: str, spec: Spec, model: LoadedModel) -> Plan:
    """What a spec comes to.

    Raises:
        UsageError: if it does not fit the model, after the faults saying which of the sides it is.
    """
    try:
        return model.plan(spec)
    except DeclinitError as error:
        message = f"{name} makes no plan for this model, so that nothing was compared"
        recipe = name.removeprefix(PREFIX)
        hint = f"fit it with `declinit init --recipe {recipe}`" if is_recipe(name) else None
        raise UsageError([*error.problems, Problem("DI720", message, hint=hint)]) from error
