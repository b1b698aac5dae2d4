"""What a model's layers carry today, as a plan: what Keras would initialize each variable with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from declinit.errors import DeclinitError
from declinit.kinds.extensions import current_registry
from declinit.model.exporting import current_initializers, nameable
from declinit.model.survey import survey
from declinit.plans.plan import Plan
from declinit.plans.resolution import draft
from declinit.policy.actions import Fill, InitializerConfig, Keep
from declinit.policy.groups import literal
from declinit.policy.spec import KERAS_FANS, Spec
from declinit.serialization import json_text


def carried_initializers(model: Any) -> dict[str, InitializerConfig]:
    """The initializer that each variable's layer carries, without its seed.

    What no policy can name, such as a function that nobody registered, goes by its own name.
    """
    registry = current_registry()
    carried = {}
    for path, config in current_initializers(model).items():
        try:
            carried[path] = nameable(path, config, registry)
        except DeclinitError:
            carried[path] = InitializerConfig(str(config["class_name"]))
    return carried


def carried_plan(model: Any) -> Plan:
    """A plan that gives each variable what its layer carries, by Keras' own count of fans.

    It is for comparing: seeds are not the layers', and what no policy can name has no distribution.
    Variables that no layer has an initializer for are kept.

    Raises:
        ResolveError: as `survey`.
    """
    carried, inventory = carried_initializers(model), survey(model)
    plan = draft(_spec(carried), inventory)
    unnamed = {
        path: replace(one, action=Fill(carried[path]))
        for path, one in plan.items()
        if isinstance(one.action, Keep) and path in carried
    }
    return replace(plan, entries={**plan.entries, **unnamed}, problems=())


def _spec(carried: Mapping[str, InitializerConfig]) -> Spec:
    """A rule for each initializer that can be named, with the paths of its variables."""
    registry = current_registry()
    paths: dict[str, list[str]] = {}
    for path, one in carried.items():
        if registry.find(one.name) is not None:
            paths.setdefault(json_text(one.to_value()), []).append(path)
    rules = [
        {"match": list(map(literal, found)), "initializer": carried[found[0]].to_value()}
        for found in paths.values()
    ]
    strict = {"unmatched": "allow"}
    config = {"declinit": 1, "seed": 0, "fans": KERAS_FANS, "strict": strict, "rules": rules}
    return Spec.from_config(config, registry)
