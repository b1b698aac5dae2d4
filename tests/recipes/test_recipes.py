"""Recipes as a whole: what each file says, how one is named, extended, listed and refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import test_language_recipes
import test_other_recipes
import test_vision_recipes

import declinit
from declinit import published
from declinit.errors import DeclinitError
from declinit.policy.recipes import Recipe, recipes

CASES = [*test_language_recipes.CASES, *test_vision_recipes.CASES, *test_other_recipes.CASES]
CHANGES_THE_FORWARD_PASS = {"deepnet", "fixup-resnet", "lora", "siren", "t5", "t5x"}

every = pytest.mark.parametrize("recipe", recipes().values(), ids=lambda recipe: recipe.name)


def headlines(call, *arguments) -> list[str]:
    with pytest.raises(DeclinitError) as caught:
        call(*arguments)
    return [problem.headline for problem in caught.value.problems]


def test_there_are_two_dozen_recipes_and_each_is_held_against_its_source():
    assert len(recipes()) >= 24
    assert {case.recipe for case in CASES} == set(recipes())


@every
def test_a_recipe_says_in_its_first_lines_what_it_is_and_where_it_is_from(recipe):
    assert re.fullmatch(r"[A-Z].{20,120}\.", recipe.title)
    assert re.match(r"[\w.-]+/[\w.-]+, [\w./-]+", recipe.facts["Source"])
    assert set(recipe.facts) <= {"Source", "Paper", "Forward pass"}


@every
def test_a_recipe_that_changes_the_forward_pass_says_so_in_its_second_line(recipe):
    says = recipe.text.splitlines()[1].startswith("# Forward pass: ")
    assert says == (recipe.name in CHANGES_THE_FORWARD_PASS) == ("Forward pass" in recipe.facts)


@every
def test_a_recipe_extends_recipes_only_and_gives_every_rule_a_name(recipe):
    spec = declinit.load(f"recipe:{recipe.name}")
    assert {source.name.partition(":")[0] for source in spec.sources} == {"recipe"}
    assert all(rule.id for rule in spec.rules)
    assert spec.seed is None


def test_a_title_is_no_fact():
    assert Recipe("a", "# The title: of it.\n# Source: a/b, c.py\n").facts == {
        "Source": "a/b, c.py"
    }


def test_a_fact_may_go_on_for_several_lines_and_ends_with_the_next_paragraph():
    text = (
        "# A title.\n# Source: a/b, c.py:\n#   `d`\n#\n#   not of it\ndeclinit: 1\n# Paper: none\n"
    )
    recipe = Recipe("a", text)
    assert (recipe.title, dict(recipe.facts)) == ("A title.", {"Source": "a/b, c.py: `d`"})


def test_the_source_of_a_recipe_has_the_same_name_on_every_machine(write):
    write("own.yaml", "declinit: 1\nextends: recipe:vit-moco\n")
    names = [source.name for source in declinit.load("own.yaml").sources]
    assert names == ["recipe:vit", "recipe:vit-moco", "own.yaml"]


def test_rules_of_a_recipe_are_replaced_disabled_and_overridden_as_those_of_a_file(write):
    text = """declinit: 1
extends: [recipe:nanogpt]
disable: [norm-bias]
rules:
  - {id: bias, match: "**/bias", initializer: ones}
