"""`declinit plan --check`: drift from a committed plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE


def test_check_finds_no_drift_in_an_unchanged_plan(run, made):
    before = Path("plan.json").read_bytes()
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json")
    assert run(*check) == (FINE, "plan.json: no drift, 4 variables\n", "")
    code, out, err = run(*check, "--format", "json")
    assert (code, err) == (FINE, "")
    assert json.loads(out) == {
        "declinit_drift": 2,
        "plan": "plan.json",
        "differences": [],
        "renames": {},
        "moved": [],
    }
    assert Path("plan.json").read_bytes() == before


MOVED = (
    "# to keep the seeds of what was renamed, let the policy say:\n"
    "moved:\n"
    "  - {{from: head, to: top}}\n"
)

DRIFTED = [
    # (what changed; a line a variable, as programs read it; a line a kind of change, as people do)
    (
        ("--set", "fans=keras"),
        "# plan.json: fans layer -> keras\n\n# only settings differ\n",
        "# plan.json: fans layer -> keras\n\n# only settings differ\n",
    ),
    (
        ("--set", "seed=4"),
        "# plan.json: seed 3 -> 4\n\n# 1 seed from another root\n",
        "# plan.json: seed 3 -> 4\n\n# 1 seed from another root\n",
    ),
    (
        ("--rule", "head/bias=ones"),
        "# plan.json\n\nhead/bias\tinitializer zeros -> ones\n\n# 1 changed\n",
        "# plan.json\n\nrules[3]\t1 variable\tinitializer zeros -> ones\n\n# 1 changed\n",
    ),
    (
        ("--set", "rest.initializer=constant"),
        "# plan.json\n\n"
        "norm/beta\tinitializer zeros -> constant\n"
        "head/bias\tinitializer zeros -> constant\n"
        "\n# 2 changed\n",
        "# plan.json\n\nrest\t2 variables\tinitializer zeros -> constant\n\n# 2 changed\n",
    ),
    (
        ("--rule", "head/bias=keep"),
        "# plan.json\n\nhead/bias\tinitializer zeros -> left as it is\n\n# 1 changed\n",
        "# plan.json\n\nrules[3]\t1 variable\tinitializer zeros -> left as it is\n\n# 1 changed\n",
    ),
    (
        ("--kwargs", '{"units": 5}'),
        "# plan.json\n\n"
        "head/kernel\tshape [3, 2] -> [3, 5]\n"
        "head/bias\tshape [2] -> [5]\n"
        "\n# 2 changed\n",
        "# plan.json\n\n"
        "kernels\t1 variable\tshape [3, 2] -> [3, 5]\n"
        "rest\t1 variable\tshape [2] -> [5]\n"
        "\n# 2 changed\n",
    ),
    (
        ("--kwargs", '{"name": "top"}'),
        "# plan.json\n\n"
        "head/kernel\trenamed to top/kernel\n"
        "head/kernel\tseed {old} -> {new}\n"
        "head/bias\trenamed to top/bias\n"
        f"{MOVED}"
        "\n# 2 renamed, 1 changed\n",
        "# plan.json\n\n"
        "kernels\t1 variable\trenamed head/** -> top/**\n"
        "kernels\t1 variable\tanother seed\n"
        "rest\t1 variable\trenamed head/** -> top/**\n"
        f"{MOVED}"
        "\n# 2 renamed, 1 changed\n",
    ),
    (
        ("--kwargs", '{"units": 5, "name": "top"}'),
        "# plan.json\n\n"
        "head/kernel\tno longer there\n"
        "head/bias\tno longer there\n"
        "top/kernel\tnew\n"
        "top/bias\tnew\n"
        "\n# 2 no longer there, 2 new\n",
        "# plan.json\n\n"
        "kernels\t1 variable\tno longer there\n"
        "rest\t1 variable\tno longer there\n"
        "kernels\t1 variable\tnew\n"
        "rest\t1 variable\tnew\n"
        "\n# 2 no longer there, 2 new\n",
    ),
]


def seeds_of(path: str) -> list[int]:
    """The seeds of kernels in a plan file."""
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    return [one["seed"] for one in plan["variables"] if one["path"].endswith("kernel")]


@pytest.mark.parametrize(
    ("change", "variables", "groups"), DRIFTED, ids=[" ".join(case[0]) for case in DRIFTED]
)
def test_check_exits_with_1_and_says_what_has_drifted(run, made, change, variables, groups):
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json", *change)
    code, out, err = run(*check, "--out", "new.json")
    (old,), (new,) = seeds_of("plan.json"), seeds_of("new.json")
    said = "declinit: plan.json: the plan has changed; "
    now = f"{said}new.json is it as it is now\n"
    assert (code, out, err) == (FINDINGS, variables.format(old=old, new=new), now)
    anew = f"{said}--out writes it anew\n"
    assert run(*check, "--groups") == (FINDINGS, groups.format(), anew)


def test_drift_as_json_holds_every_difference_as_data(run, made):
    change = ("--set", "seed=4", "--kwargs", '{"name": "top"}', "--format", "json")
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json", "--out", "new.json", *change)
    code, out, _ = run(*check)
    (old,), (new,) = seeds_of("plan.json"), seeds_of("new.json")
    kernel = {"path": "head/kernel", "rule": "kernels"}
    bias = {"path": "head/bias", "rule": "rest"}
    assert code == FINDINGS
    assert json.loads(out) == {
        "declinit_drift": 2,
        "plan": "plan.json",
        "differences": [
            {"path": None, "field": "seed", "before": 3, "after": 4, "rule": None},
            {**kernel, "field": "path", "before": "head/kernel", "after": "top/kernel"},
            {**kernel, "field": "seed", "before": old, "after": new},
            {**bias, "field": "path", "before": "head/bias", "after": "top/bias"},
        ],
        "renames": {"head/kernel": "top/kernel", "head/bias": "top/bias"},
        # Under another root there are no seeds to keep.
        "moved": [],
    }


def test_the_proposed_entry_is_taken_as_it_is_printed_and_keeps_the_seeds(run, made):
    top = ("--kwargs", '{"name": "top"}')
    _, out, _ = run("plan", "spec.yaml", *MODEL, "--check", "plan.json", *top)
    pasted = out[out.index("moved:") :].partition("\n\n")[0]
    spec = Path("spec.yaml").read_text(encoding="utf-8")
    Path("moved.yaml").write_text(f"{spec}{pasted}\n", encoding="utf-8")

    code, out, err = run(
        "plan", "moved.yaml", *MODEL, "--check", "plan.json", *top, "--out", "n.json"
    )

    assert seeds_of("n.json") == seeds_of("plan.json")
    assert (code, out) == (
        FINDINGS,
        "# plan.json\n\n"
        "head/kernel\trenamed to top/kernel\n"
        "head/bias\trenamed to top/bias\n"
        "\n# 2 renamed\n",
    )
    said = "variables were renamed, and no weight changes; n.json is it as it is now"
    assert err == f"declinit: plan.json: {said}\n"


def test_the_proposed_entries_are_data_too(run, made):
    change = ("--kwargs", '{"name": "top"}', "--format", "json")
    _, out, _ = run("plan", "spec.yaml", *MODEL, "--check", "plan.json", *change)
    assert json.loads(out)["moved"] == [{"from": "head", "to": "top"}]


def test_what_moved_before_is_moved_on(run, made, write):
    """The entry that is there is replaced, since no two may have one source."""
    spec = Path("spec.yaml").read_text(encoding="utf-8")
    write("moved.yaml", f"{spec}moved: [{{from: head, to: top}}]\n")
    top = ("--kwargs", '{"name": "top"}')
    run("plan", "moved.yaml", *MODEL, *top, "--out", "second.json")
    third = ("--kwargs", '{"name": "no"}', "--format", "json")
    _, out, _ = run("plan", "moved.yaml", *MODEL, "--check", "second.json", *third)
    assert json.loads(out)["moved"] == [{"from": "head", "to": "no"}]


def test_a_name_that_yaml_would_take_for_something_else_is_quoted(run, made):
    change = ("--kwargs", '{"name": "no"}')
    _, out, _ = run("plan", "spec.yaml", *MODEL, "--check", "plan.json", *change)
    assert '\n  - {from: head, to: "no"}\n' in out


def test_check_and_out_together_compare_first_and_then_replace(run, made):
    both = ("plan", "spec.yaml", *MODEL, "--check", "plan.json", "--out", "plan.json")
    assert run(*both, "--set", "seed=4")[0] == FINDINGS
    assert run(*both, "--set", "seed=4")[0] == FINE


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("plam.json", "cannot read 'plam.json': no such file; did you mean 'plan.json'? [DI101]"),
        ("audit.json", "'audit.json' is an audit, expected a plan [DI502]"),
        ("spec.yaml", "'spec.yaml' is a spec, expected a plan [DI502]"),
        ("empty.json", "empty.json: the document is empty [DI104]"),
    ],
)
def test_check_exits_with_2_before_building_where_there_is_no_plan(run, made, write, path, says):
    """A plan that cannot be read is not the drift that exit code 1 stands for."""
    write("empty.json", "")
    raising = ("--model", "cli_models:raising")
    done = run("plan", "spec.yaml", *raising, "--check", path)
    assert done == (USAGE, "", f"{says}\n1 error\n")


def test_a_committed_plan_without_variables_is_drift(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("plan.json").write_text(json.dumps(data | {"variables": []}), encoding="utf-8")
    code, out, err = run("plan", "spec.yaml", *MODEL, "--check", "plan.json")
    assert (code, out.splitlines()[2]) == (FINDINGS, "norm/gamma\tnew")
    said = "declinit: plan.json: the plan has changed; --out writes it anew\n"
    assert (out.splitlines()[-1], err) == ("# 4 new", said)


def test_a_part_that_changed_is_told_as_a_policy_writes_it(run, made, write):
    part = {"at": "0", "initializer": "zeros"}
    rule = {"match": "head/kernel", "initializer": "ones", "parts": [part]}
    for name, filling in (("a.yaml", "zeros"), ("b.yaml", {"name": "constant", "value": 2})):
        part["initializer"] = filling
        write(name, json.dumps({"declinit": 1, "seed": 1, "rules": [EVERYTHING, rule]}))
    run("plan", "a.yaml", *MODEL, "--out", "a.json")
    _, out, _ = run("plan", "b.yaml", *MODEL, "--check", "a.json")
    assert out.splitlines()[2] == (
        "head/kernel\tparts [0:1, 0:2]: zeros -> [0:1, 0:2]: constant(value=2)"
    )
    _, out, _ = run("plan", "spec.yaml", *MODEL, "--check", "a.json", "--set", "seed=1")
    assert "head/kernel\tparts [0:1, 0:2]: zeros -> none" in out.splitlines()


EVERYTHING = {"match": "**", "initializer": "zeros"}
