"""What comparisons find, for machines and for reviews."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, SPEC


def github(run, *command: str) -> tuple[int, list[str]]:
    code, out, _ = run(*command, "--format", "github")
    return code, out.splitlines()


def test_drift_is_annotated_at_the_rules_by_rule_and_kind_of_change(run, made):
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json")
    assert github(run, *check) == (FINE, [])
    assert github(run, *check, "--set", "rest.initializer=ones") == (
        FINDINGS,
        [
            "::error file=spec.yaml,line=7,col=5,title=DI722::"
            "rest: 2 variables, initializer zeros -> ones"
        ],
    )
    assert github(run, *check, "--set", "seed=4") == (
        FINDINGS,
        [
            "::error file=plan.json,line=1,col=1,title=DI722::"
            "plan.json: seed 3 -> 4; 1 seed from another root"
        ],
    )


def test_a_diff_is_annotated_at_the_rules_of_the_second_side(run, made, write):
    write("ones.yaml", SPEC.replace("he_normal", "ones"))
    assert github(run, "diff", "plan.json", "spec.yaml", *MODEL) == (FINE, [])
    assert github(run, "diff", "plan.json", "ones.yaml", *MODEL) == (
        FINDINGS,
        ["::error file=ones.yaml,line=4,col=5,title=DI723::kernels: 1 variable, he_normal -> ones"],
    )


def test_weights_that_differ_are_annotated_at_the_audit(run, made):
    verify = ("verify", "audit.json", *MODEL, "--kwargs", '{"units": 5}')
    code, lines = github(run, *verify)
    assert (code, len(lines)) == (FINDINGS, 2)
    place = "::error file=audit.json,line=1,col=1,title=DI724::"
    assert lines[0].startswith(f"{place}head/kernel: changed, shape 3x2 -> 3x5")


def test_implausible_weights_are_annotated_at_their_rule(run, made, write):
    write("threes.yaml", SPEC.replace("zeros", "{name: constant, value: 3}"))
    code, lines = github(run, "verify", "threes.yaml", "--model", "model.keras", "--statistical")
    place = "::error file=threes.yaml,line=7,col=5,title=DI725::"
    assert code == FINDINGS
    assert [line.partition(": ")[0] for line in lines] == [
        f"{place}norm/beta",
        f"{place}head/bias",
    ]


def test_many_differing_weights_are_bounded(run, made):
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 60}')
    code, lines = github(run, "verify", "audit.json", *deep)
    assert (code, len(lines)) == (FINDINGS, 101)
    assert lines[-1].endswith(",title=DI102::124 faults, of which the first 100 are shown")


def test_faults_that_leave_no_result_are_annotated_too(run, write):
    write("unused.yaml", SPEC.replace("**/gamma", "**/gama"))
    code, lines = github(run, "plan", "unused.yaml", *MODEL)
    assert (code, [line.partition("::no rule")[0] for line in lines][-1]) == (
        FINDINGS,
        "::error title=DI301",
    )
    assert lines[0].startswith("::error file=unused.yaml,line=10,col=5,title=DI302::")


@pytest.mark.parametrize(
    "command",
    [
        ("validate", "faulty.yaml"),
        ("plan", "spec.yaml", *MODEL),
        ("plan", "spec.yaml", *MODEL, "--check", "plan.json", "--set", "seed=4"),
        ("verify", "audit.json", *MODEL, "--kwargs", '{"units": 5}'),
        ("diff", "spec.yaml", "model", *MODEL),
    ],
    ids=" ".join,
)
def test_the_same_findings_are_written_as_sarif(run, made, command):
    code, out, _ = run(*command, "--format", "sarif")
    found = [one["message"]["text"] for one in json.loads(out)["runs"][0]["results"]]
    annotated = [line.split("::", 2)[2] for line in github(run, *command)[1]]
    assert (found, bool(found)) == (annotated, code == FINDINGS)


def test_markdown_for_a_review_says_what_changes_by_rule_with_counts(run, made):
    change = ("--set", "rest.initializer=ones")
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json", *change)
    assert run(*check, "--format", "markdown")[:2] == (
        FINDINGS,
        "### plan.json\n\n"
        "| rule | variables | change |\n| --- | --- | --- |\n"
        "| rest | 2 variables | `initializer zeros -> ones` |\n\n"
        "**2 changed**\n",
    )


def test_markdown_lists_warnings_and_folds_long_tables(run, write):
    write("a.yaml", 'declinit: 1\nseed: 1\nrules: [{match: "**", initializer: zeros}]\n')
    deep = ("--model", "cli_models:deep")
    code, out, _ = run("plan", "a.yaml", *deep, "--format", "markdown", "-v")
    assert code == FINE
    assert "\n\n<details><summary>80 rows</summary>\n\n| path | shape | " in out
    code, out, _ = run("diff", "a.yaml", "model", *deep, "--format", "markdown")
    assert (code, "| rule | variables | change |" in out, "<details>" in out) == (
        FINDINGS,
        True,
        False,
    )


def test_explain_gives_variables_and_codes_as_data(run, made):
    code, out, _ = run("explain", "spec.yaml", "head/*", *MODEL, "--format", "json")
    data = json.loads(out)
    assert (code, data["declinit_explanation"]) == (FINE, 1)
    assert [one["path"] for one in data["variables"]] == ["head/kernel", "head/bias"]
    assert data["variables"][0]["rule"]["rule"] == "kernels"
    code, out, _ = run("explain", "DI209", "--format", "json")
    assert (code, json.loads(out)["code"]) == (FINE, "DI209")


def test_a_plan_with_hostile_places_is_compared(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    for use in data["rules"]:
        use["where"] = "\x1b[2J,a:b:1:{}".format("9" * 5000)
    Path("evil.json").write_text(json.dumps(data), encoding="utf-8")
    command = ("diff", "spec.yaml", "evil.json", *MODEL, "--kwargs", '{"units": 5}')
    for form in ("github", "sarif", "markdown"):
        code, out, _ = run(*command, "--format", form)
        assert (code, "\x1b" in out) == (FINDINGS, False)
