"""`--model` and `--kwargs`: what they may name, and what is wrong with others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, MODELS, PROGRAM, USAGE, process


@pytest.mark.parametrize("model", ["cli_models:tiny", "model.keras", "config.json"])
def test_a_model_is_a_function_or_a_saved_model_or_a_config(run, made, model):
    code, out, err = run("inventory", "--model", model)
    paths = [line.split("\t")[0] for line in out.splitlines()]
    assert (code, err) == (FINE, "")
    assert sorted(paths) == [
        "# 4 variables",
        "head/bias",
        "head/kernel",
        "norm/beta",
        "norm/gamma",
    ]


def test_kwargs_are_the_arguments_of_the_function(run):
    _, out, _ = run("inventory", *MODEL, "--kwargs", '{"units": 5}')
    assert "head/kernel\t3x5\t" in out


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("cli_models", "--model 'cli_models': expected package.module:function, a .keras file or "),
        ("cli_models:", "--model 'cli_models:': expected package.module:function, a .keras file "),
        ("", "expected either --model or --weights"),
        ("cli_models:tinny", "'cli_models' has no 'tinny'; did you mean 'tiny'?"),
        ("cli_model:tiny", "there is no module 'cli_model'; did you mean 'cli_models'?"),
        ("cli_models.py:tiny", "'cli_models.py' is not a module's name; write it as Python "),
        ("./cli_models:tiny", "'./cli_models' is not a module's name; write it as Python "),
        ("cli_models:MISSING.x", "'cli_models' has no 'MISSING.x'"),
        ("cli_models:instance", "'cli_models:instance' is a Functional, expected a function that"),
        ("cli_models:__name__", "'cli_models:__name__' is a str, expected a function that makes"),
        ("cli_models:seven", "--model 'cli_models:seven' returned int, expected a Keras model"),
        ("modle.keras", "cannot read 'modle.keras': no such file; did you mean 'model.keras'?"),
        ("bad.keras", "cannot load 'bad.keras': damaged, or not a .keras file"),
        ("cut.keras", "cannot load 'cut.keras': damaged, or not a .keras file"),
        ("folder.keras", "cannot load 'folder.keras': it is a folder"),
        ("w.weights.h5", "cannot load 'w.weights.h5': it holds weights, not a model"),
        ("bad.json", "cannot load 'bad.json': it is not JSON: Expecting value: line 1 column 1"),
        ("audit.json", "cannot load 'audit.json': it does not hold a model's config, as "),
        ("list.json", "cannot load 'list.json': it does not hold a model's config, as "),
        ("strange.json", "cannot load 'strange.json': TypeError: Could not locate class 'Strange'"),
    ],
)
def test_a_wrong_model_exits_with_2(run, made, write, model, says):
    write("bad.keras", "garbage")
    write("bad.json", "garbage")
    write("w.weights.h5", "")
    write("list.json", "[]")
    write("strange.json", {"class_name": "Strange", "config": {}, "module": "cli_models"})
    Path("folder.keras").mkdir()
    Path("cut.keras").write_bytes(Path("model.keras").read_bytes()[:300])
    code, out, err = run("inventory", "--model", model)
    assert (code, out) == (USAGE, "")
    assert err.startswith(says)
    assert err.endswith("\n1 error\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("cli_models:raising",),
            "calling cli_models:raising failed at {here}/cli_models.py:{line}: "
            "RuntimeError: no GPU today [DI403]",
        ),
        (
            ("cli_models:exiting",),
            "calling cli_models:exiting failed at {here}/cli_models.py:{line}: SystemExit: bye [DI403]",
        ),
        (
            ("cli_models:tiny", "--kwargs", '{"unit": 5}'),
            'calling cli_models:tiny with {{"unit": 5}} failed: '
            "TypeError: tiny() got an unexpected keyword argument 'unit' [DI403]",
        ),
        (
            ("cli_models:tiny", "--kwargs", "[1]"),
            "--kwargs must be a JSON object, received [1] [DI703]",
        ),
        (
            ("cli_models:tiny", "--kwargs", "{{"),
            "--kwargs is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1) [DI703]",
        ),
        (
            ("m.keras", "--kwargs", '{{"a": 1}}'),
            "'m.keras' is a file: only a function takes --kwargs [DI701]",
        ),
    ],
)
def test_a_call_that_fails_exits_with_2_and_names_the_users_line(run, here, arguments, says):
    lines = MODELS.splitlines()
    wanted = {"cli_models:raising": "raise RuntimeError", "cli_models:exiting": "sys.exit"}
    text = wanted.get(arguments[0], "import sys")
    line = next(number for number, code in enumerate(lines, 1) if text in code)
    given = [argument.replace("{{", "{").replace("}}", "}") for argument in arguments]
    message = says.format(here=here, line=line)
    assert run("inventory", "--model", *given) == (USAGE, "", f"{message}\n1 error\n")


def test_an_error_inside_keras_is_placed_at_the_users_line(run, here):
    line = MODELS.splitlines().index("    layers.Dense(-1)") + 1
    code, _, err = run("inventory", "--model", "cli_models:inside_keras")
    place = f"{here}/cli_models.py:{line}"
    assert code == USAGE
    assert err.startswith(f"calling cli_models:inside_keras failed at {place}: ValueError: ")


def test_a_class_that_keras_does_not_know_is_told_without_its_whole_config(run, write):
    write("strange.json", {"class_name": "Strange", "config": {}, "module": "cli_models"})
    code, _, err = run("inventory", "--model", "strange.json")
    assert (code, "Full object config" in err) == (USAGE, False)
    hint = (
        "custom layers and initializers must be registered: name their module with --import [DI404]"
    )
    assert err.endswith(f"; {hint}\n1 error\n")


def test_what_a_model_function_prints_does_not_mix_with_results(run):
    code, out, err = run("plan", "spec.yaml", "--model", "cli_models:talking", "--format", "json")
    assert (code, err, "declinit_plan" in json.loads(out)) == (FINE, "building\n", True)


def test_a_model_that_is_not_built_is_refused(run):
    code, out, err = run("inventory", "--model", "cli_models:unbuilt")
    assert (code in (FINDINGS, USAGE), out) == (True, "")
    assert err.startswith("model 'lazy' is not built yet")


@pytest.mark.parametrize(
    ("command", "out"),
    [
        (("verify", "audit.json"), "# 4 identical\n"),
        (("inventory",), "head/kernel\t3x2\tfloat32\tDense"),
        (
            ("apply", "audit.json", "--out", "again.keras"),
            "# 4 variables: 0 loaded, 4 drawn, 0 kept; seed 3",
        ),
    ],
    ids=lambda given: given[0],
)
def test_a_saved_model_is_read_by_a_process_that_did_nothing_else(made, command, out):
    """Its config names portable initializers, with seeds that Keras' own would refuse."""
    done = process(*PROGRAM, *command, "--model", "model.keras")
    assert (done.returncode, out in done.stdout + done.stderr) == (FINE, True), done
