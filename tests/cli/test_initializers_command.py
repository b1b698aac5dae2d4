"""`declinit initializers`."""

from __future__ import annotations

import json

from command_line import FINE, USAGE


def test_initializers_lists_every_kind_with_its_law(run):
    code, out, _ = run("initializers")
    rows = dict(line.split("\t", 1) for line in out.splitlines())
    assert (code, rows["ones"]) == (FINE, "All elements 1.\t1")
    assert {"he_normal", "orthogonal", "variance_scaling", "identity"} <= set(rows)


def test_initializers_describes_one_by_any_of_its_names(run):
    code, out, _ = run("initializers", "HeNormal")
    assert (code, out) == (FINE, run("initializers", "he_normal")[1])
    assert out.startswith(
        "he_normal: He's truncated normal, scaled by fan_in.\n"
        "  also      HeNormal\n"
        "  formula   truncated normal, stddev sqrt(2 / fan_in) after the cut at 2 stddev\n"
        "  source    He et al., 2015, https://arxiv.org/abs/1502.01852\n"
    )


def test_initializers_gives_json(run):
    kinds = json.loads(run("initializers", "--format", "json")[1])
    one = json.loads(run("initializers", "ones", "--format", "json")[1])
    assert one in kinds
    assert one["identifiers"] == ["ones", "Ones", "one"]


def test_an_unknown_initializer_exits_with_2(run):
    assert run("initializers", "he_norml") == (
        USAGE,
        "",
        "unknown initializer 'he_norml'; did you mean 'he_normal'?\n1 error\n",
    )
