"""From what was done to a model to its audit."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from declinit.audits.audit import NONE, Audit, Record
from declinit.audits.measures import Measure
from declinit.audits.restoration import departures
from declinit.errors import warn
from declinit.model.configs import write_configs
from declinit.model.loaded import LoadedValues
from declinit.model.notes import notes_on
from declinit.model.storage import storage_addresses
from declinit.model.taken import TakenValues
from declinit.model.targets import Target
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.version import VERSION


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
            in_config=_in_config(target, in_config),
            measure=measure,
            tensor_digest=_tensor_digest(target, measure),
            digest_before=target.digest_before,
        )
        for target, measure in zip(targets, measures, strict=True)
    }
    return Audit(
        entries=records,
        provenance=plan.provenance,
        versions=versions(),
        notes=(*notes, *notes_on(plan, model, targets, records.values())),
    )


def _in_config(target: Target, written: Mapping[str, str]) -> str | None:
    """Whether the layer's config makes the values again, which it never does of what is taken."""
    is_taken = isinstance(target.initializer, TakenValues)
    return NONE if is_taken else written.get(target.assignment.path)


def _tensor_digest(target: Target, measure: Measure) -> str | None:
    """The digest of what a loaded variable was read from; its own where nothing came between."""
    loaded, variable = target.initializer, target.assignment.variable
    if not isinstance(loaded, LoadedValues):
        return None
    as_stored = (loaded.shape, loaded.source.dtype) == (variable.shape, variable.dtype)
    return measure.digest if as_stored else loaded.read_digest()


def compared_with(source: Spec | Plan | Audit, made: Audit) -> Audit:
    """The audit of what was done; where an audit was applied, noting what it did not bring back."""
    if not isinstance(source, Audit):
        return made
    found = departures(source, made)
    for problem in found:
        warn(problem)
    return made.with_notes(problem.headline for problem in found)


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
