"""Carrying out a plan: weights for the model, the truth for its config, an audit for the user."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from declinit.audits.audit import Audit, Record
from declinit.audits.background import Beside, Taking
from declinit.audits.measures import Measure
from declinit.documents import Node
from declinit.documents import read as read_document
from declinit.documents.kinds import AUDIT, PLAN, document_kind
from declinit.errors import ApplyError, DeclinitError, Problem
from declinit.initializers.hosts import on_host
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.model.addresses import LocatedVariable
from declinit.model.configs import serialized, tell_config
from declinit.model.survey import inventory_of, variables_of
from declinit.model.targets import Target, doing, matched
from declinit.model.tensors import dtype_of, fill, read_pieces, shape_of
from declinit.plans.near_misses import listed
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve as resolve_inventory
from declinit.policy.actions import InitializerConfig
from declinit.policy.extending import load
from declinit.policy.spec import Spec
from declinit.version import VERSION

Source = Spec | Plan | Audit | str | os.PathLike[str]
Progress = Callable[[int, int, str], None]


def resolve(spec: Spec | str | os.PathLike[str], model: Any) -> Plan:
    """Decide what every variable of a model receives; the model is only looked at.

    Args:
        spec: a `Spec`, or the path of a spec file.
        model: a built Keras model or layer.

    Returns:
        The plan, a read-only mapping from path to assignment.

    Raises:
        SpecError: if the file does not hold a spec.
        ResolveError: if the spec does not fit the model; with every fault found.
    """
    return _resolved(spec, variables_of(model))


def _resolved(spec: Spec | str | os.PathLike[str], found: Sequence[LocatedVariable]) -> Plan:
    inventory = inventory_of(found)
    return resolve_inventory(spec if isinstance(spec, Spec) else load(spec), inventory)


def as_plan(source: Source, found: Sequence[LocatedVariable]) -> Plan:
    """The plan that anything `apply` takes amounts to for a model that has these variables.

    Raises:
        SpecError, ResolveError: as `resolve`.
        TypeError: for anything else.
    """
    if isinstance(source, Plan):
        return source
    if isinstance(source, Audit):
        return source.plan()
    if isinstance(source, Spec):
        return _resolved(source, found)
    if isinstance(source, (str, os.PathLike)):
        recorded = _recorded_plan(read_document(source))
        return _resolved(source, found) if recorded is None else recorded
    raise TypeError(f"expected a path, Spec, Plan or Audit, received {type(source).__name__}")


def _recorded_plan(node: Node) -> Plan | None:
    kind = document_kind(node)
    if kind == PLAN:
        return Plan.from_node(node, current_registry())
    if kind == AUDIT:
        return Audit.from_node(node).plan()
    return None


def apply(source: Source, model: Any, *, progress: Progress | None = None) -> Audit:
    """Initialize a model's weights.

    Args:
        source: a `Spec`, a `Plan`, an `Audit` whose weights are wanted again, or the path of a
            file that holds one of them.
        model: a built Keras model or layer.
        progress: called before each variable with the number done, the number of all, and the path.

    Returns:
        The audit, a read-only mapping from path to record, for every weight of the model.

    Raises:
        SpecError, ResolveError: as `resolve`; nothing was touched.
        ApplyError: if the plan does not fit the model (nothing was touched), or if an initializer
            fails; its message then says which variables were set and which were not.
    """
    found = variables_of(model)
    return _Application(as_plan(source, found), found).run(
        progress or (lambda done, total, path: None)
    )


class _Application:
    def __init__(self, plan: Plan, found: Sequence[LocatedVariable]) -> None:
        self.plan = plan
        self.targets = matched(plan, found)

    def run(self, progress: Progress) -> Audit:
        takings = self.carry_out(progress, Beside())
        measures = [taking.result() for taking in takings]
        told = tell_config(self.targets)
        pairs = zip(self.targets, measures, strict=True)
        records = [record(one, taken, told, self.plan.registry) for one, taken in pairs]
        return new_audit(self.plan, records)

    def carry_out(self, progress: Progress, beside: Beside) -> list[Taking]:
        takings: list[Taking] = []
        for done, target in enumerate(self.targets):
            progress(done, len(self.targets), target.assignment.path)
            takings.append(beside.begin())
            try:
                _carry_out(target, takings[-1])
                takings[-1].end()
            except Exception as error:
                raise _interrupted(self.targets, done, error) from error
        progress(len(self.targets), len(self.targets), "")
        return takings


def record(one: Target, taken: Measure, told: Mapping[str, str], registry: Registry) -> Record:
    """What a variable received, in words that make it again.

    Args:
        one: the variable, with its assignment.
        taken: the measure of its values.
        told: what `tell_config` found.
        registry: of the plan.
    """
    given = one.assignment.initializer
    config = serialized(one.initializer) if given else None
    if given and not _finds(registry, config):
        config = {"class_name": given.name, "config": dict(given.params)}
    return Record.of(one.assignment, taken, config, told.get(one.assignment.path))


def _finds(registry: Registry, config: Any) -> bool:
    """Whether a serialized config names an initializer of the registry."""
    if not isinstance(config, Mapping):
        return False
    return registry.find(InitializerConfig.from_value(config, registry).name) is not None


def new_audit(plan: Plan | Audit, records: Iterable[Record], notes: tuple[str, ...] = ()) -> Audit:
    """The audit of a plan that was carried out here and now."""
    by_path = {record.path: record for record in records}
    wild = [path for path, one in by_path.items() if one.mean is None and 0 not in one.shape]
    if wild:
        notes += (f"values that are not finite: {listed(wild)}",)
    return Audit(
        records=by_path,
        seed=plan.seed,
        generator=plan.generator,
        fans=plan.fans,
        spec_digest=plan.spec_digest,
        sources=plan.sources,
        backend=keras.backend.backend(),
        versions=versions(),
        notes=notes,
    )


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


def _interrupted(targets: list[Target], done: int, error: Exception) -> ApplyError:
    """What failed, and what had and had not been done by then."""
    changed = [one.assignment.path for one in targets[:done] if one.initializer is not None]
    waiting = [one.assignment.path for one in targets[done:] if one.initializer is not None]
    did = f"{len(changed)} had been set ({listed(changed)})" if changed else "none had been set"
    message = (
        f"{doing(targets[done].assignment)}: {_said(error)}; of {len(changed) + len(waiting)} "
        f"variables {did}, {len(waiting)} keep the values they had ({listed(waiting)}), "
        "and no layer's config was changed"
    )
    return ApplyError([Problem(message=message)])


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, DeclinitError) else f"{type(error).__name__}: {error}"


def _carry_out(target: Target, taking: Taking) -> None:
    variable, initializer = target.found.variable, target.initializer
    plain = not target.assignment.forget_gates
    host = on_host(initializer, dtype_of(variable)) if plain else None
    if host:
        fill(variable, host, taking)
        return
    if initializer is not None:
        _assign_checked(variable, initializer if plain else with_forget_gates(initializer))
    for piece in read_pieces(variable):
        taking.add(piece)


def _assign_checked(variable: Any, initializer: Callable[..., Any]) -> None:
    variable.assign(call_checked(initializer, shape_of(variable), dtype_of(variable)))


def call_checked(initializer: Callable[..., Any], shape: tuple[int, ...], dtype: str) -> Any:
    """What an initializer returns, refused if it has another shape."""
    value = initializer(shape, dtype=dtype)
    received = getattr(value, "shape", None)
    received = np.shape(value) if received is None else received
    if tuple(received) != tuple(shape):
        raise DeclinitError(f"it returned shape {tuple(received)}, expected {tuple(shape)}")
    return value


def with_forget_gates(initializer: Callable[..., Any]) -> Callable[..., Any]:
    """The bias of an LSTM with `unit_forget_bias`, as Keras makes it: ones for the forget gate."""

    def four_gates(shape: tuple[int, ...], dtype: str) -> Any:
        units = shape[0] // 4
        return keras.ops.concatenate(
            [
                initializer((units,), dtype=dtype),
                keras.ops.ones((units,), dtype=dtype),
                initializer((units * 2,), dtype=dtype),
            ],
            axis=0,
        )

    return four_gates
