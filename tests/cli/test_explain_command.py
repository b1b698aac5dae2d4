"""`declinit explain`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE, process


@dataclass(frozen=True)
class Code:
    """A row of the table of codes."""

    code: str
    title: str
    why: str
    mend: str
    example: str


@pytest.fixture
def codes(monkeypatch):
    """A table of codes with one row."""
    row = Code(
        "DI101",
        "the key is not known",
        "A misspelt key would be ignored.",
        "Write the key as the schema has it.",
        "declinit: 1\nsead: 7\n",
    )
    table = SimpleNamespace(CODES={"DI101": row})
    monkeypatch.setitem(sys.modules, "declinit.errors.codes", table)


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


def test_explain_takes_patterns_and_shows_a_variable_once(run):
    code, out, _ = run("explain", "spec.yaml", "head/*", "head/kernel", *MODEL)
    shown = [line.split(" ")[0] for line in out.splitlines() if not line.startswith(" ")]
    assert (code, shown) == (FINE, ["head/kernel", "head/bias"])


def test_explain_names_every_path_that_is_not_there(run):
    assert run("explain", "spec.yaml", "head/kernle", "no*", "head/[", *MODEL) == (
        USAGE,
        "",
        "no variable 'head/kernle'; did you mean 'head/kernel'?\n"
        "no variable 'no*'\n"
        "pattern 'head/[': '[' is never closed; write '\\[' for the character\n"
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
            "expected a PATH: the path, an alias or a pattern of variables to explain",
        ),
        (
            ("spec.yaml", "head/bias"),
            "expected --model: what a variable receives depends on the model",
        ),
        (("DI99",), "there is no code 'DI99'"),
        (("DI10l",), "expected a PATH: the path, an alias or a pattern of variables to explain"),
    ],
)
def test_explain_says_what_is_missing(run, codes, arguments, says):
    assert run("explain", *arguments) == (USAGE, "", f"{says}\n1 error\n")


@pytest.mark.parametrize("code", ["DI101", "di101"])
def test_explain_tells_what_a_code_means(run, codes, code):
    assert run("explain", code) == (
        FINE,
        "DI101: the key is not known\n"
        "  why       A misspelt key would be ignored.\n"
        "  to mend   Write the key as the schema has it.\n"
        "example\n"
        "  declinit: 1\n"
        "  sead: 7\n",
        "",
    )


def test_explain_gives_json(run, codes):
    code = json.loads(run("explain", "DI101", "--format", "json")[1])
    assert (code["declinit_code"], code["code"], code["example"]) == (
        1,
        "DI101",
        "declinit: 1\nsead: 7\n",
    )
    done, out, _ = run("explain", "spec.yaml", "head/bias", *MODEL, "--format", "json")
    (bias,) = json.loads(out)["variables"]
    assert (done, bias["path"], bias["rule"]["rule"]) == (FINE, "head/bias", "rest")


def test_explaining_a_code_imports_no_keras(here):
    code = (
        "import sys, types; from declinit.cli import main;"
        "sys.modules['declinit.errors.codes'] = types.SimpleNamespace(CODES={});"
        "main(['explain', 'DI101']); sys.exit('keras' in sys.modules)"
    )
    assert process(sys.executable, "-c", code).returncode == 0
