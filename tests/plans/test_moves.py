"""`moved`: a renamed layer keeps the seeds of all its variables, and so their values."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import declinit
from declinit.errors import ResolveError, SpecError
from declinit.kinds.extensions import registering
from declinit.layers.fans import FanAxes
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import draft, resolve
from declinit.policy.spec import Spec

named = pytest.mark.parametrize


def variable(path):
    axes = FanAxes((0,), (1,))
    return VariableInfo(path=path, shape=(4, 4), dtype="float32", axes=axes, layer="Dense")


def spec(*moved, initializer="he_normal", **settings):
    moves = [{"from": before, "to": after} for before, after in moved]
    rules = [{"match": "**", "initializer": initializer}]
    return Spec.from_config({"declinit": 1, "seed": 7, "moved": moves, "rules": rules, **settings})


def seeds(paths, *moved, **settings):
    plan = resolve(spec(*moved, **settings), tuple(map(variable, paths)))
    return {path: one.seed for path, one in plan.items()}


NUMBERS = ["n/0/k", "n/11/k", "m_11/k", "n/2", "n/11/0", "p1/k", "q1/k"]
OLD = seeds([*NUMBERS, "a/x", "a/k", "a/b", "b/k", "c/k", "a/x/k", "lone"])

CASES = {
    "a layer": ((("a", "z"),), {"z/k": "a/k", "z/x/k": "a/x/k", "c/k": "c/k"}),
    "a chain": ((("a", "b"), ("b", "c")), {"b/k": "a/k", "c/k": "b/k"}),
    "a swap": ((("a", "b"), ("b", "a")), {"a/k": "b/k", "b/k": "a/k"}),
    "the longest prefix": ((("a", "z"), ("c", "z/x")), {"z/k": "a/k", "z/x/k": "c/k"}),
    "a whole path": ((("a/k", "z/weight"),), {"z/weight": "a/k", "a/b": "a/b"}),
    "a variable of the root": ((("lone", "only"),), {"only": "lone"}),
    "into another layer": ((("a", "outer/inner"),), {"outer/inner/x/k": "a/x/k"}),
    "out of another layer": ((("a/x", "x"),), {"x/k": "a/x/k", "a/k": "a/k"}),
    "a number": ((("n/{l}", "m_{l}"),), {"m_0/k": "n/0/k", "m_11/k": "n/11/k", "c/k": "c/k"}),
    "a number within bounds": (
        (("n/{l}", "m_{l:0..2}"),),
        {"m_0/k": "n/0/k", "m_11/k": "m_11/k", "m_2": "n/2"},
    ),
    "two numbers": ((("n/{b}/{a}", "m_{a}/x{b}"),), {"m_0/x11": "n/11/0"}),
    "a number that begins with a zero": ((("n/{l}", "m_{l}"),), {"m_011/k": "n/11/k"}),
    "numbers swapped": ((("p{l}", "q{l}"), ("q{l}", "p{l}")), {"p1/k": "q1/k", "q1/k": "p1/k"}),
    "a path goes before a number": ((("n/{l}", "m_{l}"), ("a", "m_1")), {"m_1/k": "a/k"}),
    "a longer prefix with a number": (
        (("a", "m"), ("n/{l}", "m/{l}")),
        {"m/2": "n/2", "m/x": "a/x"},
    ),
    "a name of braces is no capture": ((("a", "m{0}"),), {"m{0}/k": "a/k"}),
    "no part of a name": ((("c", "a/xyz"),), {"a/xyz/k": "c/k", "a/x/k": "a/x/k"}),
}


@named("case", CASES)
def test_a_moved_variable_has_the_seed_of_the_path_it_had(case):
    moved, expected = CASES[case]
    assert seeds(list(expected), *moved) == {now: OLD[was] for now, was in expected.items()}


def test_the_seed_of_a_rule_and_that_of_an_initializer_count_as_ever():
    rules = [{"match": "**", "initializer": "he_normal", "seed": 9}]
    assert seeds(["z/k"], ("a", "z"), rules=rules)["z/k"] == seeds(["a/k"], rules=rules)["a/k"]
    given = {"name": "he_normal", "seed": 3}
    assert seeds(["z/k"], ("a", "z"), initializer=given) == {"z/k": 3}


def drawn(shape, dtype=None, seed=None):
    raise NotImplementedError


def test_users_own_initializers_that_take_a_seed_keep_it_too():
    with registering():
        declinit.register("drawn", drawn)
        assert seeds(["z/k"], ("a", "z"), initializer="drawn") == {"z/k": OLD["a/k"]}


NAMES = st.sampled_from("abcd")
PATHS = st.lists(
    st.lists(NAMES, min_size=1, max_size=3).map("/".join), unique=True, min_size=1, max_size=6
)


@given(st.permutations("abcd"), PATHS)
def test_any_renaming_of_layers_with_its_moves_keeps_every_seed(renamed, paths):
    names = dict(zip("abcd", renamed, strict=True))
    now = {path: "/".join([names[path[0]], *path.split("/")[1:]]) for path in paths}
    moved = [(before, after) for before, after in names.items() if before != after]
    before, after = seeds(paths), seeds(list(now.values()), *moved, strict={"unused": "allow"})
    assert {path: after[now[path]] for path in paths} == before


def findings(paths, *moved, **settings):
    plan = draft(spec(*moved, **settings), tuple(map(variable, paths)))
    return [replace(problem, where=None).headline for problem in plan.problems]


def test_two_variables_that_come_from_one_path_are_refused():
    message = (
        "`moved` has 2 variables come from 'a/k': a/k, b/k; drop the entry, or say where the "
        "other one was [DI327]"
    )
    assert message in findings(["a/k", "b/k", "c/k"], ("a", "b"))
    with pytest.raises(ResolveError):
        resolve(spec(("a", "b")), (variable("a/k"), variable("b/k")))


def test_a_move_that_finds_nothing_is_a_warning_with_the_near_miss():
    message = "warning: `moved` to 'blok' moves no variable; did you mean 'block'? [DI328]"
    assert findings(["block/k"], ("b", "blok")) == [message]
    assert findings(["block/k"], ("b", "blok"), strict={"unused": "allow"}) == []
    assert findings(["block/k"], ("b", "xyz")) == [
        "warning: `moved` to 'xyz' moves no variable [DI328]"
    ]


def test_a_move_below_which_longer_ones_take_everything_finds_nothing():
    moved = (("a", "z"), ("b", "z/x"))
    assert findings(["z/x/k"], *moved) == ["warning: `moved` to 'z' moves no variable [DI328]"]


def test_an_entry_with_captures_is_used_and_collides_as_others_do():
    assert findings(["m/1/k"], ("n/{l}", "m/{l}")) == []
    assert findings(["mm/1/k"], ("n/{l}", "m/{l}")) == [
        "warning: `moved` to 'm/{l}' moves no variable [DI328]"
    ]
    message = (
        "`moved` has 2 variables come from 'n/k': m/1/k, m/2/k; drop the entry, or say where the "
        "other one was [DI327]"
    )
    assert message in findings(["m/1/k", "m/2/k"], ("n", "m/{l}"))


def test_a_spec_with_captures_survives_being_written():
    written = spec(("n/{l}", "m/{l:0..3}"))
    assert Spec.from_config(written.get_config()) == written
    assert pickle.loads(pickle.dumps(written)).moves.before("m/2/k") == "n/2/k"


@named(
    ("moved", "says"),
    [
        (("n/{x}", "m/{l}"), "moved[0].from: target 'n/{x}': the pattern captures no 'x'"),
        (("n/{l}", "m"), "moved[0].from: target 'n/{l}': the pattern captures no 'l'"),
        (("n/{l}", "m/{l:*}"), "moved[0].to: `moved` captures numbers, as '{l}' or '{l:0..11}'"),
        (("n/{l}", "*/{l}"), "moved[0].to: `moved` captures numbers"),
        (("n/[{l}", "m/{l}"), "moved[0].from: `moved` captures numbers"),
        (("n/{l}", "m{l}{k}"), "moved[0].to: pattern 'm{l}{k}': '{l}' leaves a choice"),
        (("n/{l}", "m{l}/{l}"), "moved[0].to: pattern 'm{l}/{l}': the name 'l' is captured twice"),
        (("n/{l}", "m/{l:3..1}"), "moved[0].to: pattern 'm/{l:3..1}': "),
    ],
)  # fmt: skip
def test_captures_that_cannot_be_read_are_refused(moved, says):
    with pytest.raises(SpecError) as caught:
        spec(moved)
    assert says in str(caught.value)
