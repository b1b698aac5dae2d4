"""`declinit init`: a first policy for a model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command_line import FINDINGS, FINE, MODEL, USAGE, names

RECIPE = """declinit: 1
groups: {last: "**/classifier/kernel"}
rules:
  - {id: table, match: "**/embeddings", initializer: he_normal, optional: true}
  - {id: last, match: $last, initializer: zeros}
  - {id: rest, match: ["**/bias", "**/beta"], initializer: zeros}
  - {id: gains, match: "**/gamma", initializer: ones, optional: true}
"""


INSTALL = "declinit: `declinit schema --install` has editors complete and check it\n"
MODELINE = "# yaml-language-server: $schema="


def policy_in(text: str) -> dict:
    return yaml.safe_load(text)


def test_without_a_recipe_it_says_what_the_model_does(run, here):
    code, out, err = run("init", *MODEL)
    config = policy_in(out)
    assert (code, err, config["note"][:24]) == (FINE, "", "What 'tiny' does under K")
    assert config["rules"] == [
        {"match": ["**/beta", "**/bias"], "initializer": "zeros"},
        {"match": "**/gamma", "initializer": "ones"},
        {"match": "**/kernel", "initializer": "glorot_uniform"},
    ]


def test_what_it_writes_is_fine_and_does_not_differ_from_the_model(run, here):
    assert run("init", *MODEL, "--out", "first.yaml") == (
        FINE,
        "",
        f"declinit: first.yaml is written\n{INSTALL}",
    )
    assert run("validate", "first.yaml")[0] == FINE
    assert run("plan", "first.yaml", *MODEL)[::2] == (FINE, "")
    assert run("diff", "first.yaml", "model", *MODEL)[0] == FINE


def first_line(file) -> str:
    return Path(file).read_text(encoding="utf-8").splitlines()[0]


def test_it_tells_editors_where_the_schema_is(run, write):
    assert run("init", *MODEL)[1].startswith(f"{MODELINE}.declinit/spec.schema.json\n")
    write("configs/a/x", "")
    run("init", *MODEL, "--out", "configs/a/before.yaml")
    assert first_line("configs/a/before.yaml") == f"{MODELINE}../../.declinit/spec.schema.json"
    run("schema", "--install")
    code, _, err = run("init", *MODEL, "--out", "configs/a/after.yaml")
    assert (code, err) == (FINE, "declinit: configs/a/after.yaml is written\n")
    assert first_line("configs/a/after.yaml") == first_line("configs/a/before.yaml")


def test_the_schema_that_is_nearest_above_a_policy_is_named(run, write):
    write("configs/.declinit/spec.schema.json", {})
    write("configs/a/x", "")
    run("init", *MODEL, "--out", "configs/a/first.yaml")
    assert first_line("configs/a/first.yaml") == f"{MODELINE}../.declinit/spec.schema.json"


def test_a_schema_that_is_not_there_yet_is_looked_for_where_the_repository_begins(run, write):
    write("repository/.git/HEAD", "")
    write("repository/configs/x", "")
    run("init", *MODEL, "--out", "repository/configs/first.yaml")
    assert first_line("repository/configs/first.yaml") == (
        f"{MODELINE}../.declinit/spec.schema.json"
    )


def test_a_recipe_is_extended_and_its_groups_are_filled(run, write):
    write("recipes/own.yaml", RECIPE)
    write("policies/x", "")
    arguments = ("--recipe", "recipes/own.yaml", "--out", "policies/first.yaml")
    assert run("init", *MODEL, *arguments)[0] == FINE
    config = policy_in(Path("policies/first.yaml").read_text(encoding="utf-8"))
    assert config["extends"] == "../recipes/own.yaml"
    assert config["groups"] == {"last": "head/kernel"}
    assert run("plan", "policies/first.yaml", *MODEL)[::2] == (FINE, "")


def test_a_recipe_that_lacks_something_is_written_and_told(run, write):
    write("own.yaml", RECIPE.replace('"**/bias", ', ""))
    code, _, err = run("init", *MODEL, "--recipe", "./own.yaml", "--out", "first.yaml")
    assert code == FINDINGS
    assert err == (
        "no rule covers 1 trainable variable: head/bias; "
        "add a rule, with `keep: true` to leave them, or set strict.unmatched [DI301]\n"
        "1 error\n"
        "declinit: first.yaml is written; the comment at its end says what is missing\n"
        f"{INSTALL}"
    )
    assert (
        Path("first.yaml")
        .read_text(encoding="utf-8")
        .endswith(
            "# No rule covers 1 variable; write a rule, or `keep: true`, for:\n"
            '# - match: "**/bias"  # "Dense", 2\n'
        )
    )


def test_a_name_without_a_slash_or_an_ending_is_that_of_a_recipe(run, here):
    for name in ("keras-defaults", "recipe:keras-defaults"):
        code, out, _ = run("init", *MODEL, "--recipe", name)
        assert (code, policy_in(out)["extends"]) == (FINE, "recipe:keras-defaults")
    code, out, err = run("init", *MODEL, "--recipe", "nonogpt")
    assert (code, out, "[DI151]" in err) == (USAGE, "", True)


@pytest.mark.parametrize("existing", ["spec.yaml", "link.yaml", "./spec.yaml"])
def test_no_file_is_ever_replaced(run, here, existing):
    Path("link.yaml").symlink_to("spec.yaml")
    before = Path("spec.yaml").read_bytes()
    code, out, err = run("init", *MODEL, "--out", existing)
    message = f"{existing!r} is there already, and `init` takes the place of no file [DI721]"
    assert (code, out, err) == (USAGE, "", f"{message}\n1 error\n")
    assert Path("spec.yaml").read_bytes() == before


REFUSED = {
    # the output, the code of the fault
    "another ending": ("first.json", "DI703"),
    "no folder": ("missing/first.yaml", "DI704"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_output_that_cannot_be_is_refused_before_the_model_is_built(run, here, name):
    out, expected = REFUSED[name]
    code, _, err = run("init", "--model", "cli_models:raising", "--out", out)
    assert (code, f"[{expected}]" in err, out in names()) == (USAGE, True, False)


def test_a_model_that_is_not_built_is_told(run, here):
    code, out, err = run("init", "--model", "cli_models:unbuilt", "--out", "first.yaml")
    assert (code, out, "[DI406]" in err) == (USAGE, "", True)
    assert "first.yaml" not in names()


# Without a model


def test_without_a_model_it_says_what_keras_does_by_default(run, here):
    assert run("init", "--out", "first.yaml") == (
        FINE,
        "",
        f"declinit: first.yaml is written\n{INSTALL}",
    )
    assert run("validate", "first.yaml") == (FINE, "first.yaml: fine, 3 rules\n", "")
    assert run("plan", "first.yaml", *MODEL)[::2] == (FINE, "")
    assert run("diff", "first.yaml", "model", *MODEL)[0] == FINE


def test_a_recipe_without_a_model_is_extended_and_names_its_groups(run, write):
    write("own.yaml", RECIPE)
    code, out, err = run("init", "--recipe", "./own.yaml")
    assert (code, err) == (FINE, "")
    config = policy_in(out)
    assert {key: config[key] for key in config if key != "seed"} == {
        "declinit": 1,
        "extends": "own.yaml",
    }
    assert out.endswith(
        "# A model whose layers have other names needs other patterns under `groups`:\n"
        '#   last: ["**/classifier/kernel"]\n'
    )
    write("first.yaml", out)
    assert run("validate", "first.yaml") == (FINE, "first.yaml: fine, 4 rules\n", "")


def test_keras_is_not_started_to_write_a_policy_without_a_model(here):
    code = (
        "import sys\n"
        "from declinit.cli import main\n"
        "assert main(['init']) == 0\n"
        "print('keras' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "False\n"
