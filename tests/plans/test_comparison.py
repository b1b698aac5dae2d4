"""Two plans are compared field by field, and renamed layers are recognised."""

from __future__ import annotations

import pytest

from declinit.layers.fans import FanAxes
from declinit.plans.comparison import Difference, compare
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve
from declinit.policy.spec import Spec


def kernel(prefix: str, units: int = 2, **facts) -> VariableInfo:
    """The kernel of a Dense layer."""
    usual = {"dtype": "float32", "layer": "Dense"}
    axes = FanAxes((0,), (1,))
    return VariableInfo(path=f"{prefix}/kernel", shape=(8, units), axes=axes, **{**usual, **facts})


def bias(layer: str, units: int = 2) -> VariableInfo:
    """The bias of a Dense layer."""
    facts = {"dtype": "float32", "layer": "Dense"}
    return VariableInfo(path=f"{layer}/bias", shape=(units,), axes=None, **facts)


def dense(*layers: str, units: int = 2) -> list[VariableInfo]:
    """Dense layers of one size."""
    return [make(layer, units) for layer in layers for make in (kernel, bias)]


def plan_of(variables, initializer="zeros", **settings) -> Plan:
    """One rule for everything."""
    rules = [{"id": "all", "match": "**", "initializer": initializer}]
    spec = Spec.from_config({"declinit": 1, "seed": 0, "rules": rules, **settings})
    return resolve(spec, tuple(variables))


def renamed(before: list[VariableInfo], after: list[VariableInfo]) -> dict[str, str | None]:
    """New paths by old ones; None for variables that are gone."""
    differences = compare(plan_of(before), plan_of(after))
    return {one.before: one.after for one in differences if one.field == "path" and one.before}


def layers_renamed(before: list[VariableInfo], after: list[VariableInfo]) -> dict[str, str]:
    """New layers by old ones, where every variable went with its layer."""
    pairs = {
        (old.rpartition("/")[0], new.rpartition("/")[0])
        for old, new in renamed(before, after).items()
        if new is not None
    }
    return dict(pairs)


def test_a_plan_does_not_differ_from_itself():
    assert compare(plan_of(dense("a", "b")), plan_of(dense("a", "b"))) == ()


def test_a_field_that_repeats_another_is_no_second_difference():
    old, new = plan_of([kernel("a")]), plan_of([kernel("a", units=3)], initializer="ones")
    assert compare(old, new) == (
        Difference("a/kernel", "shape", [8, 2], [8, 3], "all"),
        Difference("a/kernel", "initializer", "zeros", "ones", "all"),
    )


def test_a_seed_is_a_field_of_its_own():
    old, new = (plan_of([kernel("a")], "he_normal", seed=seed) for seed in (0, 1))
    seeds = [plan["a/kernel"].seed for plan in (old, new)]
    assert compare(old, new) == (
        Difference(None, "seed", 0, 1),
        Difference("a/kernel", "seed", *seeds, "all"),
    )


def test_a_parameter_of_an_initializer_is_a_difference():
    old, new = (
        plan_of([kernel("a")], {"name": "random_normal", "stddev": stddev}) for stddev in (1, 2)
    )
    (difference,) = compare(old, new)
    assert (difference.field, difference.before["stddev"], difference.after["stddev"]) == (
        "initializer",
        1,
        2,
    )


def test_settings_come_first_and_new_variables_last():
    old, new = plan_of(dense("a")), plan_of([*dense("a"), kernel("z", 5)], fans="keras")
    assert compare(old, new) == (
        Difference(None, "fans", "layer", "keras"),
        Difference("z/kernel", "path", None, "z/kernel", "all"),
    )


RENAMES = [
    # (layers before, layers after, new names by old ones)
    (["a"], ["b"], {"a": "b"}),
    (["a", "kept"], ["b", "kept"], {"a": "b"}),
    (["a"], ["encoder/a"], {"a": "encoder/a"}),
    (["encoder/a"], ["a"], {"encoder/a": "a"}),
    (["block_0/up", "block_0/down"], ["stage/up", "stage/down"], None),
    (["b0/up", "b0/down", "b1/up", "b1/down"], ["s0/up", "s0/down", "s1/up", "s1/down"], None),
    (["x/a", "x/b"], ["y/b", "y/a"], {"x/a": "y/a", "x/b": "y/b"}),
    (["a", "b"], ["c", "d"], {"a": "c", "b": "d"}),
    (["a", "b"], ["c"], {}),
    (["a"], ["c", "d"], {}),
    (["a"], ["a", "b"], {}),
]


@pytest.mark.parametrize(("before", "after", "expected"), RENAMES)
def test_a_layer_is_renamed_if_one_like_it_came_for_each_that_went(before, after, expected):
    if expected is None:  # whole blocks keep the order of their layers
        expected = dict(zip(before, after, strict=True))
    assert layers_renamed(dense(*before), dense(*after)) == expected


@pytest.mark.parametrize(
    "after",
    [
        dense("b", units=3),
        [kernel("b")],
        [kernel("b", dtype="float16"), bias("b")],
        [kernel("b", layer="EinsumDense"), bias("b")],
    ],
    ids=["shape", "siblings", "dtype", "class"],
)
def test_a_layer_of_another_kind_is_not_a_renamed_one(after):
    assert renamed(dense("a"), after) == {"a/kernel": None, "a/bias": None}


def test_a_variable_without_a_layer_is_not_taken_for_another():
    before, after = (
        [VariableInfo(path=path, shape=(2,), dtype="float32")] for path in ("one", "two")
    )
    assert renamed(before, after) == {"one": None}


def test_a_renamed_variable_is_compared_under_its_new_name():
    old, new = plan_of(dense("a")), plan_of(dense("b"), initializer="ones")
    assert compare(old, new)[:2] == (
        Difference("a/kernel", "path", "a/kernel", "b/kernel", "all"),
        Difference("a/kernel", "initializer", "zeros", "ones", "all"),
    )


def test_a_thousand_renamed_layers_are_recognised():
    before, after = (
        dense(*(f"{name}/block_{number}/dense" for number in range(1000))) for name in "ab"
    )
    assert len(layers_renamed(before, after)) == 1000
