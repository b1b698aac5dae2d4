"""`declinit explain`."""

from __future__ import annotations

import dataclasses
import json
import sys

import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE, process

from declinit.errors import CODES


def test_explain_shows_every_matching_rule_the_winner_last(run):
    code, out, err = run(
        "explain", "spec.yaml", "head/bias", *MODEL, "--rule", "head/bias=constant(value=0.5)"
    )
    assert (code, err) == (FINE, "")
    assert out == (
        "head/bias\n"
        "  Dense, shape 2, float32\n"
        "  matched   rest\tzeros\tspec.yaml:7:5\n"
        "  wins      rules[3]\tconstant(value=0.5)\t--rule head/bias=constant(value=0.5):1:1\n"
        "  builds    constant(value=0.5)\n"
        "  values    all 0.5\n"
    )


def test_explain_shows_a_formula_with_its_number_and_what_its_names_stand_for(run):
    code, out, err = run(
        "explain",
        "spec.yaml",
        "head/bias",
        *MODEL,
        "--rule",
        "head/bias=random_uniform(minval=-1 / layer.fan_out, maxval=max(0.1, 1 / dim(0)))",
    )
    assert (code, err) == (FINE, "")
    lines = [line.strip() for line in out.splitlines()]
    assert [line for line in lines if line.startswith("formula")] == [
        "formula   minval = -1 / layer.fan_out = -0.5, where layer.fan_out is 2",
        "formula   maxval = max(0.1, 1 / dim(0)) = 0.5, where dim(0) is 2",
    ]
    assert "values    within [-0.5, 0.5), stddev 0.2887" in lines


def test_explain_takes_patterns_and_shows_a_variable_once(run):
    code, out, _ = run("explain", "spec.yaml", "head/*", "head/kernel", *MODEL)
    shown = [line.split(" ")[0] for line in out.splitlines() if not line.startswith(" ")]
    assert (code, shown) == (FINE, ["head/kernel", "head/bias"])


def test_explain_names_every_path_that_is_not_there(run):
    assert run("explain", "spec.yaml", "head/kernle", "no*", "head/[", *MODEL) == (
        USAGE,
        "",
        "no variable 'head/kernle'; did you mean 'head/kernel'? [DI702]\n"
        "no variable 'no*' [DI702]\n"
        "pattern 'head/[': '[' is never closed; write '\\[' for the character [DI213]\n"
        "3 errors\n",
    )


def test_explain_works_where_the_plan_has_errors_and_exits_with_1(run):
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 1}')
    code, out, err = run("explain", "spec.yaml", "**/bias", *deep)
    assert code == FINDINGS
    assert "  wins      rest\tzeros\tspec.yaml:7:5\n" in out
    assert "rule 'gains' matches no variable" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("spec.yaml", *MODEL),
            "expected a PATH: the path, an alias or a pattern of variables to explain [DI701]",
        ),
        (
            ("spec.yaml", "head/bias"),
            "expected --model: what a variable receives depends on the model [DI701]",
        ),
        (("DI99",), "there is no code 'DI99' [DI702]"),
        (
            ("DI10l",),
            "expected a PATH: the path, an alias or a pattern of variables to explain [DI701]",
        ),
    ],
)
def test_explain_says_what_is_missing(run, arguments, says):
    assert run("explain", *arguments) == (USAGE, "", f"{says}\n1 error\n")


@pytest.mark.parametrize("code", ["DI201", "di201"])
def test_explain_tells_what_a_code_means(run, code):
    row = CODES["DI201"]
    assert run("explain", code) == (
        FINE,
        f"DI201: {row.title}\n"
        f"  why       {row.why}\n"
        f"  to mend   {row.mend}\n"
        "example\n"
        "  declinit: 1\n"
        "  sead: 7\n"
        "  rules: []\n",
        "",
    )


def test_explain_gives_json(run):
    explained = json.loads(run("explain", "DI201", "--format", "json")[1])
    assert explained == {"declinit_code": 1, **dataclasses.asdict(CODES["DI201"])}
    done, out, _ = run("explain", "spec.yaml", "head/bias", *MODEL, "--format", "json")
    (bias,) = json.loads(out)["variables"]
    assert (done, bias["path"], bias["rule"]["rule"]) == (FINE, "head/bias", "rest")


def test_explaining_a_code_imports_no_keras(here):
    code = (
        "import sys; from declinit.cli import main;"
        "main(['explain', 'DI101']); sys.exit('keras' in sys.modules)"
    )
    done = process(sys.executable, "-c", code)
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "DI101")


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_explained(run, code):
    done, out, err = run("explain", code)
    assert (done, out.splitlines()[0], err) == (FINE, f"{code}: {CODES[code].title}", "")
