"""Formulas, groups, constants and moves in a policy: what can be said of them without a model."""

from __future__ import annotations

import pickle

import pytest

import declinit
from declinit.errors import SpecError
from declinit.policy.extending import load
from declinit.policy.spec import Spec

named = pytest.mark.parametrize


def rule(initializer, match="'**'", settings=""):
    """A policy of one rule, whose initializer begins at line 3 or below, column 16."""
    return f"declinit: 1\n{settings}rules:\n- match: {match}\n  initializer: {initializer}\n"


def normal(stddev, match="'**'", settings=""):
    return rule(f"{{name: random_normal, stddev: {stddev}}}", match, settings)


def faults(path, **options) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(path, **options)
    return [problem.headline for problem in caught.value.problems]


QUOTE = "a formula with ',' between braces must be quoted; write"
HINT = "define it in `constants`, or capture it in"

FAULTS = {
    "a comma ends a value in flow style": (
        normal("min(0.02, 1)"),
        [
            f"4:46: {QUOTE} 'min(0.02, 1)' [DI109]",
        ],
    ),
    "a comma ends the first argument of size too": (
        normal("2 / size($emb, -1)", settings="groups: {emb: a/b}\n"),
        [
            f"5:46: {QUOTE} '2 / size($emb, -1)' [DI109]",
        ],
    ),
    "an unknown name": (
        normal("x / 2"),
        [f"4:46: formula 'x / 2': unknown name 'x'; {HINT} `match` as '{{x}}' [DI232]"],
    ),
    "a near miss of a constant": (
        normal("0.02 / n_layer", settings="constants: {n_layers: 12}\n"),
        [
            "5:53: formula '0.02 / n_layer': unknown name 'n_layer'; did you mean 'n_layers'? "
            "[DI232]"
        ],
    ),
    "a near miss of a fan": (
        normal("1 / fanin"),
        ["4:50: formula '1 / fanin': unknown name 'fanin'; did you mean 'fan_in'? [DI232]"],
    ),
    "an unknown name where only groups could capture it": (
        normal("1 / l", "$out", "groups: {out: 'head/kernel'}\n"),
        [
            f"5:50: formula '1 / l': unknown name 'l'; {HINT} the patterns of $out as '{{l}}' [DI232]"
        ],
    ),
    "every formula of a serialized initializer": (
        rule("{class_name: RandomNormal, config: {stddev: 1 / a, mean: b}}"),
        [
            f"4:64: formula '1 / a': unknown name 'a'; {HINT} `match` as '{{a}}' [DI232]",
            f"4:73: formula 'b': unknown name 'b'; {HINT} `match` as '{{b}}' [DI232]",
        ],
    ),
    "an item of a list": (
        rule("{name: constant, value: [log(1), x]}"),
        [f"4:49: formula 'x': unknown name 'x'; {HINT} `match` as '{{x}}' [DI232]"],
    ),
    "an unknown group": (
        normal('"1 / size($emv, -1)"', settings="groups: {emb: a/b}\n"),
        [
            "5:51: formula '1 / size($emv, -1)': unknown group 'emv'; did you mean 'emb'? [DI246]",
        ],
    ),
    "patterns that lack a capture": (
        normal("0.02 / l", "['b_{l}/kernel', c/kernel, 'd_{n}/kernel']"),
        [
            "3:27: pattern 'c/kernel' does not capture 'l', which formula '0.02 / l' at a.yaml:4:53 "
            "needs; write '{l}' for its number [DI250]",
            "3:37: pattern 'd_{n}/kernel' does not capture 'l', which formula '0.02 / l' at "
            "a.yaml:4:53 needs; it captures n [DI250]",
        ],
    ),
    "a pattern of a group that lacks a capture": (
        normal("0.02 / sqrt(2 * count(l))", "$out", "groups: {out: ['b_{l}/kernel', c/kernel]}\n"),
        [
            "2:32: pattern 'c/kernel' of group 'out' does not capture 'l', which formula "
            "'0.02 / sqrt(2 * count(l))' at a.yaml:5:62 needs; write '{l}' for its number [DI250]",
        ],
    ),
    "no pattern that captures": (
        normal("index(l)", "head/kernel"),
        [
            "3:10: pattern 'head/kernel' does not capture 'l', which formula 'index(l)' at "
            "a.yaml:4:46 needs; write '{l}' for its number [DI250]",
        ],
    ),
    "text where a number is needed": (
        normal("1 / x", "'b_{x:*}/kernel'"),
        [
            "3:10: pattern 'b_{x:*}/kernel' captures 'x' as text, and formula '1 / x' at "
            "a.yaml:4:50 needs a number; write '{x}' [DI250]",
        ],
    ),
    "the rank of a text": (
        normal("index(x)", "'b_{x:*}/kernel'"),
        [
            "3:10: pattern 'b_{x:*}/kernel' captures 'x' as text, and formula 'index(x)' at "
            "a.yaml:4:46 needs a number; write '{x}' [DI250]",
        ],
    ),
    "names that are reserved": (
        normal("1", "['b_{fan_in}/kernel', 'b_{count}/kernel']", "constants: {pi: 3, sqrt: 2}\n"),
        [
            "2:13: 'pi' has a meaning of its own in formulas; give the constant another name "
            "[DI249]",
            "2:20: 'sqrt' has a meaning of its own in formulas; give the constant another name "
            "[DI249]",
            "4:11: 'fan_in' has a meaning of its own in formulas; give the capture another name "
            "[DI249]",
            "4:32: 'count' has a meaning of its own in formulas; give the capture another name "
            "[DI249]",
        ],
    ),
    "a capture that is called like a constant": (
        normal(
            "1", "['b_{l}/kernel', $g]", "constants: {l: 3}\ngroups: {g: 'c_{l:0..2}/kernel'}\n"
        ),
        [
            "3:13: 'l' is captured, and a constant has that name; give one of them another name "
            "[DI249]",
            "5:11: 'l' is captured, and a constant has that name; give one of them another name "
            "[DI249]",
        ],
    ),
    "constants that are no formulas": (
        normal("1", settings="constants: {a: 1 +, b: true, c: sqrt(-1)}\n"),
        [
            "2:19: formula '1 +': expected a number, a name or '(', received the end [DI231]",
            "2:24: `b`: expected a number or a formula, received true [DI203]",
        ],
    ),
    "constants without a value": (
        normal("a * b * e", settings="constants: {a: 1 / 0, b: c, d: a + 1, e: sqrt(d - d - 1)}\n"),
        [
            "2:18: formula '1 / 0': division by zero [DI235]",
            "2:26: formula 'c': unknown name 'c'; known are a, b, d and 1 more [DI232]",
        ],
    ),
    "constants in circles": (
        normal("a + g", settings="constants: {a: 2 * b, b: c, c: a, d: a, e: e, f: 1, g: f + 1}\n"),
        [
            "2:20: constants need each other: a -> b -> c -> a [DI248]",
            "2:44: constants need each other: e -> e [DI248]",
        ],
    ),
    "constants that ask for a variable": (
        normal("1", settings="constants: {a: 1 / fan_in, b: count(l) + dim(0), c: layer.fan_in}\n"),
        [
            "2:20: formula '1 / fan_in': a constant has no variable to ask for fan_in [DI232]",
            "2:31: formula 'count(l) + dim(0)': a constant has no variable to ask for count(l), "
            "dim(0) [DI232]",
            "2:53: formula 'layer.fan_in': a constant has no variable to ask for layer.fan_in "
            "[DI232]",
        ],
    ),
    "a division by a constant zero": (
        normal("fan_in / z", settings="constants: {z: 0}\n"),
        ["5:53: formula 'fan_in / z': division by zero; z is 0 [DI235]"],
    ),
    "every operation without a result": (
        normal("1 / 0 + sqrt(-1) + fan_in"),
        [
            "4:48: formula '1 / 0 + sqrt(-1) + fan_in': division by zero [DI235]",
            "4:54: formula '1 / 0 + sqrt(-1) + fan_in': a negative number has no square root "
            "[DI235]",
        ],
    ),
    "a number that no model can mend": (
        normal("std - 1", settings="constants: {std: 0.02}\n"),
        ["5:46: formula 'std - 1' for `stddev`: expected at least 0, received -0.98 [DI205]"],
    ),
    "numbers that do not go together": (
        rule("{name: random_uniform, minval: 1 + 1, maxval: 1}"),
        [
            "4:16: random_uniform: minval must be below maxval, received minval=2 and maxval=1 "
            "[DI210]"
        ],
    ),
    "a fraction where the number is whole": (
        rule("{name: dirac, groups: 1 / 2}"),
        ["4:38: formula '1 / 2' for `groups`: expected a whole number, received 0.5 [DI203]"],
    ),
    "a number that no float64 holds": (
        normal("1e300 * 1e300"),
        ["4:46: formula '1e300 * 1e300': the value 1E+600 is too large for a float64 [DI235]"],
    ),
    "seeds and axes are no formulas": (
        rule("{name: he_normal, seed: 1 + 1, input_axes: ['0'], output_axes: [1]}"),
        [
            "4:40: `seed` of 'he_normal': expected a whole number or null, received \"1 + 1\" "
            "[DI203]",
            "4:60: `input_axes[0]` of 'he_normal': expected a whole number, received \"0\" [DI203]",
        ],
    ),
    "an empty formula": (
        normal("''"),
        [
            "4:46: formula '': a formula must not be empty; a number or a formula is expected, "
            "such as '0.02 / sqrt(2 * n_layers)' [DI231]"
        ],
    ),
    "what a formula, a group and a constant lack is told at once": (
        normal("x", "[$nope, head/kernel]", "constants: {a: b}\n"),
        [
            "2:16: formula 'b': unknown name 'b'; known are a [DI232]",
            "4:11: unknown group 'nope'; define it under `groups` [DI246]",
            f"5:46: formula 'x': unknown name 'x'; {HINT} `match` as '{{x}}' [DI232]",
        ],
    ),
    "groups of groups": (
        normal("1", settings="groups: {a: x/y, b: [x/z, $a]}\n"),
        ["2:27: group 'b' names the group 'a'; name both in the rule: `match: [$b, $a]` [DI252]"],
    ),
    "malformed groups": (
        normal("1", settings="groups: {a-b: x, c: 3, d: 'x[', e: ''}\n"),
        [
            "2:9: `groups`: a name is made of letters, digits and '_', received \"a-b\" [DI207]",
            "2:21: `c`: expected a string or a list, received 3 [DI203]",
            "2:29: pattern 'x[': '[' is never closed; write '\\[' for the character [DI213]",
            "2:36: `e`: must not be empty [DI206]",
        ],
    ),
    "moves": (
        normal(
            "1",
            settings="moved: [{from: a, to: a}, {from: b/, to: c}, {from: d//e, to: f}, "
            "{from: g, to: h}, {from: g, to: i}, {from: j, to: h}, {from: ''}]\n",
        ),
        [
            "2:9: `moved` leaves 'a' where it was [DI251]",
            "2:34: `moved` takes whole segments of a path, received 'b/'; write them without '/' at "
            "either end [DI251]",
            "2:53: `moved` takes whole segments of a path, received 'd//e'; write them without '/' "
            "at either end [DI251]",
            "2:92: `moved` says from 'g' twice, first at a.yaml:2:74 [DI247]",
            "2:117: `moved` says to 'h' twice, first at a.yaml:2:81 [DI247]",
            "2:121: missing key 'to' [DI202]",
            "2:128: `from`: must not be empty [DI206]",
        ],
    ),
}


