"""What an audit says beside its records: what happened, and what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import keras

from declinit.audits.audit import NONE, SHARED, Record
from declinit.model.configs import needs_more_than_keras
from declinit.model.targets import Target
from declinit.plans.fitting import Conversion, conversion
from declinit.plans.plan import Plan
from declinit.policy.actions import CopyOf, Load
from declinit.wording import counted, listed

# Why a model that is rebuilt from its config has other weights: of one variable, of several.
_NOT_IN_CONFIG = {
    SHARED: (
        "shares one initializer with others in the config of its layer",
        "share one initializer in the config of their layer",
    ),
    NONE: (
        "has no place in the config of its layer",
        "have no place in the config of their layer",
    ),
}


# Nobody expects a config to hold these values.
_TAKEN = (Load.origin, CopyOf.origin)


def notes_on(
    plan: Plan, model: Any, targets: Sequence[Target], records: Collection[Record]
) -> Iterator[str]:
    """What happened that the records do not say, or that follows from them.

    Args:
        plan: that was carried out.
        model: the model it was carried out on.
        targets: every weight of the model.
        records: of what they received.
    """
    yield from (problem.headline for problem in plan.problems)
    infinite = [r.path for r in records if r.measure.mean is None and 0 not in r.shape]
    if infinite:
        yield f"values that are not finite: {listed(infinite)}"
    unrepeatable = [target.assignment.path for target in targets if not target.repeats]
    if unrepeatable:
        yield (
            "not reproducible, since the initializer gives other values each time it is called: "
            f"{listed(unrepeatable)}"
        )
    bound = [target.assignment.path for target in targets if needs_more_than_keras(target)]
    if bound:
        yield (
            "a saved model loads only where these initializers are imported (declinit.initializers, "
            f"and your own modules), since Keras does not know them: those of {listed(bound)}"
        )
    if steps := _optimizer_steps(model):
        yield (
            f"the optimizer keeps the moments and the counter of {counted(steps, 'training step')}; "
            "compile the model again to start training afresh"
        )
    yield from _of_checkpoints(records)
    yield from _not_in_config(records)


def _of_checkpoints(records: Iterable[Record]) -> Iterator[str]:
    """Which loaded values were rounded, and which kept ones changed after all."""
    rounded: dict[tuple[str, str], list[str]] = {}
    for record in records:
        source = record.assignment.source
        if source and conversion(source.dtype, record.dtype) is Conversion.ROUNDED:
            rounded.setdefault((source.dtype, record.dtype), []).append(record.path)
    for (stored, own), paths in rounded.items():
        yield f"values loaded as {stored} were rounded to {own}: {listed(paths)}"
    changed = [one.path for one in records if one.digest_before not in (None, one.digest)]
    if changed:
        yield f"kept, but changed while others were initialized: {listed(changed)}"


def _optimizer_steps(model: Any) -> int:
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return 0 if iterations is None else int(keras.ops.convert_to_numpy(iterations.value))


def _not_in_config(records: Iterable[Record]) -> Iterator[str]:
    """Which weights the model's config cannot make again, what follows, and what helps."""
    found = Counter(record.in_config for record in records if record.origin not in _TAKEN)
    for reason, (of_one, of_several) in _NOT_IN_CONFIG.items():
        count = found[reason]
        them, why = ("it", of_one) if count == 1 else ("them", of_several)
        if count:
            yield (
                f"{counted(count, 'variable')} {why}: a model rebuilt from its config will draw "
                f"{them} anew; `declinit.apply(audit, model)` restores {them}"
            )
