"""Weights for one more seed, and afterwards what the model held, bit for bit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from declinit.audits.audit import Audit
from declinit.audits.background import BackgroundMeter
from declinit.errors import ApplyError
from declinit.model.addresses import LocatedLayer, LocatedVariable
from declinit.model.application import in_order, initialize
from declinit.model.loaded import opened
from declinit.model.sources import Read, resolve
from declinit.model.targets import failure, matched
from declinit.model.tensors import dtype_of, shape_of
from declinit.plans.plan import Assignment, Plan
from declinit.policy.actions import Fill, InitializerConfig
from declinit.policy.overrides import Checkpoints
from declinit.policy.spec import Spec
from declinit.seeds import derive_seed


def plan_of(source: Read, model: Any, root: int, shift: int) -> Plan:
    """What a policy comes to with another root seed.

    Args:
        source: a spec, a plan or an audit.
        model: a built Keras model or layer.
        root: the policy's root seed.
        shift: is added to it, and to that of each rule that has one.
    """
    if isinstance(source, Spec):
        rules = tuple(
            rule if rule.seed is None else replace(rule, seed=rule.seed + shift)
            for rule in source.rules
        )
        return resolve(replace(source, seed=root + shift, rules=rules), model)
    plan = source.plan() if isinstance(source, Audit) else source
    if not shift:
        return plan
    entries = {path: _reseeded(one, plan.seed, shift) for path, one in plan.entries.items()}
    return replace(plan, entries=entries)


def _reseeded(one: Assignment, root: int, shift: int) -> Assignment:
    """An assignment with the seed that it would have had from another root."""
    if not isinstance(one.action, Fill):
        return one

    def moved(config: InitializerConfig) -> InitializerConfig:
        seed = config.params.get("seed")
        if not isinstance(seed, int):
            return config
        own = root if seed == derive_seed(root, one.path) else seed
        return replace(config, params={**config.params, "seed": derive_seed(own + shift, one.path)})

    parts = tuple(replace(part, initializer=moved(part.initializer)) for part in one.action.parts)
    action = replace(one.action, initializer=moved(one.action.initializer), parts=parts)
    return replace(one, action=action)


def draw(
    plan: Plan, found: Sequence[LocatedVariable], checkpoints: Checkpoints | None = None
) -> None:
    """Give a model the weights of a plan; what layers carry in their configs stays as it is.

    Args:
        plan: what every variable receives.
        found: the variables of the model.
        checkpoints: files of weights by the names that the policy has for them.

    Raises:
        ApplyError: as `apply`.
    """
    meter, pending = BackgroundMeter(), []
    with opened(plan, checkpoints) as loaded:
        for target in in_order(matched(plan, found, loaded)):
            if target.initializer is None:
                continue
            variable = target.found.variable
            pending.append(meter.begin(shape_of(variable), dtype_of(variable)))
            try:
                initialize(target, pending[-1])
            except Exception as error:
                raise ApplyError(failure(target.assignment, error)) from error
    for one in pending:
        one.finished()  # nobody reads the values any more


@contextlib.contextmanager
def preserved(layers: Sequence[LocatedLayer], variables: Sequence[Any]) -> Iterator[None]:
    """Give variables, and losses that layers collect, back what they held, whatever happens.

    Args:
        layers: that may collect losses while the model runs.
        variables: that may be written to.
    """
    held = [(variable, np.array(_raw(variable), copy=True)) for variable in variables]
    losses = [(one.layer, _collected(one.layer)) for one in layers]
    try:
        yield
    finally:
        for variable, value in held:
            _give_back(variable, value)
        for layer, (collected, ids) in losses:
            vars(layer)["_losses"][:] = collected
            vars(layer)["_loss_ids"].clear()
            vars(layer)["_loss_ids"].update(ids)


def _collected(layer: Any) -> tuple[list[Any], set[int]]:
    return list(layer._losses), set(layer._loss_ids)


def _raw(variable: Any) -> Any:
    if keras.backend.backend() == "numpy":
        return variable.value
    return keras.ops.convert_to_numpy(variable.value)


def _give_back(variable: Any, value: np.ndarray[Any, Any]) -> None:
    if np.array_equal(_bits(_raw(variable)), _bits(value)):
        return
    if keras.backend.backend() == "numpy" and variable.value.dtype == value.dtype:
        variable.value[...] = value
    elif keras.backend.backend() == "numpy":
        # NumPy variables may be wider than they say until they are first assigned.
        variable._value = value
    else:
        variable.assign(value)


def _bits(value: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)