@named("case", FAULTS)
def test_what_is_wrong_with_a_policy_is_told_at_its_place(case, write):
    text, expected = FAULTS[case]
    assert faults(write("a.yaml", text)) == [f"a.yaml:{fault}" for fault in expected]


GOOD = {
    "a constant of constants": (normal("b", settings="constants: {a: 0.5, b: a * 2}\n")),
    "a rule whose groups are all empty says nothing": normal(
        "1 / nosuch + count(l)", "[$a, $b]", "groups: {a: [], b: []}\n"
    ),
    "a quoted comma": normal('"min(0.02, 1)"'),
    "a comma in block style": "declinit: 1\nrules:\n- match: a\n  initializer:\n"
    "    name: random_normal\n    stddev: min(0.02, 1)\n",
    "several captures": normal("l * m", "'b_{l}/c_{m}/kernel'"),
    "a count of texts": normal("1 / count(x)", "'b_{x:*}/kernel'"),
    "a path that begins with a dollar": normal("1", r"'\$a'"),
    "a text of a parameter that is no number": rule("{name: he_normal}").replace(
        "he_normal", "variance_scaling, mode: fan_out"
    ),
}


@named("case", GOOD)
def test_a_good_policy_loads_and_survives_its_config(case, write):
    spec = load(write("a.yaml", GOOD[case]))
    again = Spec.from_config(spec.get_config())
    assert again == spec
    assert again.get_config() == spec.get_config()
    assert (hash(again), again.digest) == (hash(spec), spec.digest)
    assert pickle.loads(pickle.dumps(spec)) == spec


