"""Carrying out a plan: weights for the model, the truth for its config, an audit for the user."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from declinit.audits.audit import Audit
from declinit.audits.background import BackgroundMeter, PendingMeasure
from declinit.audits.measures import Measure
from declinit.errors import ApplyError, expect_arguments
from declinit.initializers.hosts import on_host
from declinit.model.agreement import words_of_audit, words_of_plan
from declinit.model.arguments import MODEL, SOURCE
from declinit.model.calling import call_checked, repeats
from declinit.model.copied import CopiedValues, copy_depths
from declinit.model.gathering import add_held, measures_of
from declinit.model.loaded import opened
from declinit.model.processes import ProcessesError, meet, together
from declinit.model.progress import TOLD, Listener, progress_bar
from declinit.model.recording import audit_of, compared_with
from declinit.model.sources import (
    Base,
    Source,
    as_plan,
    expect_base,
    read_source,
)
from declinit.model.survey import variables_of
from declinit.model.targets import Target, failure, matched
from declinit.model.tensors import dtype_of, fill, is_sharded, shape_of
from declinit.policy.extending import FILES
from declinit.policy.overrides import Checkpoints
from declinit.wording import listed


@together("applying", words_of_audit)
def apply(
    source: Source,
    model: Any,
    *,
    progress: Listener | bool | None = None,
    checkpoints: Checkpoints | None = None,
    base: Base = None,
) -> Audit:
    """Initialize a model's weights.

    Args:
        source: a `Spec`, a `Plan`, an `Audit` whose weights are wanted again, the path of a file
            that holds one of them, or a spec as a mapping of any class.
        model: a built Keras model or layer.
        checkpoints: files of weights by the names that the policy has for them, in place of those
            that the source names.
        base: as `resolve`.
        progress: True shows a bar, by tqdm; a function is called before each variable with the
            number done, the number of all, and the path. By default there is a bar in notebooks,
            once the work takes some seconds; False has none.

    Returns:
        The audit, a read-only mapping from path to record, for every weight of the model. Where
        the source is an audit whose values did not come out the same, a `DeclinitWarning` and the
        new audit's notes say so.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError, ResolveError: as `resolve`; nothing was touched.
        ApplyError: if the plan does not fit the model, or a file of weights is not the one that
            was planned with (nothing was touched), or if an initializer fails; its message then says which variables were set and which were not.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> audit
        <Audit of 4 variables: 4 drawn, seed 3>
        >>> again = declinit.apply(audit, small_model())
        >>> again == audit
        True
    """
    expect_arguments("declinit.apply", source=(source, SOURCE), model=(model, MODEL))
    expect_arguments(
        "declinit.apply", checkpoints=(checkpoints or {}, FILES), progress=(progress, TOLD)
    )
    expect_base("declinit.apply", source, base)
    found = variables_of(model)
    given = read_source(source, checkpoints, base)
    plan = as_plan(given, found)
    with opened(plan, checkpoints) as loaded:
        targets = matched(plan, found, loaded)
        meet("carrying out the plan", lambda: words_of_plan(plan))
        kept = [target for target in targets if target.initializer is None]
        ordered = in_order(targets)
        listener, wanted = _listener(progress)
        with progress_bar("applying", _sizes([*kept, *ordered]), wanted) as advance:
            background = BackgroundMeter(advance)
            for target, measure in zip(kept, _measured(kept, background), strict=True):
                # Before anything is written, since writing may reach it in other ways.
                target.digest_before = measure.digest
            pending = _carry_out(ordered, background, listener)
            meters = [one.finished() for one in pending]
        meet("measuring")
        variables = [target.found.variable for target in ordered]
        taken = measures_of(list(zip(variables, meters, strict=True)))
        measures = {id(one): measure for one, measure in zip(ordered, taken, strict=True)}
        audit = audit_of(plan, model, targets, [measures[id(one)] for one in targets])
    return compared_with(given, audit)


def in_order(targets: Sequence[Target]) -> list[Target]:
    """Variables in the order to see to them: copies behind what they copy, and last what is kept."""
    depths = copy_depths(target.assignment for target in targets)
    return sorted(
        targets,
        key=lambda one: (one.initializer is None, depths.get(one.assignment.path, 0)),
    )


def _listener(progress: Listener | bool | None) -> tuple[Listener, bool | None]:
    """A function that is told of each variable, and whether to show a bar."""
    if progress is None or isinstance(progress, bool):
        return (lambda done, total, path: None), progress
    return progress, False


def _sizes(targets: Sequence[Target]) -> Iterator[int]:
    return (math.prod(shape_of(target.found.variable)) for target in targets)


def _measured(targets: Sequence[Target], background: BackgroundMeter) -> Sequence[Measure]:
    """The measures of what variables hold, taken by all processes together."""
    pending = []
    for target in targets:
        variable = target.found.variable
        pending.append((variable, background.begin(shape_of(variable), dtype_of(variable))))
        add_held(*pending[-1])
    meet("measuring what is kept")
    return measures_of([(variable, one.finished()) for variable, one in pending])


def _carry_out(
    targets: Sequence[Target], background: BackgroundMeter, listener: Listener
) -> list[PendingMeasure]:
    pending: list[PendingMeasure] = []
    for done, target in enumerate(targets):
        listener(done, len(targets), target.assignment.path)
        variable = target.found.variable
        pending.append(background.begin(shape_of(variable), dtype_of(variable)))
        try:
            initialize(target, pending[-1])
        except ProcessesError:
            raise
        except Exception as error:
            raise _interrupted(targets, done, error) from error
    listener(len(targets), len(targets), "")
    return pending


def initialize(target: Target, pending: PendingMeasure) -> None:
    """Give a variable its values, measuring them; one that is kept is measured alone.

    Args:
        target: the variable, with what initializes it.
        pending: takes the values.
    """
    variable, initializer = target.found.variable, target.initializer
    host = on_host(initializer, dtype_of(variable))
    if isinstance(host, CopiedValues):
        host.gather(variable)
    if host:
        fill(variable, host, pending)
        if isinstance(host, CopiedValues):
            host.release()
        if is_sharded(variable):
            add_held(variable, pending)
        return
    if initializer is not None:
        shape, dtype = shape_of(variable), dtype_of(variable)
        value = call_checked(initializer, shape, dtype)
        target.repeats = repeats(initializer, shape, dtype, value)
    # Whole values are laid out, and shards read, by all processes at once.
    meet(f"initializing {target.assignment.path!r}")
    if initializer is not None:
        variable.assign(value)
    add_held(variable, pending)


def _interrupted(targets: Sequence[Target], done: int, error: Exception) -> ApplyError:
    """What failed, and what had and had not been done by then."""
    changed = [one.assignment.path for one in targets[:done] if one.initializer is not None]
    waiting = [one.assignment.path for one in targets[done:] if one.initializer is not None]
    did = f"{len(changed)} had been set ({listed(changed)})" if changed else "none had been set"
    after = (
        f"; of {len(changed) + len(waiting)} variables {did}, {len(waiting)} keep the values they "
        f"had ({listed(waiting)}), and no layer's config was changed"
    )
    return ApplyError(failure(targets[done].assignment, error, after))
