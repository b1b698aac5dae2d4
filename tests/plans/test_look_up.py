"""Looking entries up in a plan: by path, or by a name that leads to one variable."""

from __future__ import annotations

import pytest

import declinit
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve


def plan_of(*aliases: str) -> Plan:
    """A plan of as many variables, each with one other name."""
    spec = declinit.Spec.from_config(
        {"declinit": 1, "seed": 1, "rules": [{"match": "**", "initializer": "ones"}]}
    )
    facts = {"shape": (2,), "dtype": "float32", "layer": "Dense"}
    infos = [
        VariableInfo(path=f"v{index}", aliases=(alias,), **facts)
        for index, alias in enumerate(aliases)
    ]
    return resolve(spec, tuple(infos))


def test_a_path_goes_before_an_alias():
    assert plan_of("v1", "other")["v1"].path == "v1"


def test_a_name_of_several_variables_leads_to_none():
    with pytest.raises(KeyError, match=r"^'same'$"):
        plan_of("same", "same")["same"]


def test_an_alias_builds_too():
    assert plan_of("known").build("known").get_config() == {}
