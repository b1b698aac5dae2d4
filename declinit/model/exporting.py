"""Exporting: a spec that says explicitly what a model's layers carry now.

A Keras upgrade may change what a default means; a policy that spells the initializers out, with
the scales that they come to here, does not change with it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras

from declinit.errors import DeclinitError, Problem, ResolveError
from declinit.globs import Glob, GlobSet, escape
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.model.addresses import SEED_STATE, walk
from declinit.model.configs import serialized
from declinit.model.places import fixed_initializer, own_place
from declinit.model.survey import survey
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.policy.actions import InitializerConfig
from declinit.policy.spec import Spec

# More numbers in a name than these are not tried in all combinations.
MOST_NUMBERS = 5


def current_initializers(model: Any) -> dict[str, Mapping[str, Any]]:
    """The serialized initializer that layers carry now, by path of the variables that have one."""
    found = {}
    for entry in walk(model):
        if entry.variable.name == SEED_STATE:
            continue
        place = own_place(entry)
        initializer = place.read() if place else fixed_initializer(entry)
        if initializer is not None:
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
        params = kind.complete("portable", entry.params)
    except (DeclinitError, LookupError) as error:
        message = f"{info.path!r} carries an initializer that no spec can name: {error}"
        raise ResolveError([Problem(message=message, hint="register it first")]) from error
    # Defaults are spelled out, seeds left to be derived.
    kept = {key: value for key, value in params.items() if value is not None and key != "seed"}
    return json.dumps({"name": entry.name, **kept} if kept else entry.name)


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


def _generalized(path: str) -> Iterator[str]:
    """A path as patterns, from the widest to the path itself."""
    *above, layer, name = ["", *path.split("/")]
    if not layer:
        yield escape(path)
        return
    for opened in _opened(layer):
        yield f"**/{opened}/{escape(name)}"
    for opened in _opened("/".join((*above[1:], layer))):
        yield f"{opened}/{escape(name)}"


def _opened(text: str) -> Iterator[str]:
    """A text with `*` in place of its numbers: of all, of all but one, ... of none."""
    parts = re.split(r"(\d+)", text)
    numbers = range(1, len(parts), 2)
    if len(numbers) > MOST_NUMBERS:
        yield "*".join(map(escape, parts[::2]))
        yield escape(text)
        return
    for count in range(len(numbers), -1, -1):
        for chosen in itertools.combinations(numbers, count):
            yield "".join("*" if at in chosen else escape(part) for at, part in enumerate(parts))


def _true(pattern: str, value: str, wanted: Mapping[str, str]) -> bool:
    matched = GlobSet([Glob.parse(pattern)])
    return all(value == other for path, other in wanted.items() if matched.matching(path))


def spec_text(spec: Spec) -> str:
    """A spec as the text of a YAML file."""
    import yaml

    config = spec.get_config()
    config.pop("strict")
    # Quoted throughout: YAML 1.1 and 1.2 then agree on what every string is.
    body = yaml.dump(config, Dumper=_dumper(), sort_keys=False, width=100, allow_unicode=True)
    return str(body)


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
