"""The command line: every command and option, what it prints, and its exit code."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import keras
import numpy as np
import pytest

from declinit import cli
from declinit.checks.files import schema_text
from declinit.version import VERSION

FINE, FINDINGS, USAGE, INTERNAL = 0, 1, 2, 3
MODEL = ("--model", "cli_models:tiny")

MODELS = """
import sys
import keras
from keras import layers


def tiny(units=2):
    inputs = keras.Input((3,))
    x = layers.LayerNormalization(name="norm")(inputs)
    return keras.Model(inputs, layers.Dense(units, name="head")(x), name="tiny")


def deep(layers_=40):
    x = inputs = keras.Input((3,))
    for number in range(layers_):
        x = layers.Dense(3, name=f"a_layer_with_a_very_long_name_indeed_{number:03}")(x)
    return keras.Model(inputs, x)


def raising():
    raise RuntimeError("no GPU today")


def inside_keras():
    layers.Dense(-1)


def exiting():
    sys.exit("bye")


def talking():
    print("building")
    return tiny()


def unbuilt():
    return keras.Sequential([layers.Dense(2, name="head")], name="lazy")


class Unsaveable(keras.Model):
    def get_config(self):
        raise RuntimeError("no config")


def unsaveable():
    inputs = keras.Input((3,))
    return Unsaveable(inputs, layers.Dense(2, name="head")(inputs))


def seven():
    return 7


instance = tiny()
"""

SPEC = """declinit: 1
seed: 3
rules:
  - id: kernels
    match: "**/kernel"
    initializer: he_normal
  - id: rest
    match: ["**/bias", "**/beta"]
    initializer: zeros
  - id: gains
    match: "**/gamma"
    initializer: ones
"""

FAULTY = """declinit: 1
rules:
  - match: "**/kernel"
    initializer: he_norml
