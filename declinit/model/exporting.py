"""Exporting: a spec that says explicitly what a model's layers carry now.

A Keras upgrade may change what a default means; a policy that spells the initializers out, with
the scales that they come to here, does not change with it.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras

from declinit.audits.audit import Audit
from declinit.errors import DeclinitError, Problem, ResolveError, expect_arguments
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.layers.lineage import is_builtin
from declinit.model.addresses import LocatedVariable, walk
from declinit.model.arguments import AUDIT, MODEL
from declinit.model.configs import serialized
from declinit.model.folding import folded
from declinit.model.places import config_includes, implied_initializer, own_place
from declinit.model.survey import variables_of
from declinit.policy.actions import InitializerConfig
from declinit.policy.spec import Spec
from declinit.policy.texts import yaml_text
from declinit.seeds import derive_seed
from declinit.wording import listed

PORTABLE = "portable"


def current_initializers(model: Any) -> dict[str, Mapping[str, Any]]:
    """The serialized initializer that layers carry now, by path of the variables that have one."""
    return _carried(walk(model))


def _carried(located: Iterable[LocatedVariable]) -> dict[str, Mapping[str, Any]]:
    carried = {}
    for entry in located:
        if entry.is_seed_state:
            continue
        place = own_place(entry)
        initializer = place.read() if place else implied_initializer(entry)
        if initializer is not None:
            carried[entry.path] = _config_of(initializer)
    return carried


def _config_of(initializer: Any) -> Mapping[str, Any]:
    config = serialized(initializer)
    if isinstance(config, Mapping):
        return config
    name = type(initializer).__name__ if config is None else str(config)
    return {"class_name": name, "config": None}


def export(
    model: Any, *, seed: int | None = None, audit: Audit | str | os.PathLike[str] | None = None
) -> Spec:
    """A spec of the initializers that a model's layers carry, or that an audit says were applied.

    Fan-based initializers are written with the fans that Keras itself gives them here (for
    EinsumDense and attention layers, the axes that Keras passes on). Variables that no layer has
    an initializer for are kept. Only an audit says for certain what initialized a variable below a
    class of the user's own; without one, the spec's note names such variables.

    Args:
        model: a built Keras model or layer.
        seed: root seed of the spec; None leaves it to be drawn, or takes the audit's.
        audit: an `Audit` of this model, or the path of an audit file. Variables that it records as
            kept are exported as their layers carry them.

    Returns:
        A spec whose rules are folded by pattern: as few as name every variable rightly. That of an
        audit, with the audit's seed, gives each variable the audit's bits.

    Raises:
        ArgumentError: for an argument of another kind.
        ResolveError: if the model is not built, carries initializers that no config can name, or
            is not the audit's.
        SpecError: if the file does not hold an audit.
    """
    given = {} if audit is None else {"audit": (audit, AUDIT)}
    expect_arguments("declinit.export", model=(model, MODEL), **given)
    recorded = audit if isinstance(audit, Audit) or audit is None else Audit.load(audit)
    located = [entry for entry in variables_of(model) if not entry.is_seed_state]
    registry = current_registry()
    applied = _applied(recorded, located, seed) if recorded is not None else {}
    carried = _carried(entry for entry in located if entry.path not in applied)
    found = {
        **{path: nameable(path, config, registry) for path, config in carried.items()},
        **applied,
    }
    wanted = {
        entry.path: _written(entry.path, found.get(entry.path), registry) for entry in located
    }
    unsure = [entry for entry in located if entry.path not in applied]
    config = {
        "declinit": 1,
        "note": _note(model, unsure, audited=recorded is not None),
        "seed": recorded.seed if seed is None and recorded is not None else seed,
        "generator": PORTABLE if recorded is None else recorded.generator,
        "fans": "keras",
        "rules": [_rule(pattern, value) for pattern, value in folded(wanted)],
    }
    return Spec.from_config(config, registry)


def _rule(pattern: str, value: str) -> dict[str, Any]:
    initializer = json.loads(value)
    body = {"keep": True} if initializer is None else {"initializer": initializer}
    return {"match": pattern, **body}


def _applied(
    audit: Audit, located: Sequence[LocatedVariable], seed: int | None
) -> dict[str, InitializerConfig]:
    """What was applied to each variable, with the seeds that the audit's root does not give."""
    _require_same_model(audit, located)
    applied = {}
    for path, record in audit.items():
        initializer, used = record.assignment.initializer, record.assignment.seed
        if initializer is None:
            continue
        params = {key: value for key, value in initializer.params.items() if key != "seed"}
        if seed is None and used not in (None, derive_seed(audit.seed, path)):
            params["seed"] = used
        applied[path] = InitializerConfig(initializer.name, params)
    return applied


