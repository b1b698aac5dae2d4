"""Exporting: a spec that says explicitly what a model's layers carry now.

A Keras upgrade may change what a default means; a policy that spells the initializers out, with
the scales that they come to here, does not change with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import keras

from declinit.errors import DeclinitError, Problem, ResolveError
from declinit.extensions import current_registry
from declinit.globs import Glob, GlobSet, escape
from declinit.inventory import Inventory, VariableInfo
from declinit.model.addresses import SEED_STATE, walk
from declinit.model.application import serialized
from declinit.model.places import own_place
from declinit.model.survey import survey
from declinit.registry import Registry
from declinit.spec import InitializerConfig, Spec


def current_initializers(model: Any) -> dict[str, Mapping[str, Any]]:
    """The serialized initializer that layers carry now, by path of the variables that have one."""
    found = {}
    for entry in walk(model):
        place = own_place(entry)
        initializer = place.read() if place else None
        if initializer is not None and entry.variable.name != SEED_STATE:
            found[entry.path] = _config_of(initializer)
    return found


def _config_of(initializer: Any) -> Mapping[str, Any]:
    config = serialized(initializer)
    if isinstance(config, Mapping):
        return config
    name = type(initializer).__name__ if config is None else str(config)
    return {"class_name": name, "config": None}


def export(model: Any, *, seed: int | None = None) -> Spec:
    """A spec of the initializers that a model's layers carry.

    Fan-based initializers are written with the fans that Keras itself gives them here (for
    EinsumDense and attention layers, the axes that Keras passes on). Variables that no layer has
    an initializer for are kept.

    Args:
        model: a built Keras model or layer.
        seed: root seed of the spec; None leaves it to be drawn.

    Returns:
        A spec whose rules are folded by pattern: as few as name every variable rightly.

    Raises:
        ResolveError: if the model is not built, or carries initializers that no config can name.
    """
    inventory = tuple(info for info in survey(model) if not info.seed_state)
    current = current_initializers(model)
    registry = current_registry()
    wanted = {info.path: _written(info, current.get(info.path), registry) for info in inventory}
    rules = [_rule(pattern, value) for pattern, value in _folded(inventory, wanted)]
    config = {
        "declinit": 1,
        "note": f"Exported from {model.name!r} under Keras {keras.__version__}.",
        "seed": seed,
        "generator": "portable",
        "fans": "keras",
        "rules": rules,
    }
    return Spec.from_config(config, registry)


def _rule(pattern: str, value: str) -> dict[str, Any]:
    initializer = json.loads(value)
    body = {"keep": True} if initializer is None else {"initializer": initializer}
    return {"match": pattern, **body}


def _written(info: VariableInfo, config: Mapping[str, Any] | None, registry: Registry) -> str:
    """A variable's initializer as the spec writes it, as JSON text so that equal ones compare."""
    if config is None:
        return "null"
    try:
        entry = InitializerConfig.from_value(config, registry)
        kind = registry.find(entry.name)
        if kind is None or config.get("config") is None:
            raise DeclinitError(f"no initializer is registered as {config['class_name']!r}")
        params = kind.complete("keras", entry.params)
    except (DeclinitError, LookupError) as error:
        message = f"{info.path!r} carries an initializer that no spec can name: {error}"
        raise ResolveError([Problem(message=message, hint="register it first")]) from error
    # Defaults are spelled out, seeds left to be derived.
    kept = {key: value for key, value in params.items() if value is not None and key != "seed"}
    if kind.scaling is None or math.prod(info.shape) == 0:
        kept = {key: value for key, value in kept.items() if key in kind.parameters or kind.open}
    return json.dumps({"name": entry.name, **kept} if kept else entry.name, sort_keys=False)


def _folded(inventory: Inventory, wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """Patterns with values, in order, that give every variable its own value.

    The commonest value of each variable name comes first, as `**/name`; layers that differ follow,
    a pattern each, with runs of digits opened up where that stays true.
    """
    rules: list[tuple[str, str]] = []
    for name, group in _grouped((info.path for info in inventory), _last).items():
        counts: dict[str, int] = {}
        for path in group:
            counts[wanted[path]] = counts.get(wanted[path], 0) + 1
        commonest = max(counts, key=lambda value: counts[value])
        rules.append((f"**/{escape(name)}", commonest))
        others = [path for path in group if wanted[path] != commonest]
        for value, paths in _grouped(others, lambda path: wanted[path]).items():
            rules += [(pattern, value) for pattern in _covering(paths, value, wanted)]
    return rules


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _grouped(items: Iterable[str], key: Any) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _covering(paths: list[str], value: str, wanted: Mapping[str, str]) -> list[str]:
    """Patterns that match all of these paths and no path that wants another value."""
    left, patterns = list(paths), []
    while left:
        candidates = (pattern for pattern in _generalized(left[0]) if _true(pattern, value, wanted))
        pattern = next(candidates)
        patterns.append(pattern)
        matched = GlobSet([Glob.parse(pattern)])
        left = [path for path in left if not matched.matching(path)]
    return patterns


def _generalized(path: str) -> list[str]:
    """A path as a pattern, from the widest to the path itself."""
    segments = path.split("/")
    layer, name = segments[-2:] if len(segments) > 1 else ("", segments[-1])
    opened = "/".join(_open_digits(segment) for segment in segments[:-1])
    widest = [f"**/{escape(layer)}/{escape(name)}", f"**/{_open_digits(layer)}/{escape(name)}"]
    middle = [f"{opened}/{escape(name)}"]
    return [*(widest + middle if layer else []), escape(path)]


def _open_digits(segment: str) -> str:
    stem = segment.rstrip("0123456789")
    return f"{escape(stem)}*" if stem != segment else escape(segment)


def _true(pattern: str, value: str, wanted: Mapping[str, str]) -> bool:
    matched = GlobSet([Glob.parse(pattern)])
    return all(value == other for path, other in wanted.items() if matched.matching(path))


def spec_text(spec: Spec) -> str:
    """A spec as a YAML file, with the line that lets editors explain it."""
    import yaml

    config = spec.get_config()
    config.pop("strict")
    # Quoted throughout: YAML 1.1 and 1.2 then agree on what every string is.
    body = yaml.dump(config, Dumper=_dumper(), sort_keys=False, width=100, allow_unicode=True)
    return f"# yaml-language-server: $schema=../schemas/spec.schema.json\n{body}"


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Strings that a plain scalar could be mistaken for are quoted."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def string(dumper: Any, text: str) -> Any:
        plain = text.isidentifier() or text.endswith(".")
        style = None if plain and text not in {"null", "true", "false"} else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, string)
    return Dumper