WRITTEN = {
    "declinit": 1,
    "generator": "portable",
    "fans": "layer",
    "strict": {"unmatched": "error", "unused": "error", "shadowed": "warn", "overlap": "allow"},
    "constants": {"std": 0.02, "half": "std / 2"},
    "groups": {"out": ["a_{l}/kernel", "b_{l}/kernel"], "none": [], "one": "c/kernel"},
    "moved": [{"from": "x", "to": "y"}, {"from": "y", "to": "x"}],
    "rules": [
        {
            "match": ["$out", "d_{l}/kernel"],
            "exclude": "$one",
            "initializer": {"name": "random_normal", "stddev": "half / sqrt(count(l))"},
        },
        {"match": "$none", "initializer": {"name": "constant", "value": ["log(1)", 2]}},
    ],
}


def test_a_config_keeps_formulas_groups_constants_and_moves_as_they_are_written():
    assert Spec.from_config(WRITTEN).get_config() == WRITTEN


def test_the_digest_of_a_policy_without_any_of_them_is_what_it_always_was():
    rules = [{"match": "a", "initializer": {"name": "random_normal", "stddev": 0.5}}]
    digest = "e6460a7e08a8a4d6dbe239fb75b949bbbdada83c061e9b6dfe52009e1a32d105"
    assert Spec.from_config({"declinit": 1, "rules": rules}).digest == digest
    without = {"constants": {}, "groups": {}, "moved": []}
    assert Spec.from_config({"declinit": 1, "rules": rules, **without}).digest == digest