"""


@pytest.fixture
def here(tmp_path, write, monkeypatch):
    """An empty working directory with `cli_models.py`, `spec.yaml` and `faulty.yaml`."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("NO_COLOR", "DECLINIT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    write("cli_models.py", MODELS)
    write("spec.yaml", SPEC)
    write("faulty.yaml", FAULTY)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def run(here, capsys):
    """Run a command in this process; gives its exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as stop:  # argparse's own way out
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def made(run):
    """`plan.json`, `audit.json`, `model.keras` and `config.json`, made by the command line."""
    assert run("plan", "spec.yaml", *MODEL, "--out", "plan.json")[0] == FINE
    apply = ("apply", "spec.yaml", *MODEL, "--out", "model.keras", "--audit", "audit.json")
    assert run(*apply)[0] == FINE
    import cli_models  # written by the fixture `here`

    Path("config.json").write_text(cli_models.tiny().to_json(), encoding="utf-8")


def process(*command: str, **more) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": _env()} | more
    return subprocess.run(command, check=False, text=True, timeout=60, **streams)


PROGRAM = (sys.executable, "-m", "declinit")


def _env(**more: str) -> dict[str, str]:
    root = str(Path(cli.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3", **more}


def names() -> list[str]:
    return sorted(entry.name for entry in Path().iterdir() if entry.name != "__pycache__")


def valid(text: str, schema: str) -> dict:
    data = json.loads(text)
    jsonschema.validate(data, json.loads(schema_text(schema)))
    return data


# The program


def test_the_version_is_printed(run):
    assert run("--version") == (FINE, f"declinit {VERSION}\n", "")


def test_help_lists_the_commands_and_the_exit_codes(run):
    code, out, _ = run("--help")
    assert code == FINE
    commands = ("validate", "plan", "explain", "apply", "verify", "inventory", "export", "schema")
    assert all(f"    {name}" in out for name in commands)
    assert "0 fine, 1 findings, 2 usage or unreadable input, 3 internal error" in out.replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("frobnicate",), "argument COMMAND: invalid choice: 'frobnicate'"),
        (("validate",), "the following arguments are required: SPEC"),
        (("plan", "spec.yaml"), "the following arguments are required: --model"),
        (("plan", *MODEL), "the following arguments are required: SPEC"),
        (("explain", "spec.yaml", *MODEL), "the following arguments are required: PATH"),
        (("verify", *MODEL), "the following arguments are required: AUDIT"),
        (("plan", "spec.yaml", *MODEL, "--format", "github"), "argument --format: invalid choice"),
        (("validate", "spec.yaml", "--color", "red"), "argument --color: invalid choice: 'red'"),
        (("export", *MODEL, "--seed", "x"), "argument --seed: invalid int value: 'x'"),
        (("inventory", *MODEL, "--groups"), "unrecognized arguments: --groups"),
    ],
)
def test_wrong_arguments_exit_with_2(run, arguments, says):
    code, out, err = run(*arguments)
    assert (code, out) == (USAGE, "")
    assert f"error: {says}" in err


# validate


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
        ("plan.json", "'plan.json' is a plan, expected a spec"),
        ("audit.json", "'audit.json' is an audit, expected a spec"),
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
        "sys.exit(code or ' '.join({'keras', 'numpy', 'jax', 'torch'} & set(sys.modules)) or 0)"
    )
    done = process(sys.executable, "-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.yaml: fine, 3 rules\n", "")


def test_import_makes_the_initializers_of_a_module_known(run, write):
    write(
        "cli_inits.py",
        "import declinit, numpy\n"
        "print('importing')\n"
        "declinit.register('cli_threes', lambda shape, dtype=None: numpy.full(shape, 3.0))\n",
    )
    write("threes.yaml", SPEC.replace("he_normal", "cli_threes"))
    code, _, err = run("validate", "threes.yaml")
    assert (code, "unknown initializer 'cli_threes'" in err) == (FINDINGS, True)
    threes = ("threes.yaml", "--import", "cli_inits")
    assert run("validate", *threes) == (FINE, "threes.yaml: fine, 3 rules\n", "importing\n")
    code, out, _ = run("apply", *threes, *MODEL, "--audit", "audit.json", "--format", "json")
    records = {record["path"]: record for record in valid(out, "audit")["variables"]}
    assert (code, records["head/kernel"]["mean"]) == (FINE, 3.0)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("cli_model", "there is no module 'cli_model'; did you mean 'cli_models'?"),
        ("cli_lacking", "there is no module 'no_such_thing', which 'cli_lacking' needs"),
        (
            "cli_models.py",
            "'cli_models.py' is not a module's name; "
            "write it as Python imports it, such as package.module",
        ),
        ("cli_broken", "importing 'cli_broken' failed: SyntaxError: '(' was never closed"),
        ("cli_failing", "importing 'cli_failing' failed at {here}/cli_failing.py:2: ValueError: x"),
    ],
)
def test_a_module_that_cannot_be_imported_exits_with_2(run, write, here, module, says):
    write("cli_lacking.py", "import no_such_thing\n")
    write("cli_broken.py", "f(\n")
    write("cli_failing.py", "\nraise ValueError('x')\n")
    code, out, err = run("validate", "spec.yaml", "--import", module)
    assert (code, out) == (USAGE, "")
    assert err.startswith(says.format(here=here))
    assert err.endswith("\n1 error\n")


# plan


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
    assert (code, err, data.pop("problems")) == (FINE, "", [])
    assert data == valid(Path("plan.json").read_text(encoding="utf-8"), "plan")
    assert [rule["rule"] for rule in data["rules"]] == ["kernels", "rest", "gains"]


def test_a_plan_is_the_same_twice(run):
    assert run("plan", "spec.yaml", *MODEL) == run("plan", "spec.yaml", *MODEL)


def test_a_seed_that_was_drawn_is_told(run, write):
    write("unseeded.yaml", SPEC.replace("seed: 3\n", ""))
    code, out, err = run("plan", "unseeded.yaml", *MODEL, "--format", "json")
    seed = json.loads(out)["seed"]
    told = f"seed {seed}: the spec names no seed: this one was drawn, and is recorded"
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
        "# 4 variables: 3 to initialize, 1 left as they are\n"
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
        (("--rule", "**/kernel=zeross"), "--rule **/kernel=zeross:1:11: unknown initializer 'zer"),
    ],
)
def test_a_faulty_override_is_refused_without_a_plan(run, option, says):
    code, out, err = run("plan", "spec.yaml", *MODEL, *option)
    assert (code in (FINDINGS, USAGE), out) == (True, "")
    assert err.startswith(says)


def test_faults_that_only_a_model_shows_are_findings(run):
    code, out, err = run("plan", "spec.yaml", "--model", "cli_models:deep")
    assert (code, out) == (FINDINGS, "")
    assert err.startswith("spec.yaml:10:5: rule 'gains' matches no variable\n    - id: gains\n")


def test_warnings_leave_the_plan_as_it_is(run):
    code, out, err = run("plan", "spec.yaml", *MODEL, "--rule", "**/kernel=ones", "--groups")
    assert code == FINE
    assert out.endswith("# 4 variables: 4 to initialize, 0 left as they are; 1 warning\n")
    assert err.startswith("spec.yaml:4:5: warning: rule 'kernels' decides nothing: ")
    assert err.endswith("\n1 warning\n")


def test_check_finds_no_drift_in_an_unchanged_plan(run, made):
    before = Path("plan.json").read_bytes()
    check = ("plan", "spec.yaml", *MODEL, "--check", "plan.json")
    assert run(*check) == (FINE, "plan.json: no drift, 4 variables\n", "")
    code, out, err = run(*check, "--format", "json")
    assert (code, err) == (FINE, "")
    assert json.loads(out) == {"declinit_drift": 1, "plan": "plan.json", "changes": []}
    assert Path("plan.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (("--set", "generator=keras"), "generator: portable -> keras\n"),
        (
            ("--rule", "head/bias=ones"),
            "head/bias: initializer zeros -> ones\n"
            'head/bias: expected {"family": "constant", "mean": 0.0, "stddev": 0.0, "low": 0.0, '
            '"high": 0.0} -> {"family": "constant", "mean": 1.0, "stddev": 0.0, "low": 1.0, '
            '"high": 1.0}\n',
        ),
        (("--rule", "head/bias=keep"), "head/bias: initializer zeros -> left as it is\n"),
        (("--kwargs", '{"units": 5}'), "head/kernel: shape [3, 2] -> [3, 5]\n"),
    ],
)
def test_check_exits_with_1_and_says_what_has_drifted(run, made, change, lines):
    code, out, err = run("plan", "spec.yaml", *MODEL, "--check", "plan.json", *change)
    assert code == FINDINGS
    assert lines in out
    count = out.count("\n")
    places = f"{count} place{'s' if count > 1 else ''}"
    assert err == f"declinit: plan.json: the plan has changed in {places}\n"


def test_check_tells_a_changed_seed_once_a_variable(run, made):
    change = ("--check", "plan.json", "--set", "seed=4", "--format", "json")
    code, out, _ = run("plan", "spec.yaml", *MODEL, *change)
    first, kernel = json.loads(out)["changes"]
    assert (code, first) == (FINDINGS, "seed: 3 -> 4")
    assert kernel.startswith("head/kernel: initializer he_normal(seed=")


def test_check_and_out_together_compare_first_and_then_replace(run, made):
    both = ("plan", "spec.yaml", *MODEL, "--check", "plan.json", "--out", "plan.json")
    assert run(*both, "--set", "seed=4")[0] == FINDINGS
    assert run(*both, "--set", "seed=4")[0] == FINE


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("plam.json", "cannot read 'plam.json': no such file; did you mean 'plan.json'? [DI101]"),
        ("audit.json", "'audit.json' is an audit, expected a plan"),
        ("spec.yaml", "'spec.yaml' is a spec, expected a plan"),
        ("empty.json", "empty.json: the document is empty [DI104]"),
    ],
)
def test_check_exits_with_2_before_building_where_there_is_no_plan(run, made, write, path, says):
    """A plan that cannot be read is not the drift that exit code 1 stands for."""
    write("empty.json", "")
    raising = ("--model", "cli_models:raising")
    done = run("plan", "spec.yaml", *raising, "--check", path)
    assert done == (USAGE, "", f"{says}\n1 error\n")


# --model


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
        ("", "--model '': expected package.module:function, a .keras file or a .json file"),
        ("cli_models:tinny", "'cli_models' has no 'tinny'; did you mean 'tiny'?"),
        ("cli_model:tiny", "there is no module 'cli_model'; did you mean 'cli_models'?"),
        ("cli_models.py:tiny", "'cli_models.py' is not a module's name; write it as Python "),
        ("./cli_models:tiny", "'./cli_models' is not a module's name; write it as Python "),
        ("cli_models:MISSING.x", "'cli_models' has no 'MISSING.x'"),
        ("cli_models:instance", "'cli_models:instance' is a Functional, expected a function that"),
        ("cli_models:__name__", "'cli_models:__name__' is a str, expected a function that makes"),
        ("cli_models:seven", "--model 'cli_models:seven' returned int, expected a Keras model"),
        ("modle.keras", "cannot read 'modle.keras': no such file; did you mean 'model.keras'?"),
        ("bad.keras", "cannot load 'bad.keras': it is damaged, or no .keras file"),
        ("cut.keras", "cannot load 'cut.keras': it is damaged, or no .keras file"),
        ("folder.keras", "cannot load 'folder.keras': it is a folder"),
        ("w.weights.h5", "cannot load 'w.weights.h5': it holds weights and no model"),
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
            "RuntimeError: no GPU today",
        ),
        (
            ("cli_models:exiting",),
            "calling cli_models:exiting failed at {here}/cli_models.py:{line}: SystemExit: bye",
        ),
        (
            ("cli_models:tiny", "--kwargs", '{"unit": 5}'),
            'calling cli_models:tiny with {{"unit": 5}} failed: '
            "TypeError: tiny() got an unexpected keyword argument 'unit'",
        ),
        (("cli_models:tiny", "--kwargs", "[1]"), "--kwargs must be a JSON object, received [1]"),
        (
            ("cli_models:tiny", "--kwargs", "{{"),
            "--kwargs is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
        ),
        (
            ("m.keras", "--kwargs", '{{"a": 1}}'),
            "'m.keras' is a file: only a function takes --kwargs",
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
    assert err.endswith(
        "; custom layers and initializers must be registered: name their module with --import\n1 error\n"
    )


def test_what_a_model_function_prints_does_not_mix_with_results(run):
    code, out, err = run("plan", "spec.yaml", "--model", "cli_models:talking", "--format", "json")
    assert (code, err, json.loads(out)["declinit_plan"]) == (FINE, "building\n", 1)


def test_a_model_that_is_not_built_is_refused(run):
    code, out, err = run("inventory", "--model", "cli_models:unbuilt")
    assert (code in (FINDINGS, USAGE), out) == (True, "")
    assert err.startswith("model 'lazy' is not built yet")


def test_a_backend_that_there_is_not_exits_with_2(here):
    for more in ([], ["--import", "cli_models"]):
        command = (*PROGRAM, "plan", "spec.yaml", *MODEL, *more)
        done = process(*command, env=_env(KERAS_BACKEND="bogus"))
        assert (done.returncode, done.stdout) == (USAGE, "")
        assert done.stderr == "Keras cannot start: Unable to import backend : bogus\n1 error\n"


# explain


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
        "pattern 'head/[': '[' is never closed; write '\\[' for the character [DI213]\n"
        "3 errors\n",
    )


def test_explain_works_where_the_plan_has_errors_and_exits_with_1(run):
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 1}')
    code, out, err = run("explain", "spec.yaml", "**/bias", *deep)
    assert code == FINDINGS
    assert "  wins      rest\tzeros\tspec.yaml:7:5\n" in out
    assert "rule 'gains' matches no variable" in err


# apply


@pytest.mark.parametrize("source", ["spec.yaml", "plan.json", "audit.json"])
def test_apply_takes_a_spec_a_plan_or_an_audit_and_makes_the_same_weights(run, made, source):
    code, out, err = run("apply", source, *MODEL, "--out", "again.keras", "--groups")
    assert (code, err) == (FINE, "")
    assert out.splitlines()[-1] == "# 4 of 4 variables initialized, seed 3"
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
    assert (code, out.splitlines()[-1]) == (FINE, "# 4 of 4 variables initialized, seed 8")
    assert {one["path"]: one["mean"] for one in _records("a.json")}["head/bias"] == 2


def test_apply_may_replace_the_model_that_it_was_given(run, made):
    reset = ("apply", "spec.yaml", "--set", "seed=8", "--model", "model.keras")
    assert run(*reset, "--out", "model.keras", "--audit", "new.json")[0] == FINE
    assert run("verify", "new.json", "--model", "model.keras")[0] == FINE
    assert run("verify", "audit.json", "--model", "model.keras")[0] == FINDINGS


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("spec.yaml",), "nothing would be kept: give --out, --audit, or both"),
        (("spec.yaml", "--out", "m.h5"), "--out 'm.h5': expected a .keras or .weights.h5 file"),
        (
            ("spec.yaml", "--out", "no/m.keras"),
            "cannot write 'no/m.keras': its folder does not exist",
        ),
        (
            ("spec.yaml", "--audit", "no/a.json"),
            "cannot write 'no/a.json': its folder does not exist",
        ),
        (("spec.yaml", "--audit", "."), "cannot write '.': is a directory"),
        (
            ("spec.yaml", "--out", "m.keras", "--audit", "m.keras"),
            "--out and --audit are both 'm.keras'",
        ),
        (("?", "--audit", "a.json"), "cannot read '?': no such file [DI101]"),
        (
            ("plan.json", "--audit", "a.json", "--set", "seed=2"),
            "'plan.json' is a plan, expected a spec",
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
        (TypeError("x"), USAGE, "Keras cannot save 'm.keras': TypeError: x\n1 error\n"),
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


# verify


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


@pytest.mark.parametrize(
    ("command", "out"),
    [
        (("verify", "audit.json"), "# 4 identical\n"),
        (("inventory",), "head/kernel\t3x2\tfloat32\tDense"),
        (("apply", "audit.json", "--out", "again.keras"), "# 4 of 4 variables initialized, seed 3"),
    ],
    ids=lambda given: given[0],
)
def test_a_saved_model_is_read_by_a_process_that_did_nothing_else(made, command, out):
    """Its config names portable initializers, with seeds that Keras' own would refuse."""
    done = process(*PROGRAM, *command, "--model", "model.keras")
    assert (done.returncode, out in done.stdout + done.stderr) == (FINE, True), done


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
    assert (code, data["declinit_verification"], data["counts"]) == (FINE, 1, counts)
    assert {one["status"] for one in data["variables"]} == {"identical"}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("audit.jsn", "cannot read 'audit.jsn': no such file; did you mean 'audit.json'?"),
        ("plan.json", "'plan.json' is a plan, expected an audit"),
        ("spec.yaml", "'spec.yaml' is a spec, expected an audit"),
        ("empty.json", "empty.json: the document is empty"),
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