"""
    write("own.yaml", text)
    spec = declinit.load("own.yaml", overrides=["constants.std=0.01"])
    assert [rule.id for rule in spec.rules] == ["weight", "residual-out", "bias", "norm-scale"]
    assert [rule.inherited for rule in spec.rules] == [True, True, False, True]
    assert spec.constants == {"std": 0.01}


def test_a_spec_that_was_loaded_from_a_recipe_can_be_written_back():
    spec = declinit.load("recipe:clip")
    assert declinit.Spec.from_config(spec.get_config()) == spec


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gtp2", "did you mean 'gpt2'? `declinit recipes` lists them"),
        ("", "`declinit recipes` lists them"),
        ("../recipes/gpt2", "`declinit recipes` lists them"),
        ("../../pyproject", "`declinit recipes` lists them"),
        ("/etc/hosts", "`declinit recipes` lists them"),
        ("gpt2.yaml", "did you mean 'gpt2'? `declinit recipes` lists them"),
        ("GPT2", "did you mean 'gpt2'? `declinit recipes` lists them"),
        ("gpt2\x00", "did you mean 'gpt2'? `declinit recipes` lists them"),
    ],
)
def test_an_unknown_recipe_is_refused_with_the_near_miss(name, hint):
    [said] = headlines(declinit.load, f"recipe:{name}")
    assert said.startswith(f"unknown recipe {name!r}; {hint}")
    assert said.endswith(" [DI151]")


def test_an_unknown_recipe_is_the_fault_of_the_line_that_names_it(write):
    write("own.yaml", "declinit: 1\nextends:\n  - recipe:brt\n  - recipe:bert\nrules: []\n")
    assert headlines(declinit.load, "own.yaml") == [
        "own.yaml:3:5: unknown recipe 'brt'; did you mean 'bert'? `declinit recipes` lists them [DI151]"
    ]


def test_a_file_of_such_a_name_is_reached_by_its_path(write):
    write("recipe:gpt2", "declinit: 1\nnote: a file\nrules: []\n")
    assert declinit.load("./recipe:gpt2").note == "a file"
    assert declinit.load(Path("recipe:gpt2")).note == "a file"
    assert declinit.load("recipe:gpt2").note is None


@pytest.fixture
def other_recipes(tmp_path, monkeypatch):
    """A folder that takes the place of the published one."""
    monkeypatch.setattr("declinit.policy.recipes.published", lambda *folders: tmp_path)

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)

    return write


def test_a_recipe_cannot_extend_a_file(other_recipes, write):
    other_recipes(a="# A.\ndeclinit: 1\nextends: own.yaml\n")
    write("own.yaml", "declinit: 1\nrules: []\n")
    assert headlines(declinit.load, "recipe:a") == [
        "recipe:a:3:10: unknown recipe 'own.yaml'; `declinit recipes` lists them [DI151]"
    ]


def test_recipes_that_extend_each_other_are_refused(other_recipes):
    other_recipes(a="declinit: 1\nextends: recipe:b\n", b="declinit: 1\nextends: recipe:a\n")
    assert headlines(declinit.load, "recipe:a") == [
        "recipe:b:2:10: specs extend each other in a circle: recipe:a -> recipe:b -> recipe:a "
        "(recipe:a extends recipe:b) [DI220]"
    ]


def test_an_installation_without_its_recipes_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("declinit.policy.recipes.published", lambda *folders: tmp_path / "none")
    [said] = headlines(declinit.load, "recipe:gpt2")
    assert said.startswith("this installation lacks its recipes: ")
    assert said.endswith(" [DI706]")


def test_a_group_without_the_capture_that_a_formula_needs_is_refused(write):
    write(
        "own.yaml",
        "declinit: 1\nextends: recipe:nanogpt\ngroups: {residual_out: '*/down/kernel'}\n",
    )
    [said] = headlines(declinit.load, "own.yaml")
    assert "count(l)" in said


def test_apply_build_and_resolve_take_recipes(write):
    import keras

    def build():
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])

    assert declinit.resolve("recipe:torch-defaults", build())["head/kernel"].rule.label == "kernel"
    audit = declinit.apply("recipe:torch-defaults", build())
    assert audit["head/kernel"].assignment.expected.high == pytest.approx(3**-0.5)
    _, audit = declinit.build(build, "recipe:torch-defaults")
    assert [source["name"] for source in audit.to_dict()["sources"]] == ["recipe:torch-defaults"]


def test_the_wheel_has_recipes_and_schemas_where_they_are_looked_for():
    import tomllib

    root = Path(declinit.__file__).parent.parent
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    included = build["targets"]["wheel"]["force-include"]
    assert included == {"schemas": "declinit/schemas", "configs/recipes": "declinit/recipes"}
    for folder, inside in included.items():
        assert published.published(inside.removeprefix("declinit/"), folder) == root / folder


def test_the_command_lists_recipes_and_prints_one(run):
    code, out, err = run("recipes")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (code, err, [row[0] for row in rows]) == (0, "", list(recipes()))
    assert all(len(row) == 3 for row in rows)
    assert (
        run("recipes", "gpt2") == run("recipes", "recipe:gpt2") == (0, recipes()["gpt2"].text, "")
    )


def test_the_command_gives_json(run):
    listed = json.loads(run("recipes", "--format", "json")[1])["recipes"]
    one = json.loads(run("recipes", "siren", "--format", "json")[1])
    text = one.pop("text")
    assert one.pop("declinit_recipe") == 1
    assert (one in listed, text) == (True, recipes()["siren"].text)
    assert one["name"] == "siren"
    assert one["facts"]["Forward pass"].startswith("activations are sin(30 x)")


def test_the_command_refuses_an_unknown_recipe(run):
    said = "unknown recipe 'brt'; did you mean 'bert'? `declinit recipes` lists them [DI151]\n1 error\n"
    assert run("recipes", "brt") == (2, "", said)


MODEL = ("--model", "own_models:tiny")


def test_commands_take_recipes_in_place_of_files(run, write):
    write("own_models.py", MODELS)
    assert run("validate", "recipe:gpt2") == (0, "recipe:gpt2: fine, 5 rules\n", "")
    assert run("plan", "recipe:torch-defaults", *MODEL, "--out", "plan.json")[0] == 0
    assert run("plan", "recipe:torch-defaults", *MODEL, "--set", "seed=3")[0] == 0
    assert run("explain", "recipe:torch-defaults", "head/kernel", *MODEL)[0] == 0
    kept = run("apply", "recipe:torch-defaults", *MODEL, "--audit", "audit.json")
    assert kept[0] == 0
    sources = json.loads(Path("plan.json").read_text())["sources"]
    assert [source["name"] for source in sources] == ["recipe:torch-defaults"]


def test_an_output_may_have_the_name_of_a_recipe_since_none_is_a_file_here(run, write):
    write("own_models.py", MODELS)
    assert run("plan", "recipe:torch-defaults", *MODEL, "--out", "recipe:torch-defaults")[0] == 0
    assert Path("recipe:torch-defaults").is_file()
    assert run("apply", "recipe:torch-defaults", *MODEL, "--audit", "recipe:torch-defaults")[0] == 0


MODELS = """
import keras


def tiny():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
"""
