"""Exporting: a spec that says explicitly what a model's layers carry now.

A Keras upgrade may change what a default means; a policy that spells the initializers out, with
the scales that they come to here, does not change with it.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras

from declinit.audits.audit import Audit, Record
from declinit.errors import DeclinitError, Problem, ResolveError, expect_arguments
from declinit.initializers.parts import PARTS
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.layers.lineage import is_builtin
from declinit.layers.regions import Region
from declinit.model.addresses import LocatedVariable, walk
from declinit.model.arguments import AUDIT, MODEL
from declinit.model.configs import serialized
from declinit.model.folding import folded
from declinit.model.places import (
    config_includes,
    filled_parts,
    implied_initializer,
    own_place,
    row_of,
)
from declinit.model.survey import variables_of
from declinit.model.tensors import shape_of
from declinit.plans.parts import part_seed
from declinit.policy.actions import CopyOf, Fill, InitializerConfig, PartFill
from declinit.policy.copies import CopyConfig, CopySource
from declinit.policy.spec import Spec
from declinit.policy.texts import yaml_text
from declinit.seeds import derive_seed
from declinit.wording import counted, listed

PORTABLE = "portable"

Applied = Fill[PartFill] | CopyOf[CopySource, PartFill]


def current_initializers(model: Any) -> dict[str, Mapping[str, Any]]:
    """The serialized initializer that layers carry now, by path of the variables that have one."""
    return _carried(walk(model))


def carried_bodies(model: Any) -> dict[str, dict[str, Any] | None]:
    """What a rule would say of each variable that a layer has an initializer for.

    None stands for what no policy can name, such as a function that nobody registered.
    """
    registry, bodies = current_registry(), {}
    writer = _Writer(registry, PORTABLE)
    located = {entry.path: entry for entry in walk(model)}
    for path, config in _carried(located.values()).items():
        try:
            action = _named(path, config, registry)
            bodies[path] = json.loads(writer.body(located[path], action))
        except ResolveError:
            bodies[path] = None
    return bodies


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
            kept or loaded are exported as their layers carry them, copies as copies; the spec's note
            names those that were loaded.

    Returns:
        A spec whose rules are folded by pattern: as few as name every variable rightly. That of an
        audit, with the audit's seed, gives each variable the audit's bits.

    Raises:
        ArgumentError: for an argument of another kind.
        ResolveError: if the model is not built, carries initializers that no config can name, or
            is not the audit's.
        SpecError: if the file does not hold an audit.

    Example:
        >>> for rule in declinit.export(model).rules:
        ...     print(rule.get_config())
        {'match': '**/kernel', 'initializer': 'glorot_uniform'}
        {'match': '**/bias', 'initializer': 'zeros'}
    """
    given = {} if audit is None else {"audit": (audit, AUDIT)}
    expect_arguments("declinit.export", model=(model, MODEL), **given)
    recorded = audit if isinstance(audit, Audit) or audit is None else Audit.load(audit)
    located = [entry for entry in variables_of(model) if not entry.is_seed_state]
    registry = current_registry()
    applied = _applied(recorded, located, seed) if recorded is not None else {}
    carried = _carried(entry for entry in located if entry.path not in applied)
    found = {
        **{path: _named(path, config, registry) for path, config in carried.items()},
        **applied,
    }
    generator = PORTABLE if recorded is None else recorded.generator
    writer = _Writer(registry, generator)
    wanted = {entry.path: writer.body(entry, found.get(entry.path)) for entry in located}
    unsure = [entry for entry in located if entry.path not in applied]
    config = {
        "declinit": 1,
        "note": _note(model, unsure, recorded),
        "seed": recorded.seed if seed is None and recorded is not None else seed,
        "generator": generator,
        "fans": "keras",
        "rules": [{"match": pattern, **json.loads(body)} for pattern, body in folded(wanted)],
    }
    return Spec.from_config(config, registry)


def _applied(
    audit: Audit, located: Sequence[LocatedVariable], seed: int | None
) -> dict[str, Applied]:
    """What was applied to each variable, with the seeds that the audit's root does not give."""
    _require_same_model(audit, located)
    given, found = seed is not None, dict[str, Applied]()
    for path, record in audit.items():
        action = record.assignment.action
        if isinstance(action, Fill):
            found[path] = _without_derived(record, action, audit.seed, given=given)
        if isinstance(action, CopyOf):
            fill = action.fallback and _without_derived(
                record, action.fallback, audit.seed, given=given
            )
            # Keras' layers add parts to an initializer themselves, and a copy has none.
            found[path] = CopyOf(action.copy, fill and Fill(fill.initializer))
    return found


