"""`moved` lists are proposed with the shortest prefixes that change nothing else."""

from __future__ import annotations

import pytest

from declinit.plans.numbering import numbered
from declinit.plans.proposals import moves_giving

CASES = {
    # what: (where each path was, the list)
    "nothing moved": ({"a/k": "a/k"}, []),
    "one layer": ({"b/k": "a/k", "b/b": "a/b", "n/k": "n/k"}, [("a", "b")]),
    "one entry for all blocks": ({f"e/{n}/k": f"encoder/{n}/k" for n in "012"}, [("encoder", "e")]),
    "into a folder": ({"e/a/k": "a/k"}, [("a", "e/a")]),
    "out of a folder": ({"a/k": "e/a/k"}, [("e/a", "a")]),
    "swapped": ({"a/k": "b/k", "b/k": "a/k"}, [("b", "a"), ("a", "b")]),
    "a chain": ({"b/k": "a/k", "c/k": "b/k"}, [("a", "b"), ("b", "c")]),
    "split": ({"b/x/k": "a/x/k", "c/y/k": "a/y/k"}, [("a/x", "b/x"), ("a/y", "c/y")]),
    "joined": ({"c/x/k": "a/x/k", "c/y/k": "b/y/k"}, [("a/x", "c/x"), ("b/y", "c/y")]),
    "beside a new layer": ({"b/x/k": "a/x/k", "b/new/k": "b/new/k"}, [("a/x", "b/x")]),
    "swapped inside": (
        {"a/x/k": "a/y/k", "a/y/k": "a/x/k", "a/z/k": "a/z/k"},
        [("a/y", "a/x"), ("a/x", "a/y")],
    ),
    "a variable that changed its owner": ({"a/k": "b/k", "b/b": "b/b"}, [("b", "a")]),
    "variables of the model itself": ({"k": "j"}, [("j", "k")]),
    "a name that begins another": ({"ab/k": "a/k", "abc/k": "abc/k"}, [("a", "ab")]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_shortest_prefixes_that_lead_every_path_where_it_was(name):
    wanted, expected = CASES[name]
    moves = moves_giving(wanted)
    assert [(before, now) for now, before in moves.sources.items()] == expected
    assert {path: moves.before(path) for path in wanted} == wanted


def test_a_thousand_layers_with_names_of_their_own_are_moved_at_once():
    wanted = {f"new_{n}/kernel": f"old_{n}/kernel" for n in range(1000)}
    assert len(moves_giving(wanted).sources) == 1000


def renamed(before, now, numbers, rest=()) -> dict[str, str]:
    """Where paths were whose names differ in a number."""
    paths = {f"{now}/k".format(n=n): f"{before}/k".format(n=n) for n in numbers}
    return {**paths, **{path: path for path in rest}}


NUMBERED = {
    # what: (where each path was, the list)
    "all blocks": (
        renamed("encoder/layer_{n}", "blocks/{n}", range(12)),
        [("encoder/layer_{l}", "blocks/{l}")],
    ),
    "some blocks, beside new ones": (
        renamed("a_{n}", "b_{n}", (1, 2, 3), ["b_0/k", "b_4/k"]),
        [("a_{l}", "b_{l:1..3}")],
    ),
    "some blocks here and there, beside new ones": (
        renamed("a_{n}", "b_{n}", (0, 2, 4), ["b_1/k", "b_3/k"]),
        [("a_0", "b_0"), ("a_2", "b_2"), ("a_4", "b_4")],
    ),
    "two only": (renamed("a_{n}", "b_{n}", (0, 1)), [("a_0", "b_0"), ("a_1", "b_1")]),
    "other numbers in the names": (
        renamed("conv2d_{n}/w2", "conv2_{n}/v2", (1, 2, 3)),
        [("conv2d_{l}/w2", "conv2_{l}/v2")],
    ),
    "two series": (
        {**renamed("a_{n}", "b_{n}", range(3)), **renamed("c{n}", "d{n}", range(4))},
        [("a_{l}", "b_{l}"), ("c{l}", "d{l}")],
    ),
    "counted anew": (
        {f"b_{n + 1}/k": f"a_{n}/k" for n in range(3)},
        [("a_0", "b_1"), ("a_1", "b_2"), ("a_2", "b_3")],
    ),
    "numbers that begin with zeros": (
        {f"b_0{n}/k": f"a_0{n}/k" for n in range(1, 4)},
        [("a_01", "b_01"), ("a_02", "b_02"), ("a_03", "b_03")],
    ),
    "names that mean something in a pattern": (
        renamed("a_{n}", "b*_{n}", range(3)),
        [("a_0", "b*_0"), ("a_1", "b*_1"), ("a_2", "b*_2")],
    ),
}


@pytest.mark.parametrize("name", NUMBERED)
def test_entries_that_differ_in_a_number_are_one(name):
    wanted, expected = NUMBERED[name]
    moves = numbered(moves_giving(wanted), wanted)
    assert [(before, now) for now, before in moves.sources.items()] == expected
    assert {path: moves.before(path) for path in wanted} == wanted


def test_a_layer_whose_name_looks_like_a_capture_is_left_alone():
    wanted = {"new{l}/k": "old{x}/k", "b/k": "a/k"}
    assert moves_giving(wanted).sources == {"b": "a"}