@named("key", ["constants", "groups", "moved"])
def test_the_digest_tells_each_of_them(key):
    without = {name: value for name, value in WRITTEN.items() if name != key}
    plain = {**without, "rules": []}
    assert Spec.from_config({**WRITTEN, "rules": []}).digest != Spec.from_config(plain).digest


# Several files, and the command line

RECIPE = (
    "declinit: 1\nconstants: {std: 0.02, n_layers: 12}\ngroups: {out: [], emb: 'wte/kernel'}\n"
    "moved: [{from: a, to: b}]\nrules:\n"
    "- {match: $out, initializer: {name: random_normal, stddev: std / sqrt(count(l))}}\n"
)


def test_a_file_replaces_constants_and_groups_by_name_and_adds_moves(write):
    write("recipe.yaml", RECIPE)
    path = write(
        "mine.yaml",
        "declinit: 1\nextends: recipe.yaml\nconstants: {std: 0.01}\n"
        "groups: {out: ['h_{l}/out/kernel']}\nmoved: [{from: c, to: d}]\n",
    )
    config = load(path).get_config()
    assert config["constants"] == {"std": 0.01, "n_layers": 12}
    assert config["groups"] == {"out": "h_{l}/out/kernel", "emb": "wte/kernel"}
    assert config["moved"] == [{"from": "a", "to": "b"}, {"from": "c", "to": "d"}]


def test_a_group_without_the_capture_of_a_recipe_is_told_in_the_users_file(write):
    write("recipe.yaml", RECIPE)
    mine = "declinit: 1\nextends: recipe.yaml\ngroups:\n  out:\n  - head/out/kernel\n"
    assert faults(write("mine.yaml", mine)) == [
        "mine.yaml:5:5: pattern 'head/out/kernel' of group 'out' does not capture 'l', which "
        "formula 'std / sqrt(count(l))' at recipe.yaml:6:71 needs; write '{l}' for its number "
        "[DI250]"
    ]


def test_moves_of_several_files_are_compared(write):
    write("recipe.yaml", RECIPE)
    path = write("mine.yaml", "declinit: 1\nextends: recipe.yaml\nmoved:\n- {from: c, to: b}\n")
    assert faults(path) == [
        "mine.yaml:4:17: `moved` says to 'b' twice, first at recipe.yaml:4:23 [DI247]"
    ]


def test_two_empty_lists_of_moves_are_none(write):
    write("recipe.yaml", "declinit: 1\nmoved: []\nrules: []\n")
    path = write("mine.yaml", "declinit: 1\nextends: recipe.yaml\nmoved: []\n")
    assert "moved" not in load(path).get_config()


def test_constants_are_set_from_the_command_line(write):
    path = write("a.yaml", RECIPE)
    assert load(path, overrides=["constants.n_layers=24"]).constants["n_layers"] == 24
    assert load(path, overrides=["constants.std=1 / 50"]).constants["std"] == "1 / 50"
    assert faults(path, overrides=["constants.n_layers=1 / 0"]) == [
        "--set constants.n_layers:1:3: formula '1 / 0': division by zero [DI235]"
    ]


