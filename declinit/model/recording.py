"""From what was done to a model to its audit."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from declinit.audits.audit import Audit, Record
from declinit.audits.measures import Measure
from declinit.model.configs import needs_more_than_keras, write_configs
from declinit.model.storage import storage_addresses
from declinit.model.targets import Target
from declinit.plans.plan import Plan
from declinit.version import VERSION
from declinit.wording import counted, listed


def audit_of(
    plan: Plan,
    model: Any,
    targets: Sequence[Target],
    measures: Iterable[Measure],
    notes: Iterable[str] = (),
) -> Audit:
    """Put the initializers where layers keep them, and record what every variable received.

    Args:
        plan: that was carried out.
        model: the model it was carried out on.
        targets: every weight of the model.
        measures: of their values, in the same order.
        notes: what the records do not say.
    """
    in_config, storage = write_configs(targets), storage_addresses(model)
    records = {
        target.assignment.path: Record(
            assignment=target.assignment,
            origin=target.assignment.action.origin,
            storage=storage.get(id(target.found.variable)),
            in_config=in_config.get(target.assignment.path),
            measure=measure,
        )
        for target, measure in zip(targets, measures, strict=True)
    }
    return Audit(
        entries=records,
        provenance=plan.provenance,
        versions=versions(),
        notes=(*notes, *_notes(plan, model, targets, records.values())),
    )


def _notes(
    plan: Plan, model: Any, targets: Iterable[Target], records: Iterable[Record]
) -> Iterable[str]:
    yield from (problem.headline for problem in plan.problems)
    others = [
        one.path for one in records if plan.recorded.get(one.path, one.measure) != one.measure
    ]
    if others:
        yield f"values that are not those of the audit that was applied: {listed(others)}"
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


def _optimizer_steps(model: Any) -> int:
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return 0 if iterations is None else int(keras.ops.convert_to_numpy(iterations.value))


def versions() -> dict[str, str]:
    """Versions of everything that values can depend on."""
    backend = keras.backend.backend()
    found = {"declinit": VERSION, "keras": keras.__version__, "numpy": np.__version__}
    if backend == "numpy":
        return found
    for package in (backend, "tensorflow-cpu"):
        try:
            return {**found, backend: importlib.metadata.version(package)}
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
