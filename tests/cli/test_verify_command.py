"""`declinit verify`."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE


def test_verify_says_what_has_changed_and_exits_with_1(run, made):
    assert run("verify", "audit.json", "--model", "model.keras") == (FINE, "# 4 identical\n", "")
    model = keras.saving.load_model("model.keras")
    model.get_layer("norm").gamma.assign([1.0, 1.0, 4.0])
    model.save("model.keras")
    code, out, err = run("verify", "audit.json", "--model", "model.keras")
    changed, counts = out.splitlines()
    assert (code, err, counts) == (FINDINGS, "", "# 3 identical, 1 changed")
    assert changed.startswith("norm/gamma\tchanged\tmean 1 -> 2, stddev 0 -> 1.414")
    _, out, _ = run("verify", "audit.json", "--model", "model.keras", "-v")
    assert out.count("\tidentical\n") == 3


def test_verify_says_what_is_missing_and_what_is_new(run, made):
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 1}')
    code, out, _ = run("verify", "audit.json", *deep)
    status = dict(line.split("\t")[:2] for line in out.splitlines()[:-1])
    assert (code, out.splitlines()[-1]) == (FINDINGS, "# 4 missing, 2 new")
    assert (status["head/kernel"], len(status)) == ("missing", 6)


def test_verify_gives_json(run, made):
    code, out, _ = run("verify", "audit.json", "--model", "model.keras", "--format", "json")
    data = json.loads(out)
    counts = {"identical": 4, "changed": 0, "missing": 0, "new": 0}
    assert (code, data["declinit_verification"], data["counts"]) == (FINE, 2, counts)
    assert {one["status"] for one in data["variables"]} == {"identical"}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("audit.jsn", "cannot read 'audit.jsn': no such file; did you mean 'audit.json'? [DI101]"),
        ("plan.json", "'plan.json' is a plan, expected an audit [DI502]"),
        ("spec.yaml", "'spec.yaml' is a spec, expected an audit [DI502]"),
        ("empty.json", "empty.json: the document is empty [DI104]"),
        ("bad.json", "bad.json:1:1: missing key"),
    ],
)
def test_verify_exits_with_2_for_what_is_no_audit(run, made, write, path, says):
    """An audit that cannot be read is not the changed weights that exit code 1 stands for."""
    write("empty.json", "")
    write("bad.json", {"declinit_audit": 1})
    code, out, err = run("verify", path, "--model", "cli_models:raising")
    assert (code, out) == (USAGE, "")
    assert err.startswith(says)


def test_verify_checks_weights_that_apply_wrote_alone(run, made):
    apply = ("apply", "spec.yaml", *MODEL, "--out", "m.weights.h5", "--audit", "audit.json")
    assert run(*apply)[0] == FINE
    for weights in ("m.weights.h5", "model.keras"):
        verify = ("verify", "audit.json", *MODEL, "--weights", weights)
        assert run(*verify) == (FINE, "# 4 identical\n", "")
    assert run("apply", "spec.yaml", *MODEL, "--set", "seed=4", "--out", "m.weights.h5")[0] == FINE
    code, out, _ = run("verify", "audit.json", *MODEL, "--weights", "m.weights.h5")
    assert (code, out.splitlines()[-1]) == (FINDINGS, "# 3 identical, 1 changed")


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("m.h5", "--weights 'm.h5': expected a .weights.h5 or .keras file"),
        ("none.keras", "cannot read 'none.keras': no such file; did you mean 'model.keras'?"),
        ("bad.weights.h5", "cannot load 'bad.weights.h5': damaged, or not a .weights.h5 file"),
        ("bad.keras", "cannot load 'bad.keras': damaged, or not a .keras file"),
        ("folder.keras", "cannot load 'folder.keras': it is a folder"),
        (
            "wide.weights.h5",
            "the weights in 'wide.weights.h5' do not fit the model: "
            "<Dense name=head, built=True>: The shape of the target variable ",
        ),
        (
            "other.weights.h5",
            "the weights in 'other.weights.h5' do not fit the model: "
            "<LayerNormalization name=norm, built=True>: Layer 'norm' expected 2 variables, ",
        ),
    ],
)
def test_verify_exits_with_2_for_weights_that_do_not_fit(run, made, write, weights, says):
    write("bad.weights.h5", "garbage")
    write("bad.keras", "garbage")
    Path("folder.keras").mkdir()
    wide = ("--kwargs", '{"units": 5}', "--out", "wide.weights.h5")
    assert run("apply", "spec.yaml", *MODEL, *wide)[0] == FINE
    deep = ("--model", "cli_models:deep", "--set", "strict.unused=allow")
    assert run("apply", "spec.yaml", *deep, "--out", "other.weights.h5")[0] == FINE
    code, out, err = run("verify", "audit.json", *MODEL, "--weights", weights)
    assert (code, out) == (USAGE, "")
    assert err.startswith(says)
    assert err.endswith("\n1 error\n")


# By statistics

CAUSES = (
    "note: what is no plausible draw was trained, loaded from elsewhere, or drawn otherwise than "
    "the policy says\n"
)
STATISTICAL = ("--model", "model.keras", "--statistical")
PLAUSIBLE = "# 3 exact, 1 too small to tell (9 tests, 0.001 for any false alarm)\n"


@pytest.mark.parametrize("source", ["spec.yaml", "plan.json", "audit.json"])
def test_verify_by_statistics_takes_a_spec_a_plan_or_an_audit(run, made, source):
    assert run("verify", source, *STATISTICAL) == (FINE, PLAUSIBLE, "")


def test_verify_by_statistics_says_what_is_no_plausible_draw_and_exits_with_1(run, made):
    model = keras.saving.load_model("model.keras")
    model.get_layer("norm").gamma.assign([1.0, 1.0, 4.0])
    model.get_layer("head").kernel.assign([[9.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    model.save("model.keras")
    code, out, err = run("verify", "spec.yaml", *STATISTICAL)
    first, second, counts, note = out.splitlines(keepends=True)
    assert (code, err, note) == (FINDINGS, "", CAUSES)
    assert counts == ("# 2 exact, 2 inconsistent (9 tests, 0.001 for any false alarm)\n")
    assert first == (
        "norm/gamma\tinconsistent\tnot ones: 1 of 3 elements differ, the first is 4 where 1 is "
        "expected\n"
    )
    assert second.startswith(
        "head/kernel\tinconsistent\tnot a plausible draw from truncated_normal (mean 0, stddev "
        "0.8165): mean "
    )
    detailed = run("verify", "spec.yaml", *STATISTICAL, "-v")[1]
    assert "norm/beta\texact\tzeros\n" in detailed


def test_verify_by_statistics_gives_json(run, made):
    code, out, _ = run("verify", "spec.yaml", *STATISTICAL, "--format", "json")
    data = json.loads(out)
    assert (code, data["declinit_plausibility"], len(data["variables"])) == (FINE, 1, 4)
    assert data["counts"] == {
        "exact": 3, "consistent": 0, "inconsistent": 0, "too small to tell": 1, "not tested": 0,
    }  # fmt: skip


def test_verify_by_statistics_checks_a_file_of_weights(run, made):
    apply = ("apply", "spec.yaml", *MODEL, "--set", "seed=4", "--out", "m.weights.h5")
    assert run(*apply)[0] == FINE
    verify = ("verify", "spec.yaml", *MODEL, "--weights", "m.weights.h5", "--statistical")
    assert run(*verify) == (FINE, PLAUSIBLE, "")


def test_verify_by_statistics_shows_the_warnings_and_the_faults_of_a_spec(run, made, write):
    write("warned.yaml", "declinit: 1\nstrict: {unmatched: warn}\nrules: []\n")
    code, out, err = run("verify", "warned.yaml", *STATISTICAL)
    assert (code, out) == (FINE, "# 4 not tested (0 tests, 0.001 for any false alarm)\n")
    assert "warning" in err
    assert run("verify", "faulty.yaml", *STATISTICAL)[0] == USAGE
    assert run("verify", "none.yaml", *STATISTICAL)[0] == USAGE