@named(
    ("text", "stddev"),
    [
        ("**/kernel=random_normal(stddev=0.02 / sqrt(fan_in))", "0.02 / sqrt(fan_in)"),
        ("**/kernel=random_normal(stddev=min(0.02, 1 / fan_in))", "min(0.02, 1 / fan_in)"),
        ("b_{l}/kernel=random_normal(stddev=1 / count(l))", "1 / count(l)"),
    ],
)
def test_a_rule_of_the_command_line_takes_formulas(text, stddev, write):
    spec = load(write("a.yaml", "declinit: 1\nrules: []\n"), rules=[text])
    assert spec.rules[0].action.initializer.params == {"stddev": stddev}


# Hostile text


@named(
    ("stddev", "code"),
    [
        ("(" * 10_000 + "1" + ")" * 10_000, "DI234"),
        ("9**9**9**9", "DI235"),
        ("1" + " + 1" * 250_000, "DI234"),
        ("-" * 900 + "1", "DI234"),
        ("__import__('os').system('true')", "DI232"),
    ],
)
def test_a_hostile_formula_is_one_fault(stddev, code):
    rules = [{"match": "a", "initializer": {"name": "random_normal", "stddev": stddev}}]
    with pytest.raises(SpecError) as caught:
        Spec.from_config({"declinit": 1, "rules": rules})
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_pattern_with_very_many_captures_is_one_fault():
    pattern = "_".join(f"a{{x{n}}}" for n in range(50))
    with pytest.raises(SpecError) as caught:
        Spec.from_config({"declinit": 1, "rules": [{"match": pattern, "initializer": "zeros"}]})
    assert [problem.code for problem in caught.value.problems] == ["DI236"]


def test_a_long_chain_of_constants_is_computed_and_a_long_circle_is_one_fault():
    chain = {f"c{n}": f"c{n - 1} + 1" for n in range(1, 5000)}
    spec = Spec.from_config({"declinit": 1, "constants": {**chain, "c0": 1}, "rules": []})
    assert max(spec.constant_values.values()) == 5000
    with pytest.raises(SpecError) as caught:
        Spec.from_config({"declinit": 1, "constants": {**chain, "c0": "c4999"}, "rules": []})
    assert [problem.headline for problem in caught.value.problems] == [
        "constants.c1: constants need each other: c1 -> c0 -> c4999 -> c4998 -> ... -> c1 [DI248]"
    ]


@named("value", [float("nan"), float("inf"), "nan", "1e999", None, [1], {"a": 1}])
def test_a_constant_that_is_no_number_is_refused(value):
    with pytest.raises(SpecError):
        Spec.from_config({"declinit": 1, "constants": {"a": value}, "rules": []})


# Users' own kinds


def mine(shape, dtype=None, scale: float = 1.0, depth: int = 0, label: str = "fan_in"):
    raise NotImplementedError


def untyped(shape, dtype=None, scale=1.0):
    raise NotImplementedError


@pytest.fixture
def own():
    from declinit.kinds.extensions import registering

    with registering():
        declinit.register("mine", mine)
        declinit.register("untyped", untyped)
        declinit.register("said", untyped, parameters={"scale": {"type": "number", "minimum": 0}})
        yield


@named(
    ("initializer", "expected"),
    [
        ({"name": "mine", "scale": "1 / fan_in", "depth": "l", "label": "whatever it is"}, []),
        ({"name": "said", "scale": "1 / fan_in"}, []),
        ({"name": "untyped", "scale": "no formula at all"}, []),
        (
            {"name": "mine", "scale": "1 / fanin", "depth": "2.5"},
            [
                "rules[0].initializer.depth: formula '2.5' for `depth`: expected a whole number, "
                "received 2.5 [DI203]",
                "rules[0].initializer.scale: formula '1 / fanin': unknown name 'fanin'; "
                "did you mean 'fan_in'? [DI232]",
            ],
        ),
        (
            {"name": "said", "scale": "0 - 1"},
            [
                "rules[0].initializer.scale: formula '0 - 1' for `scale`: expected at least 0, "
                "received -1.0 [DI205]"
            ],
        ),
    ],
)
def test_users_own_kinds_take_formulas_where_they_say_number(initializer, expected, own):
    document = {"declinit": 1, "rules": [{"match": "b_{l}/kernel", "initializer": initializer}]}
    try:
        Spec.from_config(document)
    except SpecError as error:
        found = sorted(problem.headline for problem in error.problems)
    else:
        found = []
    assert found == expected
