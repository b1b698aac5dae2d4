"""`declinit init`: a first policy for a model."""

from __future__ import annotations

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
        "declinit: first.yaml is written\n",
    )
    assert run("validate", "first.yaml")[0] == FINE
    assert run("plan", "first.yaml", *MODEL)[::2] == (FINE, "")
    assert run("diff", "first.yaml", "model", *MODEL)[0] == FINE


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
