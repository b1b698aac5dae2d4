"""A spec and an inventory make a plan, or one error that holds every fault; no model is needed."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declinit.documents import parse
from declinit.errors import ResolveError
from declinit.kinds.distributions import Distribution
from declinit.kinds.implementations import for_every_generator
from declinit.kinds.registry import Kind
from declinit.kinds.rows import BUILTIN
from declinit.layers.fans import FanAxes, Fans
from declinit.layers.parts import FilledPart, NamedParts
from declinit.layers.regions import Region
from declinit.plans import near_misses
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve
from declinit.policy.actions import Fill, InitializerConfig, PartFill
from declinit.policy.spec import Spec
from declinit.seeds import derive_seed

DENSE = FanAxes((0,), (1,))
LSTM_GATES = NamedParts(("input", "forget", "cell", "output")).of((8,))


def variable(path="dense/kernel", shape=(8, 2), axes=DENSE, **facts):
    """A kernel of a Dense layer, unless said otherwise."""
    usual = {"dtype": "float32", "layer": "Dense", "enclosing_classes": ("Dense", "Layer")}
    return VariableInfo(path=path, shape=shape, axes=axes, **{**usual, **facts})


def bias(path="dense/bias", **facts):
    return variable(path, (2,), None, **facts)


def spec(*rules, registry=BUILTIN, **settings):
    """A spec of `(pattern, initializer)` pairs or whole rules; seed 0."""
    entries = [
        rule if isinstance(rule, dict) else {"match": rule[0], "initializer": rule[1]}
        for rule in rules
    ]
    return Spec.from_config({"declinit": 1, "seed": 0, "rules": entries, **settings}, registry)


def plan_of(*variables, rules=(("**", "zeros"),), **settings):
    return resolve(spec(*rules, **settings), variables)


def warnings(plan) -> list[str]:
    return [replace(problem, where=None).headline for problem in plan.problems]


def faults(*variables, rules, **settings) -> list[str]:
    """The headlines of the error that resolving raises."""
    with pytest.raises(ResolveError) as caught:
        plan_of(*variables, rules=rules, **settings)
    return [replace(problem, where=None).headline for problem in caught.value.problems]


def match(pattern, initializer="zeros", **options):
    body = {"keep": True} if initializer == "keep" else {"initializer": initializer}
    return {"match": pattern, **body, **options}


# Precedence


def test_the_last_matching_rule_wins_whole():
    plan = plan_of(
        variable(),
        rules=[
            match("**", {"name": "random_normal", "stddev": 2, "mean": 1}, seed=5),
            match("**/kernel", {"name": "random_normal", "stddev": 3}, id="own"),
        ],
    )
    assignment = plan["dense/kernel"]
    assert assignment.rule.label == "own"
    assert [rule.label for rule in assignment.beaten] == ["rules[0]"]
    seed = derive_seed(0, "dense/kernel")
    assert assignment.initializer == InitializerConfig("random_normal", {"stddev": 3, "seed": seed})
    assert warnings(plan) == [
        "warning: rule 'rules[0]' decides nothing: every variable it matches goes to "
        "later rule 'own' [DI303]"
    ]


def test_a_variable_is_matched_by_its_aliases_too():
    plan = plan_of(variable(aliases=("model/d/kernel",)), rules=[("model/**", "ones")])
    assert plan["dense/kernel"].initializer == InitializerConfig("ones")


def test_exclude_and_layer_narrow_a_rule():
    inventory = [
        variable("a/kernel"),
        variable("b/kernel"),
        variable("c/kernel", layer="Conv2D", enclosing_classes=("Conv2D", "BaseConv")),
    ]
    rules = [("**", "zeros"), match("**", "ones", exclude="b/*", layer=["Dense", "LSTM"])]
    plan = plan_of(*inventory, rules=rules)
    assert [one.initializer.name for one in plan.values()] == ["ones", "zeros", "zeros"]


def test_a_rule_for_a_layer_takes_its_bases_and_the_layers_inside_it():
    inside = variable(enclosing_classes=("Dense", "Layer", "Encoder"))
    for name in ("Dense", "Layer", "Encoder"):
        plan = plan_of(inside, rules=[match("**", "ones", layer=name)])
        assert plan["dense/kernel"].initializer.name == "ones"


def test_a_variable_that_is_kept_receives_nothing():
    plan = plan_of(variable(), rules=[match("**", "keep")])
    assert plan["dense/kernel"].initializer is None
    assert plan["dense/kernel"].rule.label == "rules[0]"
    assert plan.build("dense/kernel") is None


STATE = {"trainable": False, "axes": None, "shape": (2,)}


@pytest.mark.parametrize(
    ("pattern", "touched"),
    [
        ("**", False),
        ("bn/*", False),
        ("bn/**", False),
        ("**/moving_mean", True),
        ("**/moving_*", True),
        ("bn/moving_mean", True),
    ],
)
def test_state_is_touched_only_by_a_pattern_that_names_it(pattern, touched):
    inventory = [variable("bn/gamma"), variable("bn/moving_mean", **STATE)]
    plan = plan_of(*inventory, rules=[("**/gamma", "ones"), match(pattern, optional=True)])
    assert (plan["bn/moving_mean"].rule is not None) is touched


def test_the_state_of_seed_generators_is_no_part_of_a_plan():
    state = variable("dropout/seed_generator_state", seed_state=True, dtype="uint32", **STATE)
    plan = plan_of(variable(), state, rules=[("**", "zeros")])
    assert list(plan) == ["dense/kernel"]


NAMES = st.sampled_from(["kernel", "bias", "gamma"])
LAYERS = st.sampled_from(["a", "b", "c_0", "c_1"])
INVENTORIES = st.lists(st.tuples(LAYERS, NAMES), unique=True, max_size=8).map(
    lambda pairs: tuple(variable("/".join(pair)) for pair in pairs)
)
PATTERNS = st.sampled_from(["**", "a/*", "*/kernel", "c_{0..9}/*", "**/bias", "b/gamma", "?/k*"])
FITS = {
    "**": lambda layer, name: True,
    "a/*": lambda layer, name: layer == "a",
    "*/kernel": lambda layer, name: name == "kernel",
    "c_{0..9}/*": lambda layer, name: layer.startswith("c_"),
    "**/bias": lambda layer, name: name == "bias",
    "b/gamma": lambda layer, name: (layer, name) == ("b", "gamma"),
    "?/k*": lambda layer, name: len(layer) == 1 and name == "kernel",
}
LENIENT = {"unmatched": "allow", "unused": "allow", "shadowed": "allow"}


@settings(max_examples=200)
@given(st.lists(st.tuples(PATTERNS, st.none() | PATTERNS), max_size=6), INVENTORIES)
def test_the_winner_is_the_last_rule_that_fits(rules, inventory):
    """Equal to a reference with neither patterns nor cleverness."""
    entries = [match(p, exclude=[without] if without else []) for p, without in rules]
    plan = plan_of(*inventory, rules=entries, strict=LENIENT)
    for path, assignment in plan.items():
        names = path.split("/")
        fitting = [
            f"rules[{index}]"
            for index, (pattern, without) in enumerate(rules)
            if FITS[pattern](*names) and not (without and FITS[without](*names))
        ]
        winner = [assignment.rule] if assignment.rule else []
        assert [rule.label for rule in (*assignment.beaten, *winner)] == fitting
    won = [use.won for use in plan.rules]
    assert sum(won) == sum(1 for one in plan.values() if one.rule)


@given(st.permutations([("a", "kernel"), ("a", "bias"), ("b", "kernel"), ("c_1", "gamma")]))
def test_the_plan_of_a_variable_does_not_depend_on_the_order_of_the_inventory(pairs):
    inventory = [variable("/".join(pair)) for pair in pairs]
    rules = [("**", "he_normal"), ("a/**", "orthogonal"), ("**/gamma", "ones")]
    plan = plan_of(*inventory, rules=rules)
    usual = plan_of(*sorted(inventory, key=lambda info: info.path), rules=rules)
    assert list(plan) == [info.path for info in inventory]
    assert dict(plan) == dict(usual)


# Findings: whole messages

INVENTORY = tuple(variable(f"block_{n}/{name}") for n in range(3) for name in ("kernel", "bias"))
KEEP_ALL = match("**", "keep")


def finding(*rules, inventory=INVENTORY, **strict):
    """The one finding about some rules, as errors where nothing else is said."""
    try:
        plan = plan_of(*inventory, rules=rules, strict={"shadowed": "error", **strict})
    except ResolveError as error:
        found = error.problems
    else:
        found = plan.problems
    return [replace(problem, where=None).headline for problem in found]


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (
            2,
            "rule 'r' expects 2 variables but matches 3: "
            "block_0/kernel, block_1/kernel, block_2/kernel [DI305]",
        ),
        (
            {"min": 4},
            "rule 'r' expects at least 4 variables but matches 3: "
            "block_0/kernel, block_1/kernel, block_2/kernel [DI305]",
        ),
        (
            {"max": 1},
            "rule 'r' expects 0 to 1 variables but matches 3: "
            "block_0/kernel, block_1/kernel, block_2/kernel [DI305]",
        ),
        (3, None),
        ({"min": 1, "max": 3}, None),
    ],
)
def test_a_rule_must_match_as_many_variables_as_it_expects(expect, message):
    rule = match("*/kernel", id="r", expect=expect)
    assert finding(KEEP_ALL, rule) == ([message] if message else [])


def test_an_expectation_of_none_is_met_by_none():
    assert finding(KEEP_ALL, match("*/gamma", expect=0)) == []
    assert finding(KEEP_ALL, match("*/gamma", expect=1)) == [
        "rule 'rules[1]' expects 1 variable but matches 0 [DI305]"
    ]


def test_only_a_few_of_many_paths_are_listed():
    assert finding(match("**", "keep", expect=1)) == [
        "rule 'rules[0]' expects 1 variable but matches 6: "
        "block_0/kernel, block_0/bias, block_1/kernel and 3 more [DI305]"
    ]


UNUSED = "rule 'rules[1]' matches no variable"


@pytest.mark.parametrize(
    ("rule", "strict", "found"),
    [
        (match("gone/*"), {}, [f"{UNUSED} [DI302]"]),
        (match("gone/*"), {"unused": "warn"}, [f"warning: {UNUSED} [DI302]"]),
        (match("gone/*"), {"unused": "allow"}, []),
        (match("gone/*", optional=True), {}, []),
        (match("gone/*", inherited=True), {}, [f"warning: {UNUSED} [DI302]"]),
        (match("gone/*", inherited=True), {"unused": "allow"}, []),
    ],
)
def test_a_rule_that_matches_nothing_is_an_error_unless_allowed(rule, strict, found):
    assert finding(KEEP_ALL, rule, **strict) == found


FROZEN = (variable("bn/moving_mean", **STATE),)
SEED_STATE = (variable("drop/seed_generator_state", seed_state=True, **STATE),)


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (
            match("block_1/kernal"),
            "no path has a segment 'kernal'; did you mean 'kernel'?",
        ),
        (match("blok_1/kernel"), "no path has a segment 'blok_1'; did you mean 'block_1'?"),
        (match("xyz/qqqq"), None),
        (match("layer[0-9]"), "'[0-9]' is one digit; write '{0..12}' for a range of numbers"),
        (match("**", layer="Dens"), "no layer is a 'Dens'; did you mean 'Dense'?"),
        (match("**", layer="LSTM"), "its patterns match variables of Dense"),
        (
            match("bn/*"),
            "it covers non-trainable variables only, which must be named, as in '**/moving_mean'",
        ),
        (
            match("**/seed_generator_state"),
            "it names the state of a seed generator, which is never initialized",
        ),
    ],
)
def test_a_rule_that_matches_nothing_gets_a_hint_where_there_is_a_near_miss(rule, hint):
    inventory = (*INVENTORY, *FROZEN, *SEED_STATE)
    message = f"{UNUSED}; {hint}" if hint else UNUSED
    assert finding(KEEP_ALL, rule, inventory=inventory) == [f"{message} [DI302]"]


def test_near_misses_are_looked_for_in_the_first_rules_only(monkeypatch):
    monkeypatch.setattr(near_misses, "MOST_RULES", 2)
    hint = "no path has a segment 'kernal'; did you mean 'kernel'?"
    rules = [match("block_0/kernal", optional=True), *[match("block_1/kernal")] * 4]
    said = [f"rule 'rules[{index}]' matches no variable" for index in range(2, 6)]
    hinted = [f"{one}; {hint}" for one in said[:2]]
    assert finding(KEEP_ALL, *rules) == [f"{one} [DI302]" for one in (*hinted, *said[2:])]


def test_no_near_miss_is_looked_for_where_none_is_said(monkeypatch):
    def look(*_: object) -> None:
        raise AssertionError("looked for a near miss")

    monkeypatch.setattr(near_misses.NearMisses, "of", look)
    assert finding(KEEP_ALL, match("gone/*"), unused="allow") == []


HINT = "add a rule, with `keep: true` to leave them, or set strict.unmatched"


@pytest.mark.parametrize(
    ("pattern", "policy", "found"),
    [
        (
            "*/kernel",
            "error",
            [
                "no rule covers 3 trainable variables: "
                f"block_0/bias, block_1/bias, block_2/bias; {HINT} [DI301]"
            ],
        ),
        (
            "block_{0..1}/*",
            "warn",
            [
                "warning: no rule covers 2 trainable variables: "
                f"block_2/kernel, block_2/bias; {HINT} [DI301]"
            ],
        ),
        ("*/kernel", "allow", []),
    ],
)
def test_a_trainable_variable_that_no_rule_covers_is_an_error_unless_allowed(
    pattern, policy, found
):
    assert finding(match(pattern), unmatched=policy) == found


def test_state_that_no_rule_covers_is_left_alone_in_silence():
    plan = plan_of(variable(), *FROZEN, rules=[("**/kernel", "ones")])
    assert (plan["bn/moving_mean"].rule, warnings(plan)) == (None, [])


def test_a_rule_whose_every_match_is_lost_is_found():
    rules = [match("*/kernel", id="lost"), match("block_0/*", id="x"), match("block_{1..2}/*")]
    assert finding(*rules, shadowed="warn") == [
        "warning: rule 'lost' decides nothing: every variable it matches goes to "
        "later rule 'x', later rule 'rules[2]' [DI303]"
    ]
    assert finding(*rules, shadowed="allow") == []


def test_only_a_few_of_many_winners_are_listed():
    rules = [match("*/kernel", id="lost"), *(match(f"block_{i}/*", id=f"r{i}") for i in range(5))]
    kernels = [variable(f"block_{i}/kernel") for i in range(5)]
    assert finding(*rules, inventory=kernels, shadowed="warn") == [
        "warning: rule 'lost' decides nothing: every variable it matches goes to "
        "later rule 'r0', later rule 'r1', later rule 'r2' and 2 more [DI303]"
    ]


def test_a_variable_that_several_rules_match_is_found_where_that_is_refused():
    rules = [match("**", id="all"), match("block_0/*", id="first"), match("*/bias", id="bias")]
    assert finding(*rules) == []
    assert finding(*rules, overlap="error") == [
        "rules 'all', 'first' all match block_0/kernel [DI304]",
        "rules 'all', 'first', 'bias' all match block_0/bias [DI304]",
        "rules 'all', 'bias' all match block_1/bias, block_2/bias [DI304]",
    ]


def test_all_faults_are_raised_at_once_errors_first():
    rules = [match("a/*"), match("block_0/*", "he_normal"), match("*/kernel", expect=1)]
    kernels = (variable("block_0/kernel"), variable("block_1/kernel"))
    inventory = (*kernels, bias("block_0/bias"), bias("x/y"))
    assert faults(*inventory, rules=rules) == [
        "rule 'rules[0]' matches no variable [DI302]",
        "rule 'rules[2]' expects 1 variable but matches 2: block_0/kernel, block_1/kernel [DI305]",
        f"no rule covers 1 trainable variable: x/y; {HINT} [DI301]",
        "he_normal scales by fans, but there are none to count: block_0/bias; "
        "give it a fixed stddev, input_axes and output_axes, or `fans: keras` [DI309]",
    ]


# Seeds

DRAWN = [("**", {"name": "random_normal"})]


def seeds(plan):
    return {path: assignment.seed for path, assignment in plan.items()}


def test_every_variable_has_a_seed_of_its_own_derived_from_its_path():
    inventory = [variable(f"{layer}/kernel") for layer in "abc"]
    found = seeds(plan_of(*inventory, rules=DRAWN, seed=7))
    assert found == {path: derive_seed(7, path) for path in ("a/kernel", "b/kernel", "c/kernel")}


@given(st.lists(st.sampled_from("abcdef"), unique=True))
def test_other_variables_leave_a_seed_as_it_was(layers):
    inventory = [variable(f"{name}/kernel") for name in layers]
    found = seeds(plan_of(*inventory, rules=DRAWN, strict=LENIENT))
    assert found == {f"{name}/kernel": derive_seed(0, f"{name}/kernel") for name in layers}


def test_the_seed_of_a_rule_is_another_root_for_its_variables():
    rules = [*DRAWN, match("b/*", "random_uniform", seed=9)]
    found = seeds(plan_of(variable("a/k"), variable("b/k"), rules=rules))
    assert found == {"a/k": derive_seed(0, "a/k"), "b/k": derive_seed(9, "b/k")}


def test_a_spec_without_a_seed_draws_one_and_the_plan_says_it():
    one, other = (plan_of(variable(), rules=DRAWN, seed=None) for _ in range(2))
    assert one.seed != other.seed
    assert one["dense/kernel"].seed == derive_seed(one.seed, "dense/kernel")


def test_a_variable_that_is_not_drawn_has_no_seed():
    plan = plan_of(variable(), rules=[("**", "ones")])
    assert (plan["dense/kernel"].seed, plan["dense/kernel"].initializer.params) == (None, {})


def test_a_seed_in_an_initializer_is_used_as_it_is_and_warns_where_it_coincides():
    seeded = {"name": "random_normal", "seed": 7}
    alone = plan_of(variable(), rules=[("**", seeded)])
    assert (alone["dense/kernel"].seed, warnings(alone)) == (7, [])
    both = plan_of(variable("a/k"), variable("b/k"), rules=[("**", seeded)])
    assert seeds(both) == {"a/k": 7, "b/k": 7}
    assert warnings(both) == [
        "warning: seed 7 gives 2 variables the same random numbers: a/k, b/k; "
        "leave the seed out to derive one for each [DI313]"
    ]


def test_a_seed_of_null_is_derived():
    plan = plan_of(variable(), rules=[("**", {"name": "random_normal", "seed": None})])
    assert plan["dense/kernel"].seed == derive_seed(0, "dense/kernel")


def test_a_seed_generator_in_an_initializer_is_passed_on():
    config = {"class_name": "SeedGenerator", "config": {"seed": 3}}
    plan = plan_of(variable(), rules=[("**", {"name": "random_normal", "seed": config})])
    assignment = plan["dense/kernel"]
    assert (assignment.seed, assignment.initializer.params["seed"]) == (None, config)


def test_both_generators_derive_the_same_seed():
    plans = [plan_of(variable(), rules=DRAWN, generator=name) for name in ("keras", "portable")]
    assert [plan["dense/kernel"].seed for plan in plans] == [derive_seed(0, "dense/kernel")] * 2


def test_derived_seeds_that_coincide_are_a_warning():
    # The two paths were found by trying paths until two of them had one seed.
    plan = plan_of(variable("dense_41380/kernel"), variable("dense_45684/kernel"), rules=DRAWN)
    assert len(set(seeds(plan).values())) == 1
    assert warnings(plan) == [
        "warning: seed 389677077 gives 2 variables the same random numbers: dense_41380/kernel, dense_45684/kernel; "
        "choose another root seed [DI313]"
    ]


def test_a_seed_too_large_for_keras_is_an_error():
    rules = [("**", {"name": "random_normal", "seed": 2**31})]
    assert faults(variable(), rules=rules, generator="keras") == [
        "seed 2147483648 is too large for keras.random, which takes 31 bits: dense/kernel [DI314]"
    ]
    assert plan_of(variable(), rules=rules)["dense/kernel"].seed == 2**31
    rules = [("**", {"name": "random_normal", "seed": 2**31 - 1})]
    assert plan_of(variable(), rules=rules, generator="keras")["dense/kernel"].seed == 2**31 - 1


# Fans


def scaled(info, initializer="he_normal", **settings):
    return plan_of(info, rules=[("**", initializer)], **settings)[info.path]


CONV = ((3, 3, 4, 8), FanAxes((0, 1, 2), (0, 1, 3)))
EINSUM = ((8, 2, 4), FanAxes((0,), (1, 2)))


@pytest.mark.parametrize(
    ("shape", "axes", "fans", "given_axes"),
    [
        ((8, 2), DENSE, Fans(8, 2), None),
        (*CONV, Fans(36, 72), None),
        (*EINSUM, Fans(8, 8), ([0], [1, 2])),
        ((5, 7), FanAxes((1,), (0,)), Fans(7, 5), ([1], [0])),
        ((3, 3, 8, 1), FanAxes((0, 1), (0, 1, 3)), Fans(9, 9), ([0, 1], [0, 1, 3])),
        ((4, 4), FanAxes((1,), (0,)), Fans(4, 4), None),
    ],
)
def test_axes_are_passed_where_keras_would_count_other_fans(shape, axes, fans, given_axes):
    assignment = scaled(variable(shape=shape, axes=axes))
    params = assignment.initializer.params
    assert assignment.fans == fans
    assert assignment.initializer.name == "he_normal"
    passed = (params["input_axes"], params["output_axes"]) if "input_axes" in params else None
    assert passed == given_axes


def test_axes_are_passed_where_the_layer_passes_its_own_to_keras():
    info = variable(keras_axes=FanAxes((0,), (0, 1)))
    assert scaled(info).initializer.params["input_axes"] == [0]


GROUPED = variable(shape=(3, 3, 4, 8), axes=FanAxes((0, 1, 2), (0, 1, 3), divisor=2))
GATED = variable("lstm/kernel", shape=(6, 40), axes=FanAxes((0,), (1,), divisor=4))
FORMULAS = {
    "he_normal": lambda fans: 2 / fans.fan_in,
    "he_uniform": lambda fans: 2 / fans.fan_in,
    "lecun_normal": lambda fans: 1 / fans.fan_in,
    "glorot_normal": lambda fans: 2 / (fans.fan_in + fans.fan_out),
    "glorot_uniform": lambda fans: 2 / (fans.fan_in + fans.fan_out),
}
FAN_OUT = {"name": "variance_scaling", "scale": 3, "mode": "fan_out", "distribution": "uniform"}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("info", [variable(), GROUPED, GATED], ids=["dense", "groups", "gates"])
def test_the_stddev_is_that_of_the_formula(name, info):
    assignment = scaled(info, name)
    assert assignment.expected.stddev == pytest.approx(math.sqrt(FORMULAS[name](info.fans)))


@pytest.mark.parametrize("info", [variable(), GROUPED, GATED], ids=["dense", "groups", "gates"])
@pytest.mark.parametrize("initializer", [*FORMULAS, FAN_OUT], ids=str)
@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_the_object_that_is_built_scales_to_the_expected_law(info, initializer, generator):
    """Groups and gates, which axes cannot say, are in the scale."""
    plan = plan_of(info, rules=[("**", initializer)], generator=generator)
    built, assignment = plan.build(info.path), plan[info.path]
    axes = FanAxes(tuple(built.input_axes), tuple(built.output_axes)) if built.input_axes else None
    fans = axes.fans(info.shape) if axes else info.keras_fans
    units = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[built.mode]
    assert math.sqrt(built.scale / units) == pytest.approx(assignment.expected.stddev)


def test_fans_that_are_divided_turn_a_named_kind_into_variance_scaling():
    named = {"scale": 18 / 13, "mode": "fan_avg", "distribution": "truncated_normal"}
    info = variable(shape=(8, 28), axes=FanAxes((0,), (1,), divisor=4))
    config = scaled(info, "glorot_normal").initializer
    seed = derive_seed(0, info.path)
    assert (config.name, config.params) == (
        "variance_scaling",
        {**named, "scale": pytest.approx(36 / 15), "seed": seed},
    )
    assert scaled(info, "he_normal").initializer.name == "he_normal"  # its fan-in is whole


def test_a_plan_tells_how_far_keras_would_have_been_off():
    assignment = scaled(variable(shape=(8, 2, 4), axes=EINSUM[1]))
    assert (assignment.fans, assignment.keras_fans) == (Fans(8, 8), Fans(16, 32))
    assert assignment.stddev_over_keras == pytest.approx(math.sqrt(16 / 8))
    same = scaled(variable())
    assert (same.keras_fans, same.stddev_over_keras) == (None, None)


NO_FANS = (
    "he_normal scales by fans, but there are none to count: {}; "
    "give it a fixed stddev, input_axes and output_axes, or `fans: keras` [DI309]"
)


@pytest.mark.parametrize(
    "info", [bias(), variable("embedding/embeddings", (100, 8), None)], ids=lambda i: i.path
)
def test_a_variable_without_fans_cannot_be_scaled_by_them(info):
    assert faults(info, rules=[("**", "he_normal")]) == [NO_FANS.format(info.path)]


def test_fans_of_an_unknown_layer_are_guessed_with_a_warning():
    info = variable(shape=(2, 3, 4), layer="Mine", axes=FanAxes((0, 1), (0, 2), guessed=True))
    plan = plan_of(info, rules=[("**", "he_normal")])
    assert plan["dense/kernel"].fans == Fans(6, 8)
    assert warnings(plan) == [
        "warning: fans of 'Mine' are guessed from the shape, as Keras does: dense/kernel; "
        "give input_axes and output_axes [DI310]"
    ]


@pytest.mark.parametrize(
    ("info", "fans", "params"),
    [
        (bias(), Fans(2, 2), set()),
        (variable("e/embeddings", (100, 8), None), Fans(100, 8), set()),
        (variable(shape=(8, 2, 4), axes=EINSUM[1]), Fans(16, 32), set()),
        (GROUPED, Fans(36, 72), set()),
        (variable(keras_axes=FanAxes((1,), (0,))), Fans(2, 8), {"input_axes", "output_axes"}),
    ],
    ids=["bias", "embedding", "einsum", "groups", "keras_axes"],
)
def test_fans_keras_counts_as_keras_does(info, fans, params):
    assignment = scaled(info, fans="keras")
    assert (assignment.fans, assignment.keras_fans) == (fans, None)
    assert assignment.initializer.name == "he_normal"
    assert assignment.initializer.params.keys() - {"seed"} == params
    assert assignment.expected.stddev == pytest.approx(math.sqrt(2 / fans.fan_in))


def test_axes_in_a_rule_come_before_all_others():
    initializer = {"name": "he_normal", "input_axes": [-1], "output_axes": []}
    for setting in ("layer", "keras"):
        assignment = scaled(bias(), initializer, fans=setting)
        assert assignment.fans == Fans(2, 1)
        assert assignment.initializer.params["input_axes"] == [-1]


def test_an_axis_that_is_not_there_is_an_error():
    rules = [("**", {"name": "he_normal", "input_axes": [2], "output_axes": [-3]})]
    assert faults(variable(), rules=rules) == [
        "there is no axis 2 in shape 8x2: dense/kernel [DI311]"
    ]


# What an initializer can fill


@pytest.mark.parametrize("dtype", ["int8", "uint32", "bool", "float8_e4m3fn"])
def test_a_variable_that_holds_no_floats_cannot_be_filled(dtype):
    assert faults(variable(dtype=dtype), rules=[("**", "zeros")]) == [
        f"zeros cannot fill a variable of dtype {dtype}: dense/kernel; "
        "leave quantized and integer variables out with `exclude` [DI307]"
    ]


@pytest.mark.parametrize(
    ("name", "shape", "shown"),
    [
        ("identity", (2, 3, 4), "shape 2x3x4, it needs rank 2"),
        ("identity", (3,), "shape 3, it needs rank 2"),
        ("orthogonal", (3,), "shape 3, it needs rank 2 or more"),
        ("orthogonal", (), "shape (), it needs rank 2 or more"),
        ("stft", (2, 3), "shape 2x3, it needs rank 3"),
    ],
)
def test_a_shape_of_the_wrong_rank_cannot_be_filled(name, shape, shown):
    assert faults(variable(shape=shape), rules=[("**", name)]) == [
        f"{name} cannot fill {shown}: dense/kernel [DI308]"
    ]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_keras_own_orthogonal_has_no_half_types(dtype):
    rules = [("**", "orthogonal")]
    assert faults(variable(dtype=dtype), rules=rules, generator="keras") == [
        f"Keras' own orthogonal has no {dtype}: dense/kernel; use `generator: portable` [DI307]"
    ]
    assert plan_of(variable(dtype=dtype), rules=rules)["dense/kernel"].seed is not None


def test_equal_faults_of_several_variables_are_one():
    inventory = [bias(f"{name}/bias") for name in "abcde"]
    assert faults(*inventory, rules=[("**", "orthogonal")]) == [
        "orthogonal cannot fill shape 2, it needs rank 2 or more: "
        "a/bias, b/bias, c/bias and 2 more [DI308]"
    ]


def divide_by_zero():
    return 1 / 0


@pytest.mark.parametrize(
    ("initializer", "generator", "message"),
    [
        (
            {"name": "random_uniform", "minval": 0.1},
            "portable",
            "random_uniform(minval=0.1) cannot be built: "
            "minval must be below maxval, received minval=0.1 and maxval=0.05: dense/kernel [DI210]",
        ),
        (
            {"name": "orthogonal", "split": "gates"},
            "keras",
            'orthogonal(split="gates") cannot be built: '
            "generator 'keras' has no parameter 'split' for it: dense/kernel; "
            "use `generator: portable` [DI312]",
        ),
        (
            "Nobody>Mine",
            "portable",
            "Nobody>Mine cannot be built: nothing is registered with Keras as "
            "'Nobody>Mine': dense/kernel; import the module that registers it [DI312]",
        ),
        (
            "fails",
            "portable",
            "fails cannot be built: ZeroDivisionError: division by zero: dense/kernel [DI312]",
        ),
    ],
)
def test_an_initializer_that_cannot_be_built_is_said_once(initializer, generator, message):
    fails = Kind(
        name="fails",
        summary="",
        implementations=for_every_generator(f"{__name__}:divide_by_zero"),
        open=True,
    )
    registry = BUILTIN.with_kinds(fails)
    inventory = (variable(), variable("other/kernel"))
    found = faults(*inventory, rules=[("**", initializer)], generator=generator, registry=registry)
    assert found == [message]


def depth_and_seed(depth=1, seed=None):
    return depth, seed


def test_a_users_kind_gets_the_variables_seed_and_its_parameters():
    kind = Kind(
        name="mine",
        summary="",
        implementations=for_every_generator(f"{__name__}:depth_and_seed"),
        parameters={"depth": {}, "seed": {}},
    )
    rules = [("**", {"name": "mine", "depth": 3})]
    plan = plan_of(variable(), rules=rules, registry=BUILTIN.with_kinds(kind))
    assert plan.build("dense/kernel") == (3, derive_seed(0, "dense/kernel"))
    assert plan["dense/kernel"].expected is None


# The plan as a whole


def rich_plan(**settings):
    inventory = (
        variable("a/kernel", aliases=("m/a/kernel",)),
        GATED,
        variable("e/kernel", (8, 2, 4), EINSUM[1]),
        variable("a/bias", (8,), None, parts=LSTM_GATES, filled=(FilledPart("forget", "ones"),)),
        bias("b/bias"),
        *FROZEN,
    )
    rules = [
        match("**", "glorot_uniform", exclude="**/bias", id="all"),
        match("e/*", {"name": "random_normal", "stddev": 0.5, "seed": 2}),
        match("a/bias", {"name": "constant", "value": 1}),
        match("b/bias", "keep", note="why"),
    ]
    return plan_of(*inventory, rules=rules, **settings)


@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_a_plan_survives_being_written_and_read(generator):
    plan = rich_plan(generator=generator)
    assert Plan.from_node(parse(plan.to_json(), "plan.json", "json"), BUILTIN) == plan


def test_equal_inputs_give_a_plan_of_equal_bytes():
    assert rich_plan().to_json() == rich_plan().to_json()
    assert json.loads(rich_plan().to_json()) == rich_plan().to_dict()


def test_a_plan_counts_what_each_rule_matched_and_won():
    uses = {use.rule.label: (use.matched, use.won) for use in rich_plan().rules}
    assert uses == {"all": (3, 2), "rules[1]": (1, 1), "rules[2]": (1, 1), "rules[3]": (1, 1)}


def test_a_plan_is_a_mapping_in_model_order():
    plan = rich_plan()
    paths = "a/kernel lstm/kernel e/kernel a/bias b/bias bn/moving_mean"
    assert list(plan) == paths.split()
    assert (len(plan), "a/bias" in plan, "x" in plan) == (6, True, False)


def test_a_bias_whose_forget_gates_keras_fills_has_that_part_and_no_one_distribution():
    assignment = rich_plan()["a/bias"]
    forget = PartFill("forget", Region.of([(2, 4)]), InitializerConfig("ones"))
    assert assignment.action == Fill(InitializerConfig("constant", {"value": 1}), (forget,))
    assert assignment.expected is None


def test_a_plan_expects_the_law_of_each_element():
    assert rich_plan()["e/kernel"].expected == Distribution.normal(0.0, 0.5)
    constant = plan_of(bias(), rules=[("**", {"name": "constant", "value": 3})])
    assert constant["dense/bias"].expected == Distribution.constant(3.0)
    assert plan_of(variable(), rules=[("**", "orthogonal")])["dense/kernel"].expected is None
