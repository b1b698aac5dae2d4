"""`declinit plan`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, SPEC, USAGE, valid


def test_a_piped_plan_has_a_line_a_variable_with_its_full_path_first(run):
    code, out, err = run("plan", "spec.yaml", *MODEL)
    assert (code, err) == (FINE, "")
    lines = out.splitlines()
    assert lines[0] == "# spec.yaml: seed 3, generator portable"
    assert lines[-1] == "# 4 variables: 4 to initialize, 0 left as they are"
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    kernel, *others = sorted(rows, key=lambda row: row[0] != "head/kernel")
    assert kernel[:3] == ["head/kernel", "3x2", "float32"]
    assert kernel[3].startswith("he_normal(seed=")
    assert kernel[4:] == ["fan_in 3, fan_out 2", "stddev 0.8165"]
    assert sorted(others) == [
        ["head/bias", "2", "float32", "zeros", "", "all 0"],
        ["norm/beta", "3", "float32", "zeros", "", "all 0"],
        ["norm/gamma", "3", "float32", "ones", "", "all 1"],
    ]


def test_a_piped_plan_truncates_nothing(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    deep = ("--model", "cli_models:deep", "--set", "strict.unused=allow")
    code, out, _ = run("plan", "spec.yaml", *deep)
    paths = [line.split("\t")[0] for line in out.splitlines() if line and line[0] != "#"]
    wanted = [f"a_layer_with_a_very_long_name_indeed_{n:03}/kernel" for n in range(40)]
    assert (code, [path for path in paths if path.endswith("kernel")]) == (FINE, wanted)
    assert "..." not in out
    assert "…" not in out


def test_groups_give_a_line_a_rule(run):
    assert run("plan", "spec.yaml", *MODEL, "--groups") == (
        FINE,
        "# spec.yaml: seed 3, generator portable\n"
        "\n"
        "kernels\t1 variable\the_normal\tspec.yaml:4:5\n"
        "rest\t2 variables\tzeros\tspec.yaml:7:5\n"
        "gains\t1 variable\tones\tspec.yaml:10:5\n"
        "\n"
        "# 4 variables: 4 to initialize, 0 left as they are\n",
        "",
    )


def test_a_plan_as_json_keeps_to_the_schema(run):
    code, out, err = run("plan", "spec.yaml", *MODEL, "--format", "json", "--out", "plan.json")
    data = json.loads(out)
    assert (code, err, out) == (FINE, "", Path("plan.json").read_text(encoding="utf-8"))
    assert data == valid(out, "plan")
    assert [rule["rule"] for rule in data["rules"]] == ["kernels", "rest", "gains"]


def test_a_plan_is_the_same_twice(run):
    assert run("plan", "spec.yaml", *MODEL) == run("plan", "spec.yaml", *MODEL)


def test_a_seed_that_was_drawn_is_told(run, write):
    write("unseeded.yaml", SPEC.replace("seed: 3\n", ""))
    code, out, err = run("plan", "unseeded.yaml", *MODEL, "--format", "json")
    seed = json.loads(out)["seed"]
    told = f"the spec names no seed: {seed} was drawn, and is recorded in the plan"
    assert (code, err) == (FINE, f"declinit: {told}\n")


def test_set_and_rule_override_the_spec(run):
    overrides = ("--set", "seed=9", "--set", "rest.initializer=ones", "--rule", "head/bias=keep")
    code, out, err = run("plan", "spec.yaml", *MODEL, "--groups", *overrides)
    assert (code, err) == (FINE, "")
    assert out == (
        "# spec.yaml: seed 9, generator portable\n"
        "\n"
        "kernels\t1 variable\the_normal\tspec.yaml:4:5\n"
        "rest\t1 variable of 2 matched\tones\tspec.yaml:7:5\n"
        "gains\t1 variable\tones\tspec.yaml:10:5\n"
        "rules[3]\t1 variable\tkeep\t--rule head/bias=keep:1:1\n"
        "\n"
        "# 4 variables: 3 to initialize, 1 left as it is\n"
    )


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--set", "sead=3"), "--set: 'sead' is neither a setting nor the id of a rule; did you "),
        (("--set", "seed"), "--set 'seed': expected KEY=VALUE [DI222]\n"),
        (
            ("--set", "seed=-1"),
            "--set seed:1:1: `seed`: expected at least 0, received -1 [DI205]\n",
        ),
        (("--rule", "**/kernel"), "--rule '**/kernel': expected PATTERN=INITIALIZER [DI224]\n"),
        (("--rule", "**/kernel=zeross"), "--rule **/kernel=zeross:1:11: unknown initializer 'z"),
    ],
)
def test_a_faulty_override_is_refused_without_a_plan(run, option, says):
    code, out, err = run("plan", "spec.yaml", *MODEL, *option)
    assert (code in (FINDINGS, USAGE), out) == (True, "")
    assert err.startswith(says)


def test_faults_that_only_a_model_shows_are_findings(run):
    code, out, err = run("plan", "spec.yaml", "--model", "cli_models:deep")
    assert (code, out) == (FINDINGS, "")
    assert err.startswith(
        "spec.yaml:10:5: rule 'gains' matches no variable [DI302]\n    - id: gains\n"
    )


def test_warnings_leave_the_plan_as_it_is(run):
    code, out, err = run("plan", "spec.yaml", *MODEL, "--rule", "**/kernel=ones", "--groups")
    assert code == FINE
    assert out.endswith("# 4 variables: 4 to initialize, 0 left as they are; 1 warning\n")
    assert err.startswith("spec.yaml:4:5: warning: rule 'kernels' decides nothing: ")
    assert err.endswith("\n1 warning\n")


def test_a_plan_printed_as_json_can_be_applied(run, write):
    warned = ("--rule", "**/kernel=ones")
    code, out, err = run("plan", "spec.yaml", *MODEL, "--format", "json", *warned)
    assert (code, err.endswith("\n1 warning\n")) == (FINE, True)
    write("p.json", out)
    assert run("apply", "p.json", *MODEL, "--audit", "a.json", "--groups")[0] == FINE


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("faulty.yaml", *MODEL), FINDINGS, "unknown initializer 'he_norml'"),
        (
            ("spec.yaml", "--model", "cli_models:deep"),
            FINDINGS,
            "rule 'gains' matches no variable",
        ),
        (("none.yaml", *MODEL), USAGE, "cannot read 'none.yaml': no such file"),
        (("spec.yaml", *MODEL, "--check", "spec.yaml"), USAGE, "'spec.yaml' is a spec, expected "),
    ],
)
def test_json_holds_the_faults_where_there_is_no_plan(run, arguments, code, message):
    done, out, err = run("plan", *arguments, "--format", "json")
    data = json.loads(out)
    assert (done, data["declinit_problems"], len(data["problems"])) == (code, 1, 1)
    assert data["problems"][0]["message"].startswith(message)
    assert message in err
