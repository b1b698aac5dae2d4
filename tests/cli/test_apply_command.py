"""`declinit apply`."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE, names, valid


@pytest.mark.parametrize("source", ["spec.yaml", "plan.json", "audit.json"])
def test_apply_takes_a_spec_a_plan_or_an_audit_and_makes_the_same_weights(run, made, source):
    code, out, err = run("apply", source, *MODEL, "--out", "again.keras", "--groups")
    assert (code, err) == (FINE, "")
    assert out.splitlines()[-1] == "# 4 variables: 0 loaded, 4 drawn, 0 kept; seed 3"
    assert sorted(out.splitlines()[:-1]) == [
        "gains\t1 variable",
        "kernels\t1 variable",
        "rest\t2 variables",
    ]
    assert run("verify", "audit.json", "--model", "again.keras") == (FINE, "# 4 identical\n", "")


def test_apply_writes_weights_that_keras_loads(run, made):
    assert run("apply", "spec.yaml", *MODEL, "--out", "model.weights.h5")[0] == FINE
    saved, fresh = keras.saving.load_model("model.keras"), keras.models.clone_model
    model = fresh(saved)
    model.load_weights("model.weights.h5")
    for one, other in zip(saved.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_apply_lists_variables_when_piped(run):
    _, out, _ = run("apply", "spec.yaml", *MODEL, "--audit", "audit.json")
    digests = {record["path"]: record["digest"] for record in _records("audit.json")}
    rows = dict(line.split("\t", 1) for line in out.splitlines() if line[0] != "#")
    assert rows["norm/gamma"] == f"gains\tmean 1\tstddev 0\t{digests['norm/gamma'][:16]}"
    assert sorted(rows) == sorted(digests)


def _records(path: str) -> list[dict]:
    return valid(Path(path).read_text(encoding="utf-8"), "audit")["variables"]


def test_apply_gives_its_audit_as_json(run):
    code, out, _ = run("apply", "spec.yaml", *MODEL, "--audit", "audit.json", "--format", "json")
    assert (code, out) == (FINE, Path("audit.json").read_text(encoding="utf-8"))
    assert valid(out, "audit")["seed"] == 3


def test_apply_takes_overrides_of_a_spec(run):
    overrides = ("--set", "seed=8", "--rule", "head/bias=constant(value=2)")
    code, out, _ = run("apply", "spec.yaml", *MODEL, *overrides, "--audit", "a.json", "--groups")
    assert (code, out.splitlines()[-1]) == (
        FINE,
        "# 4 variables: 0 loaded, 4 drawn, 0 kept; seed 8",
    )
    assert {one["path"]: one["mean"] for one in _records("a.json")}["head/bias"] == 2


def test_apply_may_replace_the_model_that_it_was_given(run, made):
    reset = ("apply", "spec.yaml", "--set", "seed=8", "--model", "model.keras")
    assert run(*reset, "--out", "model.keras", "--audit", "new.json")[0] == FINE
    assert run("verify", "new.json", "--model", "model.keras")[0] == FINE
    assert run("verify", "audit.json", "--model", "model.keras")[0] == FINDINGS


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("spec.yaml",), "nothing would be kept: give --out, --audit, or both [DI701]"),
        (
            ("spec.yaml", "--out", "m.h5"),
            "--out 'm.h5': expected a .keras or .weights.h5 file [DI703]",
        ),
        (
            ("spec.yaml", "--out", "no/m.keras"),
            "cannot write 'no/m.keras': its folder does not exist [DI704]",
        ),
        (
            ("spec.yaml", "--audit", "no/a.json"),
            "cannot write 'no/a.json': its folder does not exist [DI704]",
        ),
        (("spec.yaml", "--audit", "."), "cannot write '.': is a directory [DI704]"),
        (
            ("spec.yaml", "--out", "m.keras", "--audit", "m.keras"),
            "--out and --audit are both 'm.keras' [DI701]",
        ),
        (("?", "--audit", "a.json"), "cannot read '?': no such file [DI101]"),
        (
            ("plan.json", "--audit", "a.json", "--set", "seed=2"),
            "'plan.json' is a plan, which takes no --set: "
            "it is applied as it stands; override the spec it was made from [DI701]",
        ),
        (
            ("audit.json", "--audit", "a.json", "--rule", "**=zeros"),
            "'audit.json' is an audit, which takes no --rule: "
            "it is applied as it stands; override the spec it was made from [DI701]",
        ),
        (
            ("cut.json", "--audit", "a.json"),
            "cut.json:1:1: missing key 'variables' [DI202]\n    {{\n    ^",
        ),
    ],
)
def test_apply_refuses_before_any_model_is_built(run, made, write, arguments, says):
    plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    del plan["variables"]
    Path("cut.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
    before = names()
    done = run("apply", *arguments, "--model", "cli_models:raising")
    assert done == (USAGE, "", f"{says}\n1 error\n".replace("{{", "{"))
    assert names() == before


def test_apply_shows_the_faults_of_a_spec_before_any_model_is_built(run):
    code, _, err = run("apply", "faulty.yaml", "--model", "cli_models:raising", "--audit", "a.json")
    assert code == FINDINGS
    assert err.startswith("faulty.yaml:4:18: unknown initializer 'he_norml'")


def test_apply_refuses_the_plan_of_another_model(run, made):
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 1}')
    code, out, err = run("apply", "plan.json", *deep, "--audit", "other.json")
    assert (code, out) == (FINDINGS, "")
    assert "variable 'norm/gamma' of the plan is not in the model" in err
    assert not Path("other.json").exists()


def test_an_initializer_that_raises_writes_nothing(run, write):
    write(
        "cli_boom.py",
        "import declinit\n\n\ndef cli_boom(shape, dtype=None):\n    raise RuntimeError('boom')\n\n\n"
        "declinit.register('cli_boom', cli_boom)\n",
    )
    before = names()
    options = ("--import", "cli_boom", "--rule", "head/bias=cli_boom", "--out", "m.keras")
    code, out, err = run("apply", "spec.yaml", *MODEL, *options, "--audit", "a.json")
    assert (code in (FINDINGS, USAGE), out, names()) == (True, "", before)
    assert err.startswith("initializing 'head/bias' by rule 'rules[3]' at --rule ")
    assert "RuntimeError: boom" in err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(28, "No space left on device"), USAGE, "cannot write 'm.keras': no space left on"),
        (TypeError("x"), USAGE, "Keras cannot save 'm.keras': TypeError: x [DI411]\n1 error\n"),
        (KeyboardInterrupt(), 130, "declinit: interrupted\n"),
    ],
)
def test_a_save_that_fails_leaves_the_old_file_and_no_half_of_a_new_one(
    run, monkeypatch, error, code, says
):
    def save(model, path, *_, **__):
        Path(path).write_bytes(b"half")
        raise error

    Path("m.keras").write_bytes(b"old")
    before = names()
    monkeypatch.setattr(keras.Model, "save", save)
    done = run("apply", "spec.yaml", *MODEL, "--out", "m.keras", "--audit", "a.json")
    assert (done[0], done[1]) == (code, "")
    assert done[2].startswith(says)
    assert (names(), Path("m.keras").read_bytes()) == (before, b"old")


def test_a_model_that_keras_cannot_save_exits_with_2(run):
    model = ("--model", "cli_models:unsaveable", "--set", "strict.unused=allow")
    code, _, err = run("apply", "spec.yaml", *model, "--out", "m.keras")
    assert (code, Path("m.keras").exists()) == (USAGE, False)
    assert err.startswith("Keras cannot save 'm.keras': ")


def test_a_model_may_take_its_own_place(run, made):
    in_place = ("apply", "spec.yaml", "--model", "model.keras", "--out", "model.keras")
    assert run(*in_place, "--audit", "audit.json")[0] == FINE
    assert run("verify", "audit.json", "--model", "model.keras")[0] == FINE


def test_applying_a_plan_without_variables_is_refused(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("plan.json").write_text(json.dumps(data | {"variables": []}), encoding="utf-8")
    code, _, err = run("apply", "plan.json", *MODEL, "--audit", "new.json")
    assert (code, "new.json" in names()) == (FINDINGS, False)
    assert err.startswith("variable 'norm/gamma' of the model is not in the plan [DI408]\n")


@pytest.mark.parametrize(
    ("scales", "says"),
    [
        (
            1,
            "1 variable has no place in the config of its layer: a model rebuilt from its config "
            "will draw it anew; `declinit.apply(audit, model)` restores it",
        ),
        (
            2,
            "2 variables have no place in the config of their layer: a model rebuilt from its "
            "config will draw them anew; `declinit.apply(audit, model)` restores them",
        ),
    ],
)
def test_apply_says_what_follows_where_a_config_cannot_hold_it(run, write, scales, says):
    write("zeros.yaml", "declinit: 1\nseed: 3\nrules: [{match: '**', initializer: zeros}]\n")
    model = ("--model", "cli_models:scaled", "--kwargs", json.dumps({"scales": scales}))
    code, out, err = run("apply", "zeros.yaml", *model, "--groups", "--audit", "a.json")
    assert (code, err) == (FINE, "")
    assert out.splitlines()[-1] == f"note: {says}"
    assert json.loads(Path("a.json").read_text(encoding="utf-8"))["notes"] == [says]


KEEPING = """
declinit: 1
seed: 3
strict: {unmatched: allow}
rules: [{match: 'head/bias', initializer: ones}]
"""
NOT_RESTORED = (
    "1 variable received other values than the audit records (head/kernel): what was kept, an audit "
    "cannot make again; load it from where it came from [DI413]"
)


def test_an_audit_whose_weights_do_not_come_back_is_a_finding(run, write):
    write("keeping.yaml", KEEPING)
    assert run("apply", "keeping.yaml", *MODEL, "--audit", "old.json")[0] == FINE
    code, out, err = run("apply", "old.json", *MODEL, "--audit", "new.json")
    assert (code, err) == (FINDINGS, f"warning: {NOT_RESTORED}\n1 warning\n")
    assert out.splitlines()[-1] == f"note: warning: {NOT_RESTORED}"
    assert json.loads(Path("new.json").read_text(encoding="utf-8"))["notes"] == [
        f"warning: {NOT_RESTORED}"
    ]


def test_a_saved_model_that_keras_will_not_load_is_warned_of(run):
    model = ("--model", "cli_models:scaled", "--kwargs", '{"scales": 2}')
    rule = ("--rule", "**/scale=ones", "--set", "strict.unused=allow")
    code, _, err = run("apply", "spec.yaml", *model, *rule, "--out", "m.keras")
    assert (code, err) == (
        FINE,
        "warning: Keras loads 'm.keras' only where these are registered: cli_models.Scale; "
        "decorate them with `@keras.saving.register_keras_serializable()` [DI424]\n1 warning\n",
    )
    with pytest.raises(TypeError, match="Could not locate class 'Scale'"):
        keras.saving.load_model("m.keras")
    assert run("apply", "spec.yaml", *model, *rule, "--out", "m.weights.h5")[2] == ""


def test_registered_classes_and_those_of_keras_are_not_warned_of(run, write):
    write(
        "cli_registered.py",
        "import keras\nfrom cli_models import Scale\n\n\n"
        "@keras.saving.register_keras_serializable('cli')\nclass Known(Scale):\n    pass\n\n\n"
        "def build():\n    inputs = keras.Input((3,))\n    x = keras.layers.Dense(2)(inputs)\n"
        "    return keras.Model(inputs, Known(name='scale')(x))\n",
    )
    options = ("--rule", "**/scale=ones", "--set", "strict.unused=allow", "--out", "m.keras")
    assert run("apply", "spec.yaml", "--model", "cli_registered:build", *options)[2] == ""
    keras.saving.load_model("m.keras")
