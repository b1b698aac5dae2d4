"""`declinit initializers`."""

from __future__ import annotations

import json

from command_line import FINE, USAGE

from declinit.kinds.extensions import registering


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
    kinds = json.loads(run("initializers", "--format", "json")[1])["kinds"]
    one = json.loads(run("initializers", "ones", "--format", "json")[1])
    assert one.pop("declinit_kind") == 1
    assert one in kinds
    assert one["identifiers"] == ["ones", "Ones", "one"]


def test_an_unknown_initializer_exits_with_2(run):
    assert run("initializers", "he_norml") == (
        USAGE,
        "",
        "unknown initializer 'he_norml'; did you mean 'he_normal'? [DI702]\n1 error\n",
    )


OWN = '''
import keras
import declinit


class CliStripes(keras.initializers.Initializer):
    """Stripes of ones and zeros.

    They run along the last axis.

    Args:
        width: of a stripe.
    """

    def __init__(self, width: int = 3, tone: float | None = None):
        self.width = width

    def __call__(self, shape, dtype=None):
        raise NotImplementedError


declinit.register("cli_stripes", CliStripes)
'''


def test_initializers_shows_the_docstring_and_the_defaults_of_a_class_of_the_users(run, write):
    write("cli_own.py", OWN)
    with registering():
        assert run("initializers", "cli_stripes", "--import", "cli_own") == (
            FINE,
            "cli_stripes: Stripes of ones and zeros.\n"
            "documentation\n"
            "  They run along the last axis.\n"
            "\n"
            "  Args:\n"
            "      width: of a stripe.\n"
            "parameters\n"
            "  width     integer or formula\tdefault 3\n"
            "  tone      number or null or formula\n",
            "",
        )
