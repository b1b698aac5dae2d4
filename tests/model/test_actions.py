"""An action that nobody has taught to a stage is never taken for `keep`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from policies import KERAS_NOISE, dense_model, give, policy

import declinit
from declinit.plans.comparison import Difference, Drift, compare
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve
from declinit.policy.actions import Keep
from declinit.policy.moves import Moves
from declinit.render.layouts.differences import drift_layout
from declinit.render.renderers import render
from declinit.render.style import Style

pytestmark = KERAS_NOISE


@dataclass(frozen=True)
class Lend:
    """An action that is still to come."""

    origin: ClassVar[str] = "lent"
    takes_state: ClassVar[bool] = False
    draws: ClassVar[bool] = False
    fill: ClassVar[None] = None

    def get_config(self) -> dict:
        return {"lend": "x"}

    def __str__(self) -> str:
        return "lend(x)"


SPEC = policy(give("**", "ones"))


def planned(action) -> Plan:
    """A plan of one layer whose kernel has this action."""
    plan = declinit.resolve(SPEC, dense_model("a"))
    return replace(
        plan, entries=dict(plan) | {"a/kernel": replace(plan["a/kernel"], action=action)}
    )


def test_a_plan_builds_nothing_for_it_and_says_so():
    assert planned(Keep()).build("a/kernel") is None
    with pytest.raises(AssertionError, match="Lend"):
        planned(Lend()).build("a/kernel")


def test_it_is_not_applied_as_if_it_were_keep():
    with pytest.raises(declinit.ApplyError, match=r"^initializing 'a/kernel' by rule .* lend\(x\)"):
        declinit.apply(planned(Lend()), dense_model("a"))


def test_a_rule_with_it_is_not_resolved_as_if_it_were_keep():
    lending = replace(SPEC, rules=(replace(SPEC.rules[0], action=Lend()),))
    with pytest.raises(AssertionError, match="Lend"):
        resolve(lending, declinit.survey(dense_model("a")))


def texts(before: Plan, after: Plan) -> list[str]:
    """What two plans are said to differ in, as programs read it."""
    differences = compare(before, after)
    drift = Drift(file="plan.json", variables=2, differences=differences, moves=Moves())
    text = render(drift_layout(drift, detailed=True), "text", Style())
    return [line for line in text.splitlines() if line.startswith("a/kernel")]


def test_a_comparison_names_it():
    kept, filled, lent = planned(Keep()), declinit.resolve(SPEC, dense_model("a")), planned(Lend())
    rule = kept["a/kernel"].rule.label
    assert compare(filled, kept)[0] == Difference("a/kernel", "initializer", "ones", None, rule)
    assert texts(filled, kept) == ["a/kernel\tinitializer ones -> left as it is"]
    assert "a/kernel\tinitializer ones -> lend(x)" in texts(filled, lent)
    assert "a/kernel\tinitializer left as it is -> lend(x)" in texts(kept, lent)