# inventory and export


def test_inventory_gives_json(run):
    code, out, _ = run("inventory", *MODEL, "--format", "json")
    data = json.loads(out)
    kernel = next(one for one in data["variables"] if one["path"] == "head/kernel")
    assert (code, data["declinit_inventory"]) == (FINE, 1)
    assert (kernel["shape"], kernel["layer"]) == ([3, 2], "Dense")
    assert kernel["initializer"]["class_name"] == "GlorotUniform"


def test_inventory_lists_what_a_layer_now_has(run):
    _, out, _ = run("inventory", *MODEL)
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert rows["head/kernel"][:6] == [
        "3x2",
        "float32",
        "Dense",
        "trainable",
        "GlorotUniform",
        "fan_in 3, fan_out 2",
    ]


def test_export_writes_a_spec_that_is_fine_and_plans(run, made):
    code, text, err = run("export", "--model", "config.json", "--seed", "5")
    assert (code, err) == (FINE, "")
    assert text.startswith("declinit: 1\n")
    assert "\nseed: 5\n" in text
    out = ("export", "--model", "config.json", "--seed", "5", "--out", "today.yaml")
    rules = text.count("- match:")
    assert run(*out) == (FINE, "", f"declinit: today.yaml: {rules} rules\n")
    assert Path("today.yaml").read_text(encoding="utf-8") == text
    assert run("validate", "today.yaml") == (FINE, f"today.yaml: fine, {rules} rules\n", "")
    assert run("plan", "today.yaml", *MODEL)[0] == FINE


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("export", *MODEL, "--out", "no/s.yaml"),
            "cannot write 'no/s.yaml': its folder does not exist",
        ),
        (("export", *MODEL, "--seed", "-3"), "--seed -3: expected 0 to 9007199254740991"),
        (
            ("export", "--model", "model.keras", "--out", "model.keras"),
            "'model.keras' would overwrite 'model.keras', which this command uses",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "./spec.yaml"),
            "'./spec.yaml' would overwrite 'spec.yaml', which this command uses",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "no/p.json"),
            "cannot write 'no/p.json': its folder does not exist",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "new/"),
            "cannot write 'new/': is a directory",
        ),
    ],
)
def test_what_cannot_or_should_not_be_written_exits_with_2(run, made, arguments, says):
    before = {name: Path(name).read_bytes() for name in names()}
    assert run(*arguments) == (USAGE, "", f"{says}\n1 error\n")
    assert {name: Path(name).read_bytes() for name in names()} == before


