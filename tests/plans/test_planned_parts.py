"""Parts of variables in a plan: where they lie, what fills them, and what is refused."""

from __future__ import annotations

import copy
import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from declinit.documents import parse
from declinit.errors import ResolveError, SpecError
from declinit.kinds.distributions import Distribution
from declinit.kinds.rows import BUILTIN
from declinit.layers.fans import FanAxes, keras_fans
from declinit.layers.parts import FilledPart, NamedParts
from declinit.plans.comparison import compare
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve
from declinit.policy.actions import InitializerConfig
from declinit.policy.spec import Spec
from declinit.render.formats.text import layout_text
from declinit.render.layouts.plans import explanation_layout, plan_layout
from declinit.render.style import Style

LSTM_GATES = NamedParts(("input", "forget", "cell", "output"))
FORGET_ONES = (FilledPart("forget", "ones"),)
NORMAL = {"name": "random_normal"}


def variable(path="d/kernel", shape=(8, 6), axes=FanAxes((0,), (1,)), **facts):  # noqa: B008
    usual = {"dtype": "float32", "layer": "Dense"}
    return VariableInfo(path=path, shape=shape, axes=axes, **{**usual, **facts})


def lstm_bias(filled=FORGET_ONES, shape=(8,)):
    gates = LSTM_GATES.of(shape)
    return variable("l/bias", shape, None, layer="LSTMCell", parts=gates, filled=filled)


def lstm_kernel():
    axes = FanAxes((0,), (1,), divisor=4)
    return variable("l/kernel", (5, 8), axes, layer="LSTMCell", parts=LSTM_GATES.of((5, 8)))


QKV = variable("qkv/kernel", (8, 24))


def at(text, initializer=NORMAL):
    return {"at": text, "initializer": initializer}


def gate(name, initializer=NORMAL):
    return {"gate": name, "initializer": initializer}


def spec(*parts, initializer="zeros", match="**", settings=(), **rest) -> Spec:
    rule = {"match": match, "initializer": initializer, **rest}
    rule |= {"parts": list(parts)} if parts else {}
    return Spec.from_config({"declinit": 1, "seed": 3, "rules": [rule], **dict(settings)}, BUILTIN)


def filled(info, *parts, **rest):
    """What each part of a variable receives, by its name, and the bounds of each."""
    action = resolve(spec(*parts, **rest), (info,))[info.path].action
    return {part.name: part for part in action.parts}


def faults(info, *parts, **rest) -> list[str]:
    with pytest.raises(ResolveError) as caught:
        resolve(spec(*parts, **rest), (info,))
    return [problem.headline for problem in caught.value.problems]


# Where they lie

PLACES = [
    (variable(), at("0"), "[0]", [[0, 1], [0, 6]]),
    (variable(), at(-1), "[7]", [[7, 8], [0, 6]]),
    (variable(), at("..., :4"), "[:, 0:4]", [[0, 8], [0, 4]]),
    (variable(), at("1::3, 2"), "[1:8:3, 2]", [[1, 8, 3], [2, 3]]),
    (variable(shape=(), axes=None), at("..."), "[...]", []),
    (lstm_kernel(), gate("forget"), "forget", [[0, 5], [2, 4]]),
    (lstm_bias(), gate("output"), "output", [[6, 8]]),
]


@pytest.mark.parametrize(("info", "part", "name", "bounds"), PLACES)
def test_a_part_of_a_rule_is_a_box_of_a_variable(info, part, name, bounds):
    found = filled(replace(info, filled=()), part)
    assert {name: one.at.to_value() for name, one in found.items()} == {name: bounds}


