"""What a user hands to `apply`, `build` and `resolve`, and the plan that it amounts to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from declinit.audits.audit import Audit
from declinit.documents import Node
from declinit.documents import read as read_document
from declinit.documents.kinds import AUDIT, PLAN, document_kind
from declinit.errors import Problem, SpecError, warn
from declinit.kinds.extensions import current_registry
from declinit.model.addresses import LocatedVariable
from declinit.model.survey import inventory_of, variables_of
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve as resolve_inventory
from declinit.policy.extending import load, load_document
from declinit.policy.spec import Spec

SpecSource = Spec | Mapping[str, Any] | str | os.PathLike[str]
Source = SpecSource | Plan | Audit


def resolve(spec: SpecSource, model: Any) -> Plan:
    """Decide what every variable of a model receives; the model is only looked at.

    Args:
        spec: a `Spec`, the path of a spec file, or a spec as a mapping.
        model: a built Keras model or layer.

    Returns:
        The plan, a read-only mapping from path to assignment; its `problems` are the warnings.

    Raises:
        SpecError: if it is not a spec.
        ResolveError: if the spec does not fit the model; with every fault found.
    """
    return _resolved(_as_spec(spec), variables_of(model))


def _as_spec(spec: SpecSource) -> Spec:
    if isinstance(spec, Spec):
        return spec
    if isinstance(spec, (Plan, Audit)):
        kind = type(spec).__name__
        raise SpecError(Problem("DI502", f"expected a spec, received {kind}"))
    if isinstance(spec, Mapping):
        return Spec.from_config(spec, current_registry())
    return load(spec)


def _resolved(spec: Spec, found: Sequence[LocatedVariable]) -> Plan:
    return resolve_inventory(spec, inventory_of(found))


def as_plan(source: Source, found: Sequence[LocatedVariable]) -> Plan:
    """The plan that anything `apply` takes amounts to for a model that has these variables.

    Warnings of a plan that is made here are given as `DeclinitWarning`s.

    Raises:
        SpecError, ResolveError: as `resolve`.
        TypeError: for anything else.
    """
    if isinstance(source, Plan):
        return source
    if isinstance(source, Audit):
        return source.plan()
    if isinstance(source, (str, os.PathLike)):
        document = read_document(source)
        recorded = _recorded_plan(document)
        if recorded is not None:
            return recorded
        source = load_document(document)
    elif not isinstance(source, (Spec, Mapping)):
        expected = "a path, a mapping, a Spec, a Plan or an Audit"
        raise TypeError(f"expected {expected}, received {type(source).__name__}")
    plan = _resolved(_as_spec(source), found)
    for problem in plan.problems:
        warn(problem)
    return plan


def _recorded_plan(node: Node) -> Plan | None:
    kind = document_kind(node)
    if kind == PLAN:
        return Plan.from_node(node, current_registry())
    if kind == AUDIT:
        return Audit.from_node(node).plan()
    return None
