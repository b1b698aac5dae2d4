"""Formulas of a policy, computed for each variable: what a plan holds, and what it refuses."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import declinit
from declinit.audits.audit import Audit
from declinit.documents import parse
from declinit.errors import ResolveError, SpecError
from declinit.kinds.extensions import registering
from declinit.kinds.rows import BUILTIN
from declinit.layers.fans import FanAxes
from declinit.plans.comparison import compare
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.plans.resolution import resolve
from declinit.policy.extending import load_document
from declinit.policy.spec import Spec

named = pytest.mark.parametrize
DENSE = FanAxes((0,), (1,))


def variable(path, shape=(8, 2), axes=DENSE, **facts):
    """A kernel of a Dense layer, unless said otherwise."""
    return VariableInfo(
        path=path, shape=shape, axes=axes, **{"dtype": "float32", "layer": "Dense", **facts}
    )


def bias(path, size=2, **facts):
    return variable(path, (size,), None, **facts)


def normal(stddev):
    return {"name": "random_normal", "stddev": stddev}


def spec(match, initializer, **settings):
    rules = [
        {"match": "**", "initializer": "zeros"},
        {"match": match, "initializer": initializer, "optional": True},
    ]
    return Spec.from_config({"declinit": 1, "seed": 0, "rules": rules, **settings})


def stddevs(infos, match, stddev, **settings):
    """The planned stddev of each variable that a rule with a formula decides."""
    plan = resolve(spec(match, normal(stddev), **settings), tuple(infos))
    return {
        path: one.initializer.params["stddev"]
        for path, one in plan.items()
        if one.initializer.name == "random_normal"
    }


def faults(infos, match, initializer, **settings):
    with pytest.raises(ResolveError) as caught:
        resolve(spec(match, initializer, **settings), tuple(infos))
    return [replace(problem, where=None).headline for problem in caught.value.problems]


BLOCKS = [variable(f"block_{n}/{part}/kernel") for n in (1, 2, 4) for part in ("up", "down")]
HEAD = [variable("head/kernel", (2, 5)), bias("head/bias", 5)]
EMBEDDING = variable("tokens/embeddings", (100, 16), None, layer="Embedding")
LSTM = [
    variable("lstm/cell/kernel", (3, 8), FanAxes((0,), (1,), divisor=4), layer="LSTMCell"),
    variable("lstm/cell/recurrent_kernel", (2, 8), FanAxes((0,), (1,), 4), layer="LSTMCell"),
    bias("lstm/cell/bias", 8, layer="LSTMCell"),
]
SEPARABLE = [
    variable("conv/depthwise_kernel", (3, 4, 2), FanAxes((0,), (2,)), layer="SeparableConv1D"),
    variable("conv/pointwise_kernel", (1, 8, 6), FanAxes((1,), (2,)), layer="SeparableConv1D"),
    bias("conv/bias", 6, layer="SeparableConv1D"),
]
EVERYTHING = [*BLOCKS, *HEAD, EMBEDDING, *LSTM, *SEPARABLE]

VALUES = {
    "the number that a pattern captures": (
        ("block_{l}/down/kernel", "0.5 * l"),
        {"block_1/down/kernel": 0.5, "block_2/down/kernel": 1.0, "block_4/down/kernel": 2.0},
    ),
    "how many values a capture takes": (
        ("block_{l}/down/kernel", "count(l)"),
        {"block_1/down/kernel": 3.0, "block_2/down/kernel": 3.0, "block_4/down/kernel": 3.0},
    ),
    "how many values it takes among all patterns of a rule": (
        (["block_{l}/down/kernel", "block_{l:2..4}/up/kernel"], "count(l) / l"),
        {
            "block_1/down/kernel": 3.0,
            "block_2/up/kernel": 1.5,
            "block_2/down/kernel": 1.5,
            "block_4/up/kernel": 0.75,
            "block_4/down/kernel": 0.75,
        },
    ),
    "a bound on the capture": (
        ("block_{l:2..9}/down/kernel", "count(l)"),
        {
            "block_2/down/kernel": 2.0,
            "block_4/down/kernel": 2.0,
        },
    ),
    "ranks from 0, whatever names count from": (
        ("block_{l}/up/kernel", "index(l)"),
        {"block_1/up/kernel": 0.0, "block_2/up/kernel": 1.0, "block_4/up/kernel": 2.0},
    ),
    "a count of texts": (
        ("block_1/{part:*}/kernel", "count(part)"),
        {"block_1/up/kernel": 2.0, "block_1/down/kernel": 2.0},
    ),
    "two captures": (
        ("b{x:*}_{l}/down/kernel", "count(x) + count(l)"),
        {f"block_{n}/down/kernel": 4.0 for n in (1, 2, 4)},
    ),
    "the fans of a kernel": (("head/kernel", "fan_in + 10 * fan_out"), {"head/kernel": 52.0}),
    "their mean": (("head/kernel", "fan_avg"), {"head/kernel": 3.5}),
    "the fans of the kernel beside a bias": (
        ("head/bias", "layer.fan_in + 10 * layer.fan_out"),
        {"head/bias": 52.0},
    ),
    "the kernel of a recurrent cell is not the recurrent one": (
        ("lstm/**", "layer.fan_in + 10 * layer.fan_out"),
        {f"lstm/cell/{name}": 23.0 for name in ("kernel", "recurrent_kernel", "bias")},
    ),
    "a dimension of the variable": (
        ("head/*", "dim(-1) + dim(0)"),
        {
            "head/kernel": 7.0,
            "head/bias": 10.0,
        },
    ),
    "a dimension of another variable": (
        ("head/bias", 'size("tokens/embeddings", -1)'),
        {"head/bias": 16.0},
    ),
    "a constant of constants": (("head/bias", "c"), {"head/bias": 0.3}),
    "pi": (("head/bias", "pi"), {"head/bias": math.pi}),
}


@named("case", VALUES)
def test_what_a_formula_comes_to(case):
    (match, stddev), expected = VALUES[case]
    constants = {"a": 0.1, "b": "2 * a", "c": "a + b"}
    assert stddevs(EVERYTHING, match, stddev, constants=constants) == expected


def test_a_dimension_of_a_group_is_that_of_all_its_variables():
    groups = {"down": "block_{l}/down/kernel", "emb": ["tokens/embeddings"], "none": []}
    found = stddevs(EVERYTHING, "head/bias", "size($down, 0) * size($emb, 1)", groups=groups)
    assert found == {"head/bias": 128.0}


def test_fans_are_counted_as_the_policy_says():
    assert stddevs(LSTM, "lstm/cell/kernel", "fan_out") == {"lstm/cell/kernel": 2.0}
    assert stddevs(LSTM, "lstm/cell/kernel", "fan_out", fans="keras") == {"lstm/cell/kernel": 8.0}
    assert stddevs(LSTM, "lstm/cell/bias", "layer.fan_out", fans="keras") == {"lstm/cell/bias": 8.0}
    assert stddevs(LSTM, "lstm/cell/bias", "fan_in", fans="keras") == {"lstm/cell/bias": 8.0}


def test_captures_are_of_the_path_where_it_fits_and_else_of_an_alias():
    infos = [
        variable("dense_1/kernel", aliases=("dense_12/kernel",)),
        variable("head/kernel", aliases=("dense_7/kernel",)),
    ]
    found = stddevs(infos, "dense_{l}/kernel", "l + 100 * count(l)")
    assert found == {"dense_1/kernel": 201.0, "head/kernel": 207.0}


def test_captures_are_of_the_first_pattern_that_fits():
    found = stddevs([variable("block_3/b_5/kernel")], ["block_*/b_{l}/kernel", "block_{l}/**"], "l")
    assert found == {"block_3/b_5/kernel": 5.0}


def test_variables_that_training_does_not_change_have_formulas_too():
    state = variable("block_3/mean", (2,), None, trainable=False)
    infos = [state, *HEAD]
    assert stddevs(infos, "block_{l}/mean", "l / dim(0)") == {"block_3/mean": 1.5}


def test_a_count_is_of_the_variables_that_the_rule_matches_even_where_another_wins():
    rules = [
        {"match": "block_{l}/**", "initializer": normal("count(l)")},
        {"match": "block_{1..2}/**", "initializer": "zeros"},
    ]
    plan = resolve(Spec.from_config({"declinit": 1, "seed": 0, "rules": rules}), tuple(BLOCKS))
    assert plan["block_4/up/kernel"].initializer.params["stddev"] == 3.0


def test_a_whole_number_is_an_integer_and_a_list_may_mix_formulas_and_numbers():
    infos = (variable("a/kernel", (3, 6, 12)), variable("b/kernel", (2, 3)))
    made = resolve(spec("a/kernel", {"name": "dirac", "groups": "dim(1) / 3"}), infos)
    groups = made["a/kernel"].initializer.params["groups"]
    assert (groups, type(groups)) == (2, int)
    value = ["log(1)", 7, "dim(1)"]
    made = resolve(spec("b/kernel", {"name": "constant", "value": value}), infos)
    assert made["b/kernel"].initializer.params["value"] == [0.0, 7, 3.0]


def test_an_empty_group_silences_a_rule_even_where_it_expects_something():
    rules = [
        {"match": "**", "initializer": "zeros"},
        {"match": "$out", "initializer": normal("1 / count(l)"), "expect": 12},
        {"match": ["$out", "$out"], "keep": True},
    ]
    document = {"declinit": 1, "seed": 0, "groups": {"out": []}, "rules": rules}
    plan = resolve(Spec.from_config(document), tuple(BLOCKS))
    assert (plan.problems, [use.matched for use in plan.rules]) == ((), [6, 0, 0])


FAULTS = {
    "a bias has no fans": (
        ("**/bias", normal("1 / fan_in")),
        [
            "formula '1 / fan_in': a variable of 'Dense' has no fan_in: head/bias; use "
            "dim(), or `layer.fan_in` for a bias [DI326]",
            "formula '1 / fan_in': a variable of 'LSTMCell' has no fan_in: lstm/cell/bias; use "
            "dim(), or `layer.fan_in` for a bias [DI326]",
            "formula '1 / fan_in': a variable of 'SeparableConv1D' has no fan_in: conv/bias; use "
            "dim(), or `layer.fan_in` for a bias [DI326]",
        ],
    ),
    "a layer without a kernel": (
        ("tokens/*", normal("layer.fan_in")),
        [
            "formula 'layer.fan_in': `layer` means the kernel beside a variable, and 'Embedding' "
            "has none: tokens/embeddings [DI326]"
        ],
    ),
    "a layer with two": (
        ("conv/bias", normal("layer.fan_in")),
        [
            "formula 'layer.fan_in': `layer` means the kernel beside a variable, and "
            "'SeparableConv1D' has several: conv/depthwise_kernel, conv/pointwise_kernel: "
            "conv/bias; use size() of the one that is meant [DI326]"
        ],
    ),
    "no such axis": (
        ("head/*", normal("dim(1)")),
        ["formula 'dim(1)': 'head/bias' of shape 5 has no axis 1: head/bias [DI326]"],
    ),
    "no such variable": (
        ("head/bias", normal('size("token/embeddings", 0)')),
        [
            "formula 'size(\"token/embeddings\", 0)': there is no variable 'token/embeddings': "
            "head/bias; did you mean 'tokens/embeddings'? [DI326]"
        ],
    ),
    "a group of several sizes": (
        ("head/bias", normal("size($kernels, 0)")),
        [
            "formula 'size($kernels, 0)': '$kernels' has no one size: it is 8 of block_1/up/kernel, "
            "2 of head/kernel, 3 of lstm/cell/kernel: head/bias [DI326]"
        ],
    ),
    "an empty group": (
        ("head/bias", normal("size($none, 0)")),
        ["formula 'size($none, 0)': '$none' matches no variable: head/bias [DI326]"],
    ),
    "a negative stddev": (
        ("head/kernel", normal("1 - fan_in")),
        [
            "formula '1 - fan_in' for `stddev`: expected at least 0, received -1.0: head/kernel "
            "[DI205]"
        ],
    ),
    "a division by zero in some blocks only": (
        ("block_{l}/up/kernel", normal("1 / index(l)")),
        [
            "formula '1 / index(l)': division by zero: block_1/up/kernel; index(l) is 0 [DI235]",
        ],
    ),
    "a number that is too large": (
        ("head/kernel", normal("10 ** (200 * fan_in)")),
        [
            "formula '10 ** (200 * fan_in)': the value 1.000E+400 is too large for a float64: "
            "head/kernel; fan_in is 2 [DI235]"
        ],
    ),
    "a fraction where the number is whole": (
        ("head/kernel", {"name": "dirac", "groups": "fan_in / 4"}),
        [
            "formula 'fan_in / 4' for `groups`: expected a whole number, received 0.5: head/kernel "
            "[DI203]"
        ],
    ),
    "every formula of an initializer": (
        ("head/bias", {"name": "random_normal", "mean": "fan_in", "stddev": "dim(3)"}),
        [
            "formula 'fan_in': a variable of 'Dense' has no fan_in: head/bias; use dim(), or "
            "`layer.fan_in` for a bias [DI326]",
            "formula 'dim(3)': 'head/bias' of shape 5 has no axis 3: head/bias [DI326]",
        ],
    ),
    "numbers that do not go together": (
        ("head/kernel", {"name": "random_uniform", "minval": "fan_out", "maxval": "fan_in"}),
        [
            "random_uniform(minval=5.0, maxval=2.0) cannot be built: minval must be below maxval, "
            "received minval=5 and maxval=2: head/kernel [DI210]"
        ],
    ),
}


@named("case", FAULTS)
def test_what_a_model_cannot_give_a_formula_is_told_with_its_variables(case):
    (match, initializer), expected = FAULTS[case]
    groups = {"kernels": "**/kernel", "none": []}
    assert faults(EVERYTHING, match, initializer, groups=groups) == expected


WRITTEN = {
    # a rule with a formula at fault, `^` before the character to point at
    "in a flow mapping": "initializer: {name: random_normal, stddev: 2 * ^dim(3)}",
    "in quotes": 'initializer: {name: random_normal, stddev: "1 + ^fan_in", mean: 0}',
    "in block style": "initializer:\n    name: constant\n    value: ^fan_in * 2",
    "as Keras serializes it": "initializer: {class_name: Constant, config: {value: ^fan_in}}",
    "in a list": "initializer: {name: constant, value: [1, 2, 3, 4, 2 / ^fan_in]}",
    "of a part": "initializer: zeros\n  parts: [{at: '0', initializer: {name: constant, value: ^fan_in}}]",
    "of a copy": "copy_of: {path: head/bias, scale: 3 * ^dim(2)}",
    "below a text that is the same": (
        "note: 1 / fan_in\n  initializer: {name: constant, value: 1 / ^fan_in}"
    ),
    "without a value": "initializer: {name: constant, value: 1 ^/ (dim(0) - 5)}",
    "over two lines, which only has a beginning": (
        "initializer: {name: constant, value: ^1 +\n    fan_in}"
    ),
}


@named("how", WRITTEN)
def test_a_fault_points_at_its_character_of_the_formula(how):
    text = f"declinit: 1\nrules:\n- match: head/bias\n  {WRITTEN[how]}\n"
    before, _, after = text.partition("^")
    spec = load_document(parse(before + after, "a.yaml"))
    with pytest.raises(ResolveError) as caught:
        resolve(spec, (bias("head/bias", 5),))
    where = caught.value.problems[0].where
    line = before.count("\n") + 1
    assert (where.line, where.column) == (line, len(before.split("\n")[-1]) + 1)


def test_a_fault_of_an_override_points_at_the_command_line():
    text = "declinit: 1\nrules:\n- {id: a, match: a/b, initializer: {name: constant, value: 1}}\n"
    spec = load_document(parse(text, "a.yaml"), overrides=["a.initializer.value=2 * fan_in"])
    with pytest.raises(ResolveError) as caught:
        resolve(spec, (bias("a/b", 5),))
    assert str(caught.value.problems[0].where) == "--set a.initializer.value:1:5"


def test_a_fault_of_data_from_python_has_the_keys_of_the_formula():
    with pytest.raises(ResolveError) as caught:
        resolve(spec("head/bias", {"name": "constant", "value": "fan_in"}), (bias("head/bias"),))
    assert str(caught.value.problems[0].where) == "rules[1].initializer.value"


# What a plan shows, and holds


def planned():
    settings = {"constants": {"std": 0.02}}
    return resolve(
        spec("block_{l}/down/kernel", normal("std / sqrt(l + count(l))"), **settings), tuple(BLOCKS)
    )


def test_a_plan_has_formula_and_value_side_by_side_and_builds_numbers_only():
    one = planned()["block_1/down/kernel"]
    assert [str(formula) for formula in one.formulas] == [
        "stddev = std / sqrt(l + count(l)) = 0.01, where std is 0.02, l is 1, count(l) is 3"
    ]
    assert one.rule.says == 'random_normal(stddev="std / sqrt(l + count(l))")'
    assert one.initializer.params == {"stddev": 0.01, "seed": one.seed}
    assert planned().build("block_1/down/kernel").get_config()["stddev"] == 0.01
    assert one.to_dict()["formulas"] == [
        {
            "parameter": "stddev",
            "formula": "std / sqrt(l + count(l))",
            "value": 0.01,
            "names": {"std": 0.02, "l": 1, "count(l)": 3},
        }
    ]


def test_the_document_of_a_variable_without_formulas_has_no_word_of_them():
    assert "formulas" not in planned()["block_1/up/kernel"].to_dict()


def test_a_plan_with_formulas_survives_being_written_and_read():
    plan = planned()
    again = Plan.from_node(parse(plan.to_json(), "plan.json", "json"), BUILTIN)
    assert again == plan
    assert again["block_1/down/kernel"].formulas == plan["block_1/down/kernel"].formulas


def test_another_formula_of_the_same_number_is_no_difference():
    def plan(stddev):
        return resolve(spec("**", normal(stddev)), tuple(BLOCKS))

    assert compare(plan("0.01 + 0.01"), plan(0.02)) == ()
    assert compare(plan("0.01 + 0.01"), plan("0.04 / 2")) == ()
    assert len(compare(plan("0.01 + 0.01"), plan("0.01 + 0.02"))) == len(BLOCKS)


@named("document", ["plan", "audit"])
def test_a_formula_in_place_of_a_number_is_refused_in_plans_and_audits(document):
    plan = planned().to_dict()
    at = next(i for i, one in enumerate(plan["variables"]) if one["path"] == "block_1/down/kernel")
    plan["variables"] = [plan["variables"][at]]
    plan["variables"][0]["initializer"]["stddev"] = "0.02 / 2"
    data, read = plan, lambda node: Plan.from_node(node, BUILTIN)
    if document == "audit":
        data, read = as_audit(plan), Audit.from_node
    with pytest.raises(SpecError) as caught:
        read(parse(json.dumps(data), "x.json", "json"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.hint) == (
        "DI203",
        "expected a number, received the formula '0.02 / 2'",
        "formulas belong into a spec; here is what they came to",
    )


def as_audit(plan):
    measure = {"digest": "a" * 64, "mean": 0.0, "stddev": 1.0, "min": 0.0, "max": 0.0}
    record = {"origin": "drawn", "storage": None, "in_config": "own", **measure}
    shared = {key: plan[key] for key in plan if key not in ("declinit_plan", "rules", "variables")}
    variables = [{**one, **record} for one in plan["variables"]]
    return {"declinit_audit": 2, "notes": [], **shared, "variables": variables}


def test_an_audit_of_that_form_is_read_where_it_holds_numbers():
    audit = Audit.from_node(parse(json.dumps(as_audit(planned().to_dict())), "x.json", "json"))
    assert len(audit["block_1/down/kernel"].assignment.formulas) == 1


# Users' own kinds


def test_users_own_kinds_receive_numbers():
    received = []

    class Deep:
        def __init__(self, scale: float = 1.0, depth: int = 0):
            received.append((scale, depth))

        def __call__(self, shape, dtype=None):
            raise NotImplementedError

    with registering():
        declinit.register("deep", Deep)
        config = {"name": "deep", "scale": "1 / fan_in", "depth": "l"}
        plan = resolve(spec("block_{l}/up/kernel", config), tuple(BLOCKS))
        received.clear()
        plan.build("block_4/up/kernel")
    assert received == [(0.125, 4)]
    assert type(received[0][1]) is int


# Another library


DIGITS = 60
NAMES = {"fan_in": 8, "fan_out": 2, "l": 4, "count(l)": 3, "index(l)": 2, "dim(0)": 8, "c": "0.1"}
NUMBERS = {**NAMES, **{text: text for text in ("0.02", "3", "1e-3", "7.25")}}


def leaf(text):
    with mpmath.workdps(DIGITS):
        return text, mpmath.mpf(NUMBERS[text])


def binary(parts):
    (left, a), sign, (right, b) = parts
    with mpmath.workdps(DIGITS):
        return f"({left} {sign} {right})", {"+": a + b, "*": a * b, "/": a / b}[sign]


def root(part):
    with mpmath.workdps(DIGITS):
        return f"sqrt({part[0]})", mpmath.sqrt(part[1])


def logarithm(part):
    with mpmath.workdps(DIGITS):
        return f"log(1 + {part[0]})", mpmath.log(1 + part[1])


FORMULAS = st.recursive(
    st.sampled_from(sorted(NUMBERS)).map(leaf),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+*/"), inner).map(binary),
        inner.map(root),
        inner.map(logarithm),
    ),
    max_leaves=6,
)


@given(FORMULAS)
def test_a_plan_holds_the_number_that_another_library_finds(formula):
    text, number = formula
    found = stddevs(BLOCKS, "block_{l}/up/kernel", text, constants={"c": 0.1})
    assert found["block_4/up/kernel"] == float(number)