OVERWRITING = [
    # (how the output leads to the input, command, option, the input)
    *(
        (way, command, option, "spec.yaml")
        for way in ("same", "dotted", "through-folder", "symlink", "hardlink")
        for command, option in (("plan", "--out"), ("apply", "--audit"))
    ),
    *(
        (way, command, "--out", "model.keras")
        for way in ("same", "through-folder", "symlink", "hardlink")
        for command in ("plan", "export")
    ),
    *((way, "apply", "--audit", "model.keras") for way in ("same", "dotted", "symlink")),
    *(
        (way, command, option, "base.yaml")
        for way in ("same", "symlink")
        for command, option in (("plan", "--out"), ("apply", "--audit"))
    ),
    ("same", "apply", "--audit", "plan.json"),
    ("same", "apply", "--audit", "audit.json"),
]


def leading_to(path: str, way: str) -> str:
    Path("sub").mkdir(exist_ok=True)
    match way:
        case "same":
            return path
        case "dotted":
            return f"./{path}"
        case "through-folder":
            return f"sub/../{path}"
    other = f"sub/link-{path}"
    if way == "symlink":
        Path(other).symlink_to(Path(path).resolve())
    else:
        Path(other).hardlink_to(path)
    return other


@pytest.mark.parametrize(("way", "command", "option", "path"), OVERWRITING)
def test_no_output_takes_the_place_of_an_input(run, made, write, way, command, option, path):
    write("base.yaml", SPEC)
    write("derived.yaml", "declinit: 1\nextends: base.yaml\nrules: []\n")
    source = {"base.yaml": "derived.yaml", "model.keras": "spec.yaml"}.get(path, path)
    before = Path(path).read_bytes()
    given = [] if command == "export" else [source]
    output = leading_to(path, way)
    code, out, err = run(command, *given, "--model", "model.keras", option, output)
    assert (code, out) == (USAGE, "")
    assert err.startswith(f"{output!r} would overwrite {path!r}, which this command uses")
    assert Path(path).read_bytes() == before


