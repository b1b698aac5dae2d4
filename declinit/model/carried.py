"""What a model's layers carry today, as a plan: what Keras would initialize each variable with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from declinit.kinds.extensions import current_registry
from declinit.model.exporting import carried_bodies, current_initializers
from declinit.model.survey import survey
from declinit.plans.plan import Plan
from declinit.plans.resolution import draft
from declinit.policy.actions import Fill, InitializerConfig, Keep
from declinit.policy.groups import literal
from declinit.policy.spec import KERAS_FANS, Spec
from declinit.serialization import json_text


def carried_plan(model: Any) -> Plan:
    """A plan that gives each variable what its layer carries, by Keras' own count of fans.

    It is for comparing: its seeds are not the layers'. What no policy can name goes by the name of
    its class, and has no distribution. Variables that no layer has an initializer for are kept.

    Raises:
        ResolveError: as `survey`.
    """
    inventory, configs = survey(model), current_initializers(model)
    plan = draft(_spec(carried_bodies(model)), inventory)
    unnamed = {
        path: replace(one, action=Fill(InitializerConfig(str(configs[path]["class_name"]))))
        for path, one in plan.items()
        if isinstance(one.action, Keep) and path in configs
    }
    return replace(plan, entries={**plan.entries, **unnamed}, problems=())


def _spec(bodies: Mapping[str, dict[str, Any] | None]) -> Spec:
    """A rule for each initializer that can be named, with the paths of its variables."""
    paths: dict[str, list[str]] = {}
    for path, body in bodies.items():
        if body is not None:
            paths.setdefault(json_text(body), []).append(path)
    rules = [
        {"match": list(map(literal, found)), **(bodies[found[0]] or {})} for found in paths.values()
    ]
    strict = {"unmatched": "allow"}
    config = {"declinit": 1, "seed": 0, "fans": KERAS_FANS, "strict": strict, "rules": rules}
    return Spec.from_config(config, current_registry())
