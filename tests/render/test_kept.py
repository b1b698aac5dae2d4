"""What is kept is told in the right number."""

from __future__ import annotations

import pytest

import declinit
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import resolve
from declinit.render.layouts.plans import plan_layout
from declinit.render.renderers import render
from declinit.render.style import Style


@pytest.mark.parametrize(
    ("count", "table", "summary"),
    [
        (
            1,
            "# no rule: 1 variable left as it is",
            "# 1 variable: 0 to initialize, 1 left as it is",
        ),
        (
            2,
            "# no rule: 2 variables left as they are",
            "# 2 variables: 0 to initialize, 2 left as they are",
        ),
    ],
)
def test_variables_that_are_kept_are_counted_in_words(count, table, summary):
    spec = declinit.Spec.from_config(
        {"declinit": 1, "seed": 1, "strict": {"unmatched": "allow"}, "rules": []}
    )
    facts = {"shape": (2,), "dtype": "float32", "layer": "Dense"}
    infos = tuple(VariableInfo(path=f"v{index}", **facts) for index in range(count))
    lines = render(plan_layout(resolve(spec, infos), detailed=True), "text", Style()).splitlines()
    assert table in lines
    assert lines[-1] == summary