def _require_same_model(audit: Audit, located: Sequence[LocatedVariable]) -> None:
    paths = {entry.path for entry in located}
    missing = [path for path in audit if path not in paths]
    if missing:
        message = f"the audit records variables that the model does not have: {listed(missing)}"
        hint = "export with the audit of this model"
        raise ResolveError(Problem("DI408", message, hint=hint))


def nameable(path: str, config: Mapping[str, Any], registry: Registry) -> InitializerConfig:
    """The initializer that a layer carries, as a spec names it, its seed left to be derived.

    Args:
        path: of the variable.
        config: the serialized initializer.
        registry: the kinds that specs may name.

    Raises:
        ResolveError: if no spec can name it.
    """
    try:
        found = InitializerConfig.from_value(config, registry)
    except DeclinitError as error:
        raise _unnameable(path, error.problems[0].message) from error
    if registry.find(found.name) is None or config.get("config") is None:
        raise _unnameable(path, f"no initializer is registered as {config['class_name']!r}")
    params = {key: value for key, value in found.params.items() if key != "seed"}
    return InitializerConfig(found.name, params)


def _unnameable(path: str, reason: str) -> ResolveError:
    message = f"{path!r} carries an initializer that no spec can name: {reason}"
    return ResolveError(Problem("DI410", message, hint="register it first"))


def _written(path: str, initializer: InitializerConfig | None, registry: Registry) -> str:
    """An initializer as the spec writes it, as JSON text so that equal ones compare."""
    if initializer is None:
        return "null"
    kind, params = registry.find(initializer.name), initializer.params
    try:
        # Defaults are spelled out: another Keras may have others.
        complete = kind.complete(PORTABLE, params) if kind else params
    except DeclinitError as error:
        raise _unnameable(path, error.problems[0].message) from error
    kept = {key: value for key, value in complete.items() if value is not None}
    return json.dumps({"name": initializer.name, **kept} if kept else initializer.name)


def _note(model: Any, unsure: Sequence[LocatedVariable], *, audited: bool) -> str:
    source = " and an audit" if audited else ""
    note = f"Exported from {model.name!r}{source} under Keras {keras.__version__}."
    below = {entry.path: classes for entry, classes in _below_own_classes(unsure) if classes}
    if not below:
        return note
    names = ", ".join(dict.fromkeys(itertools.chain(*below.values())))
    return (
        f"{note} Below classes that are not Keras' own ({names}), layers need not carry what "
        f"initialized their variables; an audit says what was applied: {listed(list(below))}."
    )


def _below_own_classes(
    located: Iterable[LocatedVariable],
) -> Iterator[tuple[LocatedVariable, list[str]]]:
    """Each variable with the users' classes whose configs need not tell its initializer."""
    tells = functools.cache(config_includes)
    for entry in located:
        classes = [
            type(outer).__name__
            for outer, inner in itertools.pairwise(entry.chain)
            if not tells(outer, inner)
        ]
        if not is_builtin(type(entry.owner)):
            classes.append(type(entry.owner).__name__)
        yield entry, classes


def spec_text(spec: Spec) -> str:
    """A spec as the text of a YAML file."""
    config = spec.get_config()
    config.pop("strict")
    return yaml_text(config)