REFUSED = [
    (variable(), [at("8")], ["DI330 part [8]: it lies outside of shape 8x6, whose axis 0 has size 8"]),
    (variable(), [at("0, 0, 0")], ["DI330 part [0, 0, 0]: 3 indices for shape 8x6 of rank 2"]),
    (variable(), [at("3:3")], ["DI331 part [3:3]: no element of shape 8x6 is in it, along axis 0"]),
    (
        variable(),
        [at("0"), at("..., 1"), at("2")],
        ["DI332 part [..., 1]: it overlaps part [0], which leaves a choice of values",
         "DI332 part [2]: it overlaps part [..., 1], which leaves a choice of values"],
    ),
    (
        lstm_kernel(),
        [gate("forget"), at("..., 3")],
        ["DI332 part [..., 3]: it overlaps part forget, which leaves a choice of values"],
    ),
    (
        lstm_kernel(),
        [gate("forgot"), gate("zzz")],
        ["DI333 part forgot: 'LSTMCell' has no such gate; did you mean 'forget'?",
         "DI333 part zzz: 'LSTMCell' has no such gate; its gates are input, forget, cell, output"],
    ),
    (
        variable(),
        [gate("forget")],
        ["DI333 part forget: a variable of 'Dense' of shape 8x6 has no gates; "
         "say which elements with `at`"],
    ),
    (
        lstm_bias(),
        [at("3:5")],
        ["DI332 part [3:5]: it has some elements of 'forget', which the layer fills with ones, "
         "but not all; give `gate: forget` a part of its own"],
    ),
    (
        variable(shape=(6,), axes=None),
        [at("0", "orthogonal"), at("1", "he_normal"), at("2", {"name": "random_normal", "stddev": "fan_in"})],
        ["DI308 part [0]: orthogonal cannot fill shape 1, it needs rank 2 or more",
         "DI309 part [1]: he_normal scales by fans, but there are none to count; give it a fixed "
         "stddev, input_axes and output_axes, or `fans: keras`",
         "DI326 part [2]: formula 'fan_in': a variable of 'Dense' has no fan_in; use dim(), or "
         "`layer.fan_in` for a bias"],
    ),
    (
        variable(),
        [at("0", {"name": "random_normal", "stddev": "1 - dim(0) - dim(1)"})],
        ["DI205 part [0]: formula '1 - dim(0) - dim(1)' for `stddev`: expected at least 0, received -6.0"],
    ),
    (
        variable(dtype="int8"),
        [at("0", "ones")],
        ["DI307 zeros cannot fill a variable of dtype int8; leave quantized and integer variables "
         "out with `exclude`",
         "DI307 part [0]: ones cannot fill a variable of dtype int8; leave quantized and integer "
         "variables out with `exclude`"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("info", "parts", "expected"), REFUSED)
def test_a_part_that_does_not_fit_is_refused_and_named(info, parts, expected):
    """All at once, each at its own place in the spec."""
    with pytest.raises(ResolveError) as caught:
        resolve(spec(*parts), (info,))
    found = [f"{p.code} {replace(p, where=None).headline}" for p in caught.value.problems]
    ends = [f"{one.partition('; ')[0]}: {info.path}" for one in expected]
    hints = [one.partition("; ")[2] for one in expected]
    assert found == [
        f"{code_and_message}{'; ' + hint if hint else ''} [{code_and_message[:5]}]"
        for code_and_message, hint in zip(ends, hints, strict=True)
    ]


def test_a_fault_of_a_part_points_at_the_part():
    assert faults(variable(), at("0"), at("9")) == [
        "rules[0].parts[1]: part [9]: it lies outside of shape 8x6, whose axis 0 has size 8: "
        "d/kernel [DI330]"
    ]


def test_variables_with_the_same_fault_are_told_together():
    with pytest.raises(ResolveError) as caught:
        resolve(
            spec(at("9")), (variable("a/kernel"), variable("b/kernel"), variable(shape=(10, 1)))
        )
    assert [replace(p, where=None).headline for p in caught.value.problems] == [
        "part [9]: it lies outside of shape 8x6, whose axis 0 has size 8: a/kernel, b/kernel [DI330]"
    ]


def test_steps_that_pass_each_other_by_do_not_overlap():
    assert set(filled(variable(), at("::2"), at("1::2"))) == {"[0:7:2]", "[1:8:2]"}


# What fills them


def test_glorot_of_the_q_of_a_fused_qkv_is_glorot_of_a_separate_q():
    """A part has the fans of the kernel that it would be elsewhere."""
    part = filled(QKV, at("..., :8", "glorot_uniform"), initializer="glorot_uniform")["[:, 0:8]"]
    assert (part.initializer.name, "scale" in part.initializer.params) == ("glorot_uniform", False)
    assert keras_fans(part.at.shape) == (8, 8)
    values = Plan.build(resolve(spec(at("..., :8", "glorot_uniform")), (QKV,)), QKV.path)
    limit = math.sqrt(6 / (8 + 8))
    q = np.asarray(values((8, 24)))[:, :8]
    assert 0.9 * limit < np.abs(q).max() <= limit


def test_a_gate_has_the_fans_of_one_gate():
    part = filled(lstm_kernel(), gate("cell", "glorot_normal"), initializer="ones")["cell"]
    # A kernel of 5 inputs and 2 units, as Keras counts its shape: nothing is to be corrected.
    assert part.initializer.name == "glorot_normal"
    assert keras_fans(part.at.shape) == (5, 2)


FORMULAS = [
    ("1 / sqrt(fan_in)", 1 / math.sqrt(8)),
    ("fan_out", 4),
    ("dim(-1)", 4),
    ("dim(0)", 8),
    ('size("b3/kernel", -1)', 6),
    ("layer.fan_out", 6),
    ("base / sqrt(2 * count(l)) + index(l) + l", 0.5 / math.sqrt(2) + 3),
]


@pytest.mark.parametrize(("formula", "value"), FORMULAS)
def test_a_formula_of_a_part_speaks_of_the_part(formula, value):
    """`size` and `layer` speak of whole variables."""
    part = at("..., 2:", {"name": "random_normal", "stddev": formula})
    settings = {"constants": {"base": 0.5}}
    found = filled(variable("b3/kernel"), part, match="b{l}/kernel", settings=settings)
    assert found["[:, 2:6]"].initializer.params["stddev"] == pytest.approx(value, rel=1e-15)


def test_an_unknown_name_in_the_formula_of_a_part_is_found_without_a_model():
    with pytest.raises(SpecError) as caught:
        spec(at("0", {"name": "random_normal", "stddev": "1 / fan_inn"}))
    (problem,) = caught.value.problems
    assert problem.headline == (
        "rules[0].parts[0].initializer.stddev: formula '1 / fan_inn': unknown name 'fan_inn'; "
        "did you mean 'fan_in'? [DI232]"
    )


EXPECTED = [
    ("zeros", [at("0", "zeros")], Distribution.constant(0.0)),
    ("zeros", [at("0", "ones")], None),
    ("zeros", [at("0", "zeros"), at("1", NORMAL)], None),
    ("orthogonal", [at("0", "orthogonal")], None),
]


@pytest.mark.parametrize(("initializer", "parts", "expected"), EXPECTED)
def test_a_variable_has_one_distribution_if_all_its_parts_share_it(initializer, parts, expected):
    plan = resolve(spec(*parts, initializer=initializer), (variable(),))
    assert plan["d/kernel"].expected == expected


LAYERS_OWN = [
    ([], {"forget": "ones"}),
    ([gate("forget", {"name": "constant", "value": 2})], {"forget": "constant(value=2)"}),
    ([gate("input", "ones")], {"input": "ones", "forget": "ones"}),
    ([at("2:4", "zeros")], {"[2:4]": "zeros"}),
    ([at("...", "zeros")], {"[...]": "zeros"}),
    ([at("1:7", "zeros")], {"[1:7]": "zeros"}),
]


@pytest.mark.parametrize(("parts", "expected"), LAYERS_OWN)
def test_a_part_that_covers_what_the_layer_fills_replaces_it(parts, expected):
    """An LSTM goes on filling its forget gate with ones, unless a rule says otherwise."""
    found = filled(lstm_bias(), *parts)
    assert {name: str(part.initializer) for name, part in found.items()} == expected


def test_a_rule_is_taken_whole_so_that_a_later_one_drops_the_parts():
    first = {"match": "**", "initializer": "zeros", "parts": [at("0")]}
    config = {"declinit": 1, "seed": 3, "rules": [first, {"match": "d/*", "initializer": "ones"}]}
    plan = resolve(Spec.from_config(config, BUILTIN), (variable(), variable("e/kernel")))
    assert [len(one.action.parts) for one in plan.values()] == [0, 1]


# Seeds


def seeds(info, *parts, **rest) -> dict[str, int]:
    found = filled(info, *parts, **rest)
    return {str(part.at.to_value()): part.initializer.params["seed"] for part in found.values()}


def test_the_seed_of_a_part_hangs_on_its_elements_alone():
    """Not on other parts, their order, or the way that it is written."""
    alone = seeds(variable(), at("0"))
    assert seeds(variable(), at("2"), at("0:1, ..."), at("1")).items() >= alone.items()
    assert seeds(variable(), at("-8")) == alone
    kernel = lstm_kernel()
    assert seeds(kernel, gate("forget")) == seeds(kernel, at("..., 2:4"))
    assert len(set(seeds(variable(), *map(at, range(8))).values())) == 8


def test_parts_of_equal_place_in_two_variables_have_different_seeds():
    plan = resolve(spec(at("0"), initializer=NORMAL), (variable("a/k"), variable("b/k")))
    every = {one.seed for one in plan.values()}
    every |= {part.initializer.params["seed"] for one in plan.values() for part in one.action.parts}
    assert len(every) == 4


def test_a_renamed_layer_keeps_the_seeds_of_its_parts():
    moved = {"moved": [{"from": "old", "to": "d"}]}
    assert seeds(variable(), at("0"), settings=moved) == seeds(variable("old/kernel"), at("0"))
    assert seeds(variable(), at("0"), seed=9) != seeds(variable(), at("0"))


def test_a_seed_that_a_part_gives_itself_is_used_and_warned_of_where_it_is_not_alone():
    part = at("0", {"name": "random_normal", "seed": 5})
    plan = resolve(spec(part, initializer={"name": "random_normal", "seed": 5}), (variable(),))
    assert [replace(problem, where=None).headline for problem in plan.problems] == [
        "warning: seed 5 gives 2 variables the same random numbers: d/kernel, d/kernel [0]; "
        "leave the seed out to derive one for each [DI313]"
    ]


# Documents


def rich() -> Spec:
    return spec(
        at("1::3", {"name": "random_normal", "stddev": "1 / fan_in"}),
        at("0", "zeros"),
        initializer="glorot_uniform",
    )


def test_a_spec_with_parts_survives_being_written_pickled_and_hashed():
    policy = rich()
    again = Spec.from_config(policy.get_config(), BUILTIN)
    assert policy.get_config()["rules"][0]["parts"] == [
        {"at": "1::3", "initializer": {"name": "random_normal", "stddev": "1 / fan_in"}},
        {"at": "0", "initializer": "zeros"},
    ]
    assert again == policy == pickle.loads(pickle.dumps(policy)) == copy.deepcopy(policy)
    assert hash(again) == hash(policy)
    assert again.digest == policy.digest
    assert spec(at("0")) != spec(at("1"))
    assert spec(at(0)) == spec(at("0"))


@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_a_plan_with_parts_survives_being_written_and_read(generator):
    plan = resolve(replace(rich(), generator=generator), (variable(),))
    again = Plan.from_node(parse(plan.to_json(), "plan.json", "json"), BUILTIN)
    assert again == plan
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert [part["at"] for part in plan.to_dict()["variables"][0]["parts"]] == [
        [[0, 1], [0, 6]],
        [[1, 8, 3], [0, 6]],
    ]


BY_HAND = [
    ([[0, 9], [0, 6]], "variables[0].parts[0].at: part '[0]' lies outside of shape 8x6 [DI330]"),
    ([[0, 1]], "variables[0].parts[0].at: part '[0]' lies outside of shape 8x6 [DI330]"),
    ([[4, 1], [0, 6]], "variables[0].parts[0].at: part '[0]' lies outside of shape 8x6 [DI330]"),
    ([[0, 8, 0], [0, 6]], "variables[0].parts[0].at: part '[0]' lies outside of shape 8x6 [DI330]"),
    (
        [[0, 8, 1, 1], [0, 6]],
        "variables[0].parts[0].at[0]: expected a length of at most 3, received [0, 8, 1, 1] [DI205]",
    ),
]


@pytest.mark.parametrize(("bounds", "headline"), BY_HAND)
def test_a_plan_whose_parts_were_changed_by_hand_is_refused(bounds, headline):
    from declinit.documents import node_of
    from declinit.errors import Source

    data = json.loads(resolve(rich(), (variable(),)).to_json())
    data["variables"][0]["parts"][0]["at"] = bounds
    with pytest.raises(SpecError) as caught:
        Plan.from_node(node_of(data, Source("plan.json", "")), BUILTIN)
    assert [problem.headline for problem in caught.value.problems] == [headline]


def differences(old: Spec, new: Spec, info=None) -> list[tuple]:
    plans = [resolve(one, (info or variable(),)) for one in (old, new)]
    return [(one.field, one.before, one.after) for one in compare(*plans)]


def test_a_change_of_parts_is_a_difference_and_another_spelling_is_none():
    assert differences(spec(at("0")), spec(at("0:1, :"))) == []
    assert differences(spec(at("0"), at("1")), spec(at("1"), at("0"))) == []
    assert differences(spec(gate("forget")), spec(at("..., 2:4")), lstm_kernel()) == []
    row = {"at": [[0, 1], [0, 6]], "initializer": "ones"}
    assert differences(spec(at("0", "ones")), spec()) == [("parts", [row], None)]
    other = {"at": [[1, 2], [0, 6]], "initializer": "ones"}
    assert differences(spec(at("0", "ones")), spec(at("1", "ones"))) == [("parts", [row], [other])]


def test_another_root_seed_is_one_difference_of_a_variable_with_parts():
    policy = spec(at("0"), initializer=NORMAL)
    fields = [one[0] for one in differences(policy, replace(policy, seed=4))]
    assert fields == ["seed", "seed"]
    # A part that draws in a variable that does not has no other place to show it.
    policy = spec(at("0"))
    assert [one[0] for one in differences(policy, replace(policy, seed=4))] == ["seed", "parts"]


def test_plan_and_explain_show_parts():
    plan = resolve(spec(at("0", "ones"), gate("forget"), match="l/*"), (lstm_bias(()),))
    said = "zeros; [0]: ones; forget: random_normal"
    assert plan["l/bias"].rule.says == said
    seed = plan["l/bias"].action.parts[1].initializer.params["seed"]
    parts = f"zeros; [0]: ones; forget: random_normal(seed={seed})"
    assert parts in layout_text(plan_layout(plan, detailed=True), Style())
    assert parts in layout_text(explanation_layout(plan.values()), Style())


def test_a_users_own_initializer_fills_a_part():
    from declinit.kinds.implementations import for_every_generator
    from declinit.kinds.registry import Kind

    kind = Kind(
        name="mine",
        summary="",
        implementations=for_every_generator(f"{__name__}:shape_and_seed"),
        parameters={"depth": {"type": "number"}, "seed": {}},
    )
    registry = BUILTIN.with_kinds(kind)
    rule = {"match": "**", "initializer": "zeros"}
    rule["parts"] = [at("1:3", {"name": "mine", "depth": "fan_in"})]
    config = {"declinit": 1, "seed": 3, "rules": [rule]}
    plan = resolve(Spec.from_config(config, registry), (variable(),))
    (part,) = plan["d/kernel"].action.parts
    assert part.initializer == InitializerConfig(
        "mine", {"depth": 2.0, "seed": part.initializer.params["seed"]}
    )


def shape_and_seed(depth, seed):
    return depth, seed
