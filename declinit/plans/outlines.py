"""A first policy for a model: what it does today, in as few rules as there are initializers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from declinit.plans.covers import covering, last
from declinit.plans.inventory import FLOATS, Inventory, VariableInfo
from declinit.policy.rules import unlisted
from declinit.serialization import json_text

Rule = dict[str, Any]
Group = tuple[Rule, list[VariableInfo]]

UNNAMEABLE = "no policy can name what initializes these: register it first"


def outlined(inventory: Inventory, carried: Mapping[str, Rule | None]) -> list[Rule]:
    """Rules that give every variable what its layer carries: one for each initializer.

    A pattern may match variables that a later rule
    decides, never those of an earlier one.

    Args:
        inventory: the model's variables.
        carried: by path what a rule says that gives the variable what its layer carries; None
            where no policy can name that. A variable that is not there has none, and is kept.
    """
    groups, untouched = _grouped(inventory, carried)
    barred = [*untouched]
    rules = []
    for body, variables in _general_first(groups):
        rules.append({**_scope(variables, barred), **body})
        barred += variables
    return rules


def _general_first(groups: Sequence[Group]) -> Iterator[Group]:
    """The groups in an order in which `**/kernel` is what most kernels have, not an exception.

    Where two groups have each the exceptions of the other, the larger one comes first.
    """
    names = [Counter(last(info.path) for info in variables) for _, variables in groups]
    usual = {
        name: max(range(len(groups)), key=lambda at: names[at][name])
        for name in dict.fromkeys(name for counts in names for name in counts)
    }
    left = list(range(len(groups)))
    while left:
        free = [
            at for at in left if not any(usual[n] in left and usual[n] != at for n in names[at])
        ]
        chosen = max(free or left, key=lambda at: len(groups[at][1]))
        left.remove(chosen)
        yield groups[chosen]


def _grouped(
    inventory: Inventory, carried: Mapping[str, Rule | None]
) -> tuple[list[Group], list[VariableInfo]]:
    """What a rule says, with the variables that it is for; and those that need no rule."""
    groups: dict[str, Group] = {}
    untouched = []
    for info in inventory:
        body = _body(info, carried)
        if body is not None:
            groups.setdefault(json_text(body), (body, []))[1].append(info)
        elif not info.seed_state:
            untouched.append(info)
    return list(groups.values()), untouched


def _body(info: VariableInfo, carried: Mapping[str, Rule | None]) -> Rule | None:
    """What a rule says of a variable; None where it needs none, since it is kept anyway."""
    if info.seed_state:
        return None
    given = carried.get(info.path)
    if given is not None and info.dtype in FLOATS:
        return _plain(given)
    if info.path in carried and given is None:
        return {"keep": True, "note": UNNAMEABLE}
    return {"keep": True} if info.trainable else None


def _plain(body: Rule) -> Rule:
    """What a rule says, without a mean of 0, which nobody would write."""
    given = body["initializer"]
    if isinstance(given, Mapping) and given.get("mean") == 0:
        given = {key: value for key, value in given.items() if key != "mean"}
    return {**body, "initializer": given}


def _scope(variables: Sequence[VariableInfo], barred: Sequence[VariableInfo]) -> Rule:
    """The patterns of a rule, or shorter ones with the classes of layers."""
    patterns = covering(variables, barred)
    short = [f"**/{name}" for name in dict.fromkeys(last(info.path) for info in variables)]
    if len(patterns) > len(short):
        classes = list(dict.fromkeys(info.layer for info in variables))
        inside = [info for info in barred if set(classes) & set(info.enclosing_classes)]
        by_class = covering(variables, inside)
        if len(by_class) < len(patterns):
            return {"match": unlisted(by_class), "layer": unlisted(classes)}
    return {"match": unlisted(patterns)}
