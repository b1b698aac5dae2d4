"""A constant or a group that nothing uses is told where its name is like one that is used."""

from __future__ import annotations

import pytest

import declinit
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import resolve

KERNEL = VariableInfo(path="block_0/kernel", shape=(3, 4), dtype="float32", layer="Dense")
BASE = {
    "declinit": 1,
    "seed": 1,
    "constants": {"std": 0.02, "half": "std / 2"},
    "groups": {"kernels": "block_{l}/kernel", "wide": "block_{l}/kernel"},
    "rules": [
        {
            "match": "$kernels",
            "initializer": {"name": "random_normal", "stddev": "half * size($wide, 0)"},
        }
    ],
}


def told(**changes) -> list[str]:
    spec = declinit.Spec.from_config({**BASE, **changes})
    return [problem.headline for problem in resolve(spec, (KERNEL,)).problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"constants": {**BASE["constants"], "halff": 1}},
            ["warning: constant 'halff': no formula uses it; did you mean 'half'? [DI329]"],
        ),
        (
            {"groups": {**BASE["groups"], "kernel": []}},
            ["warning: group 'kernel': no rule names it; did you mean 'kernels'? [DI329]"],
        ),
        ({"constants": {**BASE["constants"], "width": 1}}, []),
        ({"constants": {**BASE["constants"], "halff": 1}, "strict": {"unused": "allow"}}, []),
    ],
)
def test_a_name_that_may_be_misspelt_is_told(changes, expected):
    assert told(**changes) == expected


def test_a_constant_of_a_part_and_a_group_that_is_excluded_are_used():
    rule = {
        "match": "**/kernel",
        "exclude": "$out",
        "initializer": "zeros",
        "parts": [{"at": "0", "initializer": {"name": "constant", "value": "c"}}],
    }
    names = {"constants": {"c": 1, "cc": 2}, "groups": {"out": "head/kernel", "outs": []}}
    assert told(**names, rules=[rule]) == [
        "warning: constant 'cc': no formula uses it; did you mean 'c'? [DI329]",
        "warning: group 'outs': no rule names it; did you mean 'out'? [DI329]",
    ]