def _without_derived(
    record: Record, action: Fill[PartFill], root: int, *, given: bool
) -> Fill[PartFill]:
    """What a record applied, without the seeds that a root gives again, or without all of them."""
    derived = derive_seed(root, record.path)

    def without(config: InitializerConfig, again: int) -> InitializerConfig:
        params = {key: value for key, value in config.params.items() if key != "seed"}
        used = config.params.get("seed")
        if not given and used not in (None, again):
            params["seed"] = used
        return InitializerConfig(config.name, params)

    parts = (
        replace(part, initializer=without(part.initializer, again))
        for part in action.parts
        for again in [part_seed(derived, part.at, record.shape)]
    )
    return Fill(without(action.initializer, derived), tuple(parts))


def _require_same_model(audit: Audit, located: Sequence[LocatedVariable]) -> None:
    paths = {entry.path for entry in located}
    missing = [path for path in audit if path not in paths]
    if missing:
        message = f"the audit records variables that the model does not have: {listed(missing)}"
        hint = "export with the audit of this model"
        raise ResolveError(Problem("DI408", message, hint=hint))


def _named(path: str, config: Mapping[str, Any], registry: Registry) -> Fill[PartFill]:
    """What a layer carries, as a spec names it, its seeds left to be derived."""
    if config.get("registered_name") != PARTS:
        return Fill(_initializer(path, config, registry))
    inner = config["config"]
    parts = (
        PartFill("", Region.of(box), _initializer(path, part, registry))
        for box, part in inner["parts"]
    )
    return Fill(_initializer(path, inner["initializer"], registry), tuple(parts))


def _initializer(path: str, config: Mapping[str, Any], registry: Registry) -> InitializerConfig:
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


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes what a rule does to variables, for one generator."""

    registry: Registry
    generator: str

    def body(self, entry: LocatedVariable, action: Applied | None) -> str:
        """What a rule does to a variable, as JSON text so that equal bodies compare."""
        if action is None:
            return json.dumps({"keep": True})
        if isinstance(action, CopyOf):
            return json.dumps(self._copy(entry, action))
        body = {"initializer": self._written(entry.path, action.initializer)}
        parts = [
            {**_place(entry, part.at), "initializer": self._written(entry.path, part.initializer)}
            for part in action.parts
            if not _is_filled_anyway(entry, part)
        ]
        return json.dumps({**body, "parts": parts} if parts else body)

    def _copy(self, entry: LocatedVariable, action: CopyOf[CopySource, PartFill]) -> dict[str, Any]:
        copy, fill = action.copy, action.fallback
        config = CopyConfig(_as_target(copy.path), copy.steps, copy.scale).get_config()
        given = {"initializer": self._written(entry.path, fill.initializer)} if fill else {}
        return {"copy_of": config, **given}

    def _written(self, path: str, initializer: InitializerConfig) -> Any:
        """An initializer with its defaults spelled out: another Keras may have others."""
        kind, params = self.registry.find(initializer.name), initializer.params
        try:
            complete = kind.complete(self.generator, params) if kind else params
        except DeclinitError as error:
            raise _unnameable(path, error.problems[0].message) from error
        kept = {key: value for key, value in complete.items() if value is not None}
        return {"name": initializer.name, **kept} if kept else initializer.name


def _is_filled_anyway(entry: LocatedVariable, part: PartFill) -> bool:
    """Whether the layer fills a part so by itself, and a rule need not say it."""
    gate = _place(entry, part.at).get("gate")
    filled = {one.part: InitializerConfig(one.initializer) for one in filled_parts(entry)}
    return gate is not None and filled.get(gate) == part.initializer


def _place(entry: LocatedVariable, region: Region) -> dict[str, str]:
    """A part as a rule names it: by its gate, which layers of any size have, else by indices."""
    shape, names = shape_of(entry.variable), row_of(entry).parts
    for gate in names.of(shape) if names else ():
        if gate.region(shape) == region:
            return {"gate": gate.name}
    return {"at": region.text(shape)}


_NO_TEXT = re.compile(r"([*?\[\]{}\\])")


def _as_target(path: str) -> str:
    """A path as `copy_of` has it, where some characters ask for captures."""
    return _NO_TEXT.sub(r"\\\1", path)


def _note(model: Any, unsure: Sequence[LocatedVariable], audit: Audit | None) -> str:
    source = "" if audit is None else " and an audit"
    note = f"Exported from {model.name!r}{source} under Keras {keras.__version__}."
    loaded = [path for path, record in (audit or {}).items() if record.assignment.source]
    if loaded:
        note += (
            f" {counted(len(loaded), 'variable')} had been loaded from files, which this policy "
            f"does not do: {listed(loaded)}."
        )
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
