"""`declinit explain`."""

from __future__ import annotations

from command_line import FINDINGS, FINE, MODEL, USAGE


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
