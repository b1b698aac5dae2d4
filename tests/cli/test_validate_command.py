"""`declinit validate`."""

from __future__ import annotations

import json
import sys

import pytest
from command_line import FINDINGS, FINE, USAGE, process


def test_validate_says_that_specs_are_fine(run, write):
    write("one.yaml", 'declinit: 1\nrules: [{match: "**", initializer: zeros}]\n')
    assert run("validate", "spec.yaml", "one.yaml") == (
        FINE,
        "spec.yaml: fine, 3 rules\none.yaml: fine, 1 rule\n",
        "",
    )


def test_validate_shows_each_fault_with_its_line_and_counts_them(run):
    assert run("validate", "faulty.yaml", "spec.yaml") == (
        FINDINGS,
        "spec.yaml: fine, 3 rules\n",
        "faulty.yaml:4:18: unknown initializer 'he_norml'; did you mean 'he_normal'? [DI209]\n"
        "    initializer: he_norml\n"
        "                 ^\n"
        "1 error\n",
    )


def test_validate_gives_json(run):
    code, out, err = run("validate", "faulty.yaml", "--format", "json")
    assert (code, err) == (FINDINGS, "")
    problem = {
        "code": "DI209",
        "severity": "error",
        "message": "unknown initializer 'he_norml'",
        "hint": "did you mean 'he_normal'?",
        "file": "faulty.yaml",
        "line": 4,
        "column": 18,
        "path": None,
    }
    assert json.loads(out) == {"declinit_problems": 1, "problems": [problem]}


def test_validate_gives_github_annotations(run):
    assert run("validate", "faulty.yaml", "--format", "github") == (
        FINDINGS,
        "::error file=faulty.yaml,line=4,col=18,title=DI209::"
        "unknown initializer 'he_norml'; did you mean 'he_normal'?\n",
        "",
    )


@pytest.mark.parametrize(
    ("form", "out"), [("json", '{\n "declinit_problems": 1,\n "problems": []\n}\n'), ("github", "")]
)
def test_validate_of_a_good_spec_gives_no_problems(run, form, out):
    assert run("validate", "spec.yaml", "--format", form) == (FINE, out, "")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("spec.yml", "cannot read 'spec.yml': no such file; did you mean 'spec.yaml'? [DI101]"),
        (".", "cannot read '.': is a directory [DI101]"),
        ("plan.json", "'plan.json' is a plan, expected a spec [DI502]"),
        ("audit.json", "'audit.json' is an audit, expected a spec [DI502]"),
    ],
)
def test_validate_exits_with_2_for_what_is_no_spec(run, made, path, says):
    assert run("validate", path) == (USAGE, "", f"{says}\n1 error\n")


def test_validate_exits_with_1_for_an_empty_spec(run, write):
    write("empty.yaml", "")
    assert run("validate", "empty.yaml") == (
        FINDINGS,
        "",
        "empty.yaml: the document is empty [DI104]\n1 error\n",
    )


def test_validate_reads_on_after_an_unreadable_spec_and_exits_with_2(run):
    code, out, err = run("validate", "?", "faulty.yaml", "spec.yaml")
    assert (code, out) == (USAGE, "spec.yaml: fine, 3 rules\n")
    assert err.startswith("cannot read '?': no such file [DI101]\nfaulty.yaml:4:18: ")
    assert err.endswith("\n2 errors\n")


def test_validate_imports_neither_keras_nor_numpy(here):
    code = (
        "import sys; from declinit.cli import main; code = main(['validate', 'spec.yaml']);"
        "sys.exit(code or ' '.join({'keras', 'numpy', 'h5py', 'jax', 'torch'} & set(sys.modules)) or 0)"
    )
    done = process(sys.executable, "-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.yaml: fine, 3 rules\n", "")


def test_validate_warns_of_what_is_most_often_a_mistake_and_exits_with_0(run, write):
    write("a.yaml", "declinit: 1\nrules:\n- {match: dense_1/kernel, initializer: he_normal}\n")
    code, out, err = run("validate", "a.yaml")
    assert (code, out) == (FINE, "a.yaml: fine, 1 rule\n")
    assert err.startswith(
        "a.yaml:1:1: warning: the policy has no seed; each run draws another one;"
    )
    assert err.endswith("\n2 warnings\n")
    code, out, _ = run("validate", "a.yaml", "--format", "json")
    problems = json.loads(out)["problems"]
    assert (code, [one["code"] for one in problems]) == (FINE, ["DI337", "DI334"])
