"""Files of weights on the command line: loaded from, listed, and verified without a model."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE

LOADING = """declinit: 1
seed: 3
checkpoints: {base: base.npz}
rules:
  - {id: norm, match: norm/*, load: {from: base}}
  - {id: head, match: head/*, load: {from: base, on_missing: draw}, initializer: zeros}
  - {id: beta, match: norm/beta, keep: true}
"""


@pytest.fixture
def base(write):
    """A policy in a folder of its own, with a file of weights beside it."""
    write("policies/loading.yaml", LOADING)
    weights = {"norm/gamma": np.full(3, 2, "float32"), "head/kernel": np.ones((3, 2), "float32")}
    np.savez("policies/base.npz", **weights)
    return "policies/loading.yaml"


def test_a_plan_tells_what_is_loaded_drawn_and_kept(run, base):
    code, out, err = run("plan", base, *MODEL, "-v")
    lines = out.splitlines()
    assert (code, err) == (FINE, "")
    assert "norm/gamma\t3\tfloat32\tload norm/gamma from base" in lines
    assert "norm/beta\t3\tfloat32\tleft as it is" in lines
    assert lines[-1] == "# 4 variables: 2 to load, 1 to initialize, 1 left as it is"


def test_apply_counts_every_weight(run, base):
    code, out, _ = run("apply", base, *MODEL, "--audit", "audit.json")
    assert (code, out.splitlines()[-1]) == (
        FINE,
        "# 4 variables: 2 loaded, 1 drawn, 1 kept; seed 3",
    )
    records = json.loads(Path("audit.json").read_text())["variables"]
    assert {one["path"]: one["origin"] for one in records} == {
        "norm/gamma": "loaded",
        "norm/beta": "kept",
        "head/kernel": "loaded",
        "head/bias": "drawn",
    }
    assert records[0]["load"]["file"] == "policies/base.npz"


def test_a_plan_and_an_audit_are_applied_from_the_same_file_only(run, base):
    assert run("plan", base, *MODEL, "--out", "plan.json")[0] == FINE
    assert run("apply", base, *MODEL, "--audit", "audit.json")[0] == FINE
    Path("policies/base.npz").rename("moved.npz")
    np.savez("policies/base.npz", **{"norm/gamma": np.zeros(3, "float32")})
    for source in ("plan.json", "audit.json"):
        apply = ("apply", source, *MODEL, "--audit", "again.json")
        code, out, err = run(*apply)
        assert (code, out, "is another file than checkpoint 'base'" in err) == (FINDINGS, "", True)
        code, _, err = run(*apply, "--checkpoint", "base=moved.npz")
        assert (code, "DI420" in err) == (FINE, False)


@pytest.mark.parametrize(
    ("option", "says", "code"),
    [
        ("base", "--checkpoint 'base': expected NAME=PATH [DI703]", USAGE),
        ("=x", "--checkpoint '=x': expected NAME=PATH [DI703]", USAGE),
        ("bse=x", "--checkpoint bse: nothing is loaded from a checkpoint of this name; "
         "did you mean 'base'? [DI353]", USAGE),
        ("base=gone.npz", "gone.npz: cannot read the weights: no such file [DI101]", USAGE),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_checkpoint_is_told(run, base, option, says, code):
    received = run("plan", base, *MODEL, "--checkpoint", option)
    assert (received[0], received[2].splitlines()[0]) == (code, says)


def test_validate_takes_checkpoints_and_opens_no_file(run, base):
    assert run("validate", base, "--checkpoint", "base=gone.npz")[0] == FINE
    assert run("validate", base, "--checkpoint", "other=gone.npz")[0] == USAGE


def test_a_later_file_names_another_checkpoint(run, base, write):
    write("over/more.yaml", "declinit: 1\nextends: ../policies/loading.yaml\n")
    own = "declinit: 1\nextends: ../policies/loading.yaml\ncheckpoints: {base: own.npz}\n"
    write("over/own.yaml", own)
    np.savez("over/own.npz", **{"norm/gamma": np.zeros(3, "float32")})
    files = {}
    for name in ("more", "own"):
        assert run("plan", f"over/{name}.yaml", *MODEL, "--out", f"{name}.json")[0] == FINE
        variables = json.loads(Path(f"{name}.json").read_text())["variables"]
        files[name] = variables[0]["load"]["file"]
    assert files == {"more": "over/../policies/base.npz", "own": "over/own.npz"}


def test_no_output_takes_the_place_of_a_checkpoint(run, base):
    keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save_weights("base.weights.h5")
    apply = ("apply", base, *MODEL, "--checkpoint", "base=base.weights.h5")
    code, _, err = run(*apply, "--out", "base.weights.h5")
    assert (code, "would overwrite" in err) == (USAGE, True)


def test_explain_names_the_file_and_its_digest(run, base):
    code, out, _ = run("explain", base, "norm/gamma", *MODEL)
    assert code == FINE
    assert "load norm/gamma from base" in out
    assert "policies/base.npz, SHA-256 " in out


def saved_weights(run, file: str) -> None:
    """An audit, and the same weights in a file."""
    out = file if file.endswith((".weights.h5", ".keras")) else "model.keras"
    apply = ("apply", "spec.yaml", *MODEL, "--out", out, "--audit", "audit.json")
    assert run(*apply)[0] == FINE
    if out != file:
        model = keras.saving.load_model(out)
        held = {
            f"{layer.name}/{variable.name}": keras.ops.convert_to_numpy(variable.value)
            for layer in model.layers
            for variable in layer.variables
        }
        if file.endswith(".npz"):
            np.savez(file, **held)
        else:
            from safetensors.numpy import save_file

            save_file(held, file)


@pytest.mark.parametrize("file", ["m.weights.h5", "m.keras", "m.npz", "m.safetensors"])
def test_a_file_of_weights_is_verified_without_a_model(run, file):
    saved_weights(run, file)
    assert run("verify", "audit.json", "--weights", file) == (FINE, "# 4 identical\n", "")


def test_what_changed_in_a_file_is_told(run):
    saved_weights(run, "m.npz")
    held = dict(np.load("m.npz"))
    del held["head/bias"]
    held["norm/gamma"] = held["norm/gamma"].astype("float64")
    held["head/kernel"] = held["head/kernel"] + 1
    np.savez("m.npz", **held, more=np.ones(2))
    code, out, _ = run("verify", "audit.json", "--weights", "m.npz")
    lines = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert code == FINDINGS
    assert lines["head/bias"][0] == "missing"
    assert lines["more"] == ["new", "the audit does not know it"]
    assert lines["norm/gamma"] == ["changed", "dtype float32 -> float64"]
    assert lines["head/kernel"][0] == "changed"
    assert out.splitlines()[-1] == "# 1 identical, 2 changed, 1 missing, 1 new"


def test_a_file_of_weights_is_listed(run):
    saved_weights(run, "m.weights.h5")
    code, out, _ = run("inventory", "--weights", "m.weights.h5")
    lines = out.splitlines()
    assert code == FINE
    assert "head/0\t3x2\tfloat32\tat layers/dense/vars/0" in lines
    assert lines[-1] == "# 4 tensors, 14 elements"
    data = json.loads(run("inventory", "--weights", "m.weights.h5", "--format", "json")[1])
    assert (data["declinit_weights"], data["format"]) == (1, "Keras weights")
    assert data["tensors"][0].keys() == {"name", "shape", "dtype", "file", "address"}


@pytest.mark.parametrize("command", [("verify", "audit.json"), ("inventory",)])
def test_a_file_that_cannot_be_read_and_nothing_to_read_are_no_findings(run, made, write, command):
    write("bad.npz", "text")
    for options in (("--weights", "bad.npz"), ("--weights", "gone.npz"), ()):
        code, out, err = run(*command, *options)
        assert (code, out, err.count("\n") >= 1) == (USAGE, "", True)


# By statistics

BY_STATISTICS = ("--model", "model.keras", "--statistical")


def test_what_a_policy_loads_is_compared_with_its_file(run, made, base):
    assert run("apply", base, *BY_STATISTICS[:2], "--out", "model.keras")[0] == FINE
    verify = ("verify", base, *BY_STATISTICS)
    code, out, err = run(*verify, "-v")
    assert (code, err) == (FINE, "")
    assert "norm/gamma\texact\tnorm/gamma from base\n" in out
    np.savez("other.npz", **{"norm/gamma": np.ones(3, "f4"), "head/kernel": np.ones((3, 2), "f4")})
    code, out, _ = run(*verify, "--checkpoint", "base=other.npz")
    assert code == FINDINGS
    assert out.startswith(
        "norm/gamma\tinconsistent\tnot norm/gamma from base: all 3 elements differ, "
        "the first is 2 where 1 is expected\n"
    )


def test_a_plan_is_judged_by_the_file_that_was_planned_with(run, made, base):
    assert run("plan", base, *MODEL, "--out", "plan.json")[0] == FINE
    assert run("apply", "plan.json", *BY_STATISTICS[:2], "--out", "model.keras")[0] == FINE
    Path("policies/base.npz").rename("moved.npz")
    code, _, err = run("verify", "plan.json", *BY_STATISTICS)
    assert code == USAGE
    assert "no such file" in err
    moved = ("--checkpoint", "base=moved.npz")
    assert run("verify", "plan.json", *BY_STATISTICS, *moved)[0] == FINE


def test_checkpoints_are_for_statistics_only(run, made):
    code, _, err = run("verify", "audit.json", *MODEL, "--checkpoint", "base=a.npz")
    assert code == USAGE
    assert "--checkpoint goes with --statistical" in err
