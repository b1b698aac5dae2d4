"""What a user hands to `apply`, `build` and `resolve`, read, and the plan that it amounts to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from declinit.audits.audit import Audit
from declinit.documents import Node, is_mapping
from declinit.documents.kinds import AUDIT, PLAN, document_kind
from declinit.errors import (
    ArgumentError,
    Problem,
    SpecError,
    expect_arguments,
    refuse_errors,
    warn,
)
from declinit.kinds.extensions import current_registry
from declinit.model.addresses import LocatedVariable
from declinit.model.agreement import words_of_plan
from declinit.model.arguments import BASE, MODEL, POLICY
from declinit.model.processes import agreed_root_seed, together
from declinit.model.survey import inventory_of, variables_of
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve as resolve_inventory
from declinit.policy.actions import Load
from declinit.policy.extending import load, load_document
from declinit.policy.loads import CheckpointFile
from declinit.policy.locations import Location
from declinit.policy.overrides import Checkpoints, unknown_checkpoint
from declinit.policy.spec import Spec

SpecSource = Spec | Mapping[str, Any] | str | os.PathLike[str]
Source = SpecSource | Plan | Audit
Read = Spec | Plan | Audit
Base = str | os.PathLike[str] | None


@together("resolving", words_of_plan)
def resolve(spec: SpecSource, model: Any, *, base: Base = None) -> Plan:
    """Decide what every variable of a model receives; the model is only looked at.

    Args:
        spec: a `Spec`, the path of a spec file, `recipe:NAME`, or a spec as a mapping of any class.
        model: a built Keras model or layer.
        base: of a mapping, the folder that the files in it are relative to; see `Spec.from_config`.

    Returns:
        The plan, a read-only mapping from path to assignment; its `problems` are the warnings.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError: if it is not a spec.
        ResolveError: if the spec does not fit the model; with every fault found.

    Example:
        >>> plan = declinit.resolve("policy.yaml", model)
        >>> print(plan["body/kernel"].action)
        he_normal(seed=316998123)
    """
    expect_arguments("declinit.resolve", spec=(spec, POLICY), model=(model, MODEL))
    expect_base("declinit.resolve", spec, base)
    return _resolved(_as_spec(spec, base), variables_of(model))


def expect_base(function: str, source: Source, base: Base) -> None:
    """Refuse a folder that nothing would be relative to.

    Args:
        function: that is called, as users write it.
        source: what it was given.
        base: the folder.

    Raises:
        ArgumentError: if it is no folder, or the source is no mapping.
    """
    if base is None:
        return
    expect_arguments(function, base=(base, BASE))
    if isinstance(source, (Spec, Plan, Audit)) or not is_mapping(source):
        message = f"{function}: `base` goes with a spec that is given as a mapping"
        raise ArgumentError(Problem("DI414", message))


def _as_spec(spec: SpecSource, base: Base) -> Spec:
    if isinstance(spec, Spec):
        return spec
    if isinstance(spec, (str, os.PathLike)):
        return load(spec)
    return Spec.from_config(spec, current_registry(), base=base)


def _resolved(spec: Spec, found: Sequence[LocatedVariable]) -> Plan:
    loads = any(isinstance(rule.action, Load) for rule in spec.rules)
    inventory = inventory_of(found, stored=loads)
    return resolve_inventory(spec, inventory, new_root=agreed_root_seed)


def read_source(source: Source, checkpoints: Checkpoints | None = None, base: Base = None) -> Read:
    """What anything that `apply` takes says, read if it is in a file.

    Args:
        source: a policy, a plan or an audit.
        checkpoints: paths of files in place of those that a policy names.
        base: of a policy as a mapping, the folder that the files in it are relative to.

    Raises:
        SpecError: if it says nothing that could be applied.
    """
    if isinstance(source, (Plan, Audit)):
        return source
    if isinstance(source, (str, os.PathLike)):
        document = Location.of(source).read()
        recorded = _recorded(document)
        if recorded is None:
            return load_document(document, checkpoints=checkpoints)
        return recorded
    return with_files(_as_spec(source, base), checkpoints or {})


def with_files(spec: Spec, checkpoints: Checkpoints) -> Spec:
    """A spec that loads from other files.

    Raises:
        SpecError: for a name that the spec has no checkpoint for.
    """
    known = spec.checkpoints
    refuse_errors((unknown_checkpoint(n, known) for n in checkpoints if n not in known), SpecError)
    given = {name: CheckpointFile(os.fspath(path)) for name, path in checkpoints.items()}
    return replace(spec, checkpoints={**known, **given}) if given else spec


def _recorded(node: Node) -> Plan | Audit | None:
    kind = document_kind(node)
    if kind == PLAN:
        return Plan.from_node(node, current_registry())
    return Audit.from_node(node) if kind == AUDIT else None


def as_plan(source: Read, found: Sequence[LocatedVariable]) -> Plan:
    """The plan that it amounts to for a model that has these variables.

    Warnings of a plan that is made here are given as `DeclinitWarning`s.

    Raises:
        ResolveError: as `resolve`.
    """
    if isinstance(source, Plan):
        return source
    if isinstance(source, Audit):
        return source.plan()
    plan = _resolved(source, found)
    for problem in plan.problems:
        warn(problem)
    return plan