def test_a_model_may_take_its_own_place(run, made):
    in_place = ("apply", "spec.yaml", "--model", "model.keras", "--out", "model.keras")
    assert run(*in_place, "--audit", "audit.json")[0] == FINE
    assert run("verify", "audit.json", "--model", "model.keras")[0] == FINE


def test_a_committed_plan_without_variables_is_drift(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("plan.json").write_text(json.dumps(data | {"variables": []}), encoding="utf-8")
    code, out, err = run("plan", "spec.yaml", *MODEL, "--check", "plan.json")
    assert (code, out.splitlines()[0]) == (FINDINGS, "norm/gamma: new")
    assert err == "declinit: plan.json: the plan has changed in 4 places\n"


def test_applying_a_plan_without_variables_is_refused(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("plan.json").write_text(json.dumps(data | {"variables": []}), encoding="utf-8")
    code, _, err = run("apply", "plan.json", *MODEL, "--audit", "new.json")
    assert (code, "new.json" in names()) == (FINDINGS, False)
    assert err.startswith("variable 'norm/gamma' of the model is not in the plan\n")


def test_findings_are_told_by_the_exit_code_even_if_nobody_reads_them(here, made):
    command = shlex.join([*PROGRAM, "plan", "spec.yaml", *MODEL, "--check", "plan.json"])
    shell = f"set -o pipefail; {command} --set seed=4 | true"
    assert process("bash", "-c", shell).returncode == FINDINGS


# initializers and schema


def test_initializers_lists_every_kind_with_its_law(run):
    code, out, _ = run("initializers")
    rows = dict(line.split("\t", 1) for line in out.splitlines())
    assert (code, rows["ones"]) == (FINE, "All elements 1.\t1")
    assert {"he_normal", "orthogonal", "variance_scaling", "identity"} <= set(rows)


def test_initializers_describes_one_by_any_of_its_names(run):
    code, out, _ = run("initializers", "HeNormal")
    assert (code, out) == (FINE, run("initializers", "he_normal")[1])
    assert out.startswith(
        "he_normal: He's truncated normal, scaled by fan_in.\n"
        "  also      HeNormal\n"
        "  formula   truncated normal, stddev sqrt(2 / fan_in) after the cut at 2 stddev\n"
        "  source    He et al., 2015, https://arxiv.org/abs/1502.01852\n"
    )


def test_initializers_gives_json(run):
    kinds = json.loads(run("initializers", "--format", "json")[1])
    one = json.loads(run("initializers", "ones", "--format", "json")[1])
    assert one in kinds
    assert one["identifiers"] == ["ones", "Ones", "one"]


def test_an_unknown_initializer_exits_with_2(run):
    assert run("initializers", "he_norml") == (
        USAGE,
        "",
        "unknown initializer 'he_norml'; did you mean 'he_normal'?\n1 error\n",
    )


@pytest.mark.parametrize("name", ["spec", "initializers", "plan", "audit"])
def test_schema_prints_a_published_schema(run, name):
    assert run("schema", name) == (FINE, schema_text(name), "")
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_schema_prints_that_of_specs_unless_told_otherwise(run):
    assert run("schema") == (FINE, schema_text("spec"), "")


def test_an_unknown_schema_exits_with_2(run):
    assert run("schema", "spek") == (
        USAGE,
        "",
        "unknown schema 'spek'; there are spec, initializers, plan, audit; "
        "did you mean 'spec'? [DI702]\n1 error\n",
    )


# How it ends


def test_a_fault_of_declinit_exits_with_3_and_says_how_to_see_more(run, monkeypatch):
    monkeypatch.setattr(cli, "_kind_of", lambda node: 1 / 0)
    apply = ("apply", "spec.yaml", *MODEL, "--audit", "a.json")
    assert run(*apply) == (
        INTERNAL,
        "",
        "declinit: internal error: ZeroDivisionError: division by zero\n"
        "declinit: this is a fault of declinit; run again with DECLINIT_DEBUG=1 for its "
        "traceback\n",
    )
    monkeypatch.setenv("DECLINIT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(*apply)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_the_output_exits_with_2(here):
    with Path("/dev/full").open("w") as full:
        done = process(*PROGRAM, "schema", stdout=full)
    message = "declinit: cannot write the output: no space left on device\n"
    assert (done.returncode, done.stderr) == (USAGE, message)


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("command", ["schema", "schema 2>&1", "validate none.yaml 2>&1"])
def test_a_reader_that_stops_early_is_no_error(here, command):
    done = process("sh", "-c", f"{' '.join(PROGRAM)} {command} | head -c 1")
    assert (len(done.stdout), done.stderr) == (1, "")


def test_the_module_runs_as_a_program(here):
    done = process(*PROGRAM, "validate", "faulty.yaml", "spec.yaml")
    assert (done.returncode, done.stdout) == (FINDINGS, "spec.yaml: fine, 3 rules\n")
    assert done.stderr.endswith("1 error\n")


# A terminal


def on_terminal(*arguments: str, **env: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; gives its exit code and all that it shows."""
    pty = pytest.importorskip("pty")
    command = [*PROGRAM, *arguments]
    ours, theirs = pty.openpty()
    environment = _env(TERM="xterm", COLUMNS="60", **env)
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # Linux' way to say that the other end is closed
            while chunk := os.read(ours, 4096):
                shown += chunk
        os.close(ours)
    return running.returncode, shown.decode().replace("\r\n", "\n")


def test_a_terminal_shows_a_coloured_plan_grouped_by_rule(here):
    code, shown = on_terminal("plan", "spec.yaml", *MODEL)
    assert (code, shown) == (
        FINE,
        "\x1b[1mspec.yaml: seed 3, generator portable\x1b[0m\n"
        "\n"
        "kernels  1 variable   he_normal  \x1b[2mspec.yaml:4:5\x1b[0m\n"
        "rest     2 variables  zeros      \x1b[2mspec.yaml:7:5\x1b[0m\n"
        "gains    1 variable   ones       \x1b[2mspec.yaml:10:5\x1b[0m\n"
        "\n"
        "\x1b[1m4 variables: 4 to initialize, 0 left as they are\x1b[0m\n",
    )


def test_a_terminal_shows_progress_that_fits_its_width_and_is_gone_at_the_end(here):
    deep = ("--model", "cli_models:deep", "--set", "strict.unused=allow")
    code, shown = on_terminal("apply", "spec.yaml", *deep, "--audit", "a.json")
    *bars, rest = shown.split("\r\x1b[K")
    bars = [bar for bar in bars if bar.startswith("[")]
    assert (code, len(bars)) == (FINE, 81)
    assert bars[0] == f"[{' ' * 24}] 0/80 a_layer_with_a_very_long_na"
    assert max(map(len, bars)) == 59
    assert rest.splitlines()[:-1] == ["kernels  40 variables", "rest     40 variables"]


def test_a_terminal_without_colour_gets_none(here):
    code, shown = on_terminal("validate", "faulty.yaml", NO_COLOR="1")
    assert (code, "\x1b" in shown) == (FINDINGS, False)
    code, shown = on_terminal("validate", "faulty.yaml", "--color", "never")
    assert (code, "\x1b" in shown) == (FINDINGS, False)


def test_colours_are_for_terminals_unless_asked_for(run):
    assert "\x1b" not in "".join(run("validate", "faulty.yaml")[1:])
    _, _, err = run("validate", "faulty.yaml", "--color", "always")
    assert err.startswith("\x1b[31mfaulty.yaml:4:18: unknown initializer 'he_norml'; ")
