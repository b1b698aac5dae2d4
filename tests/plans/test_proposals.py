"""`moved` lists are proposed with the shortest prefixes that change nothing else."""

from __future__ import annotations

import pytest

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
