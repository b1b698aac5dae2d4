"""`declinit show`: a spec with everything it extends, each rule with its origin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE, valid

import declinit

ROOT = """declinit: 1
constants: {base: 0.02}
rules:
  - id: kernels
    match: "**/kernel"
    initializer: {name: random_normal, stddev: base}
  - id: dropped
    match: "**/none"
    keep: true
"""
MIDDLE = """declinit: 1
extends: root.yaml
checkpoints: {weights: w.npz}
disable: [dropped]
rules:
  - match: ["**/bias", "**/beta"]
    initializer: zeros
"""
CHILD = """declinit: 1
extends: shared/middle.yaml
seed: 3
rules:
  - {id: gains, match: "**/gamma", initializer: ones, note: "a # b"}
"""

SHOWN = """# child.yaml, with what it extends: shared/root.yaml, shared/middle.yaml
declinit: 1
seed: 3
generator: portable
fans: layer
strict:
  unmatched: error
  unused: error
  shadowed: warn
  overlap: allow
constants:
  base: 0.02
checkpoints:
  weights: "shared/w.npz"
rules:
# shared/root.yaml:4:5
- id: kernels
  match: "**/kernel"
  initializer: {name: random_normal, stddev: base}
  inherited: true
# shared/middle.yaml:6:5
- match: ["**/bias", "**/beta"]
  initializer: zeros
  inherited: true
# child.yaml:5:5
- id: gains
  match: "**/gamma"
  initializer: ones
  note: "a # b"
"""


@pytest.fixture
def chain(write):
    write("shared/root.yaml", ROOT)
    write("shared/middle.yaml", MIDDLE)
    write("child.yaml", CHILD)


def test_every_rule_is_shown_with_the_place_that_it_is_from(run, chain):
    assert run("show", "child.yaml") == (FINE, SHOWN, "")


def test_what_is_shown_is_the_same_spec_beside_it(run, chain, write):
    write("flat.yaml", run("show", "child.yaml")[1])
    assert run("validate", "flat.yaml")[0] == FINE
    flat, whole = declinit.load("flat.yaml"), declinit.load("child.yaml")
    assert flat.checkpoints["weights"].path == whole.checkpoints["weights"].path
    assert (flat.rules, flat.constants, flat.seed) == (whole.rules, whole.constants, whole.seed)
    plans = [
        json.loads(run("plan", name, *MODEL, "--format", "json")[1])
        for name in ("flat.yaml", "child.yaml")
    ]
    seeds = [[one["seed"] for one in plan["variables"]] for plan in plans]
    assert seeds[0] == seeds[1]


def test_what_is_shown_again_is_the_same_but_for_the_origins(run, chain, write):
    write("flat.yaml", run("show", "child.yaml")[1])
    again = run("show", "flat.yaml")[1]
    without = [[line for line in text.splitlines() if line[:1] != "#"] for text in (SHOWN, again)]
    assert without[0] == without[1]


def test_a_spec_that_loads_nothing_keeps_its_digest(run, write):
    write("configs/a.yaml", ROOT)
    write("flat.yaml", run("show", "configs/a.yaml")[1])
    assert declinit.load("flat.yaml").digest == declinit.load("configs/a.yaml").digest


def test_overrides_are_shown(run, chain):
    _, out, _ = run(
        "show", "child.yaml", "--set", "seed=9", "--rule", "a=ones", "--checkpoint", "weights=x.npz"
    )
    assert "\nseed: 9\n" in out
    assert out.endswith("# --rule a=ones:1:1\n- match: a\n  initializer: ones\n")
    assert '\n  weights: "x.npz"\n' in out


def test_as_json_it_is_a_spec(run, chain):
    code, out, _ = run("show", "child.yaml", "--format", "json")
    config = valid(out, "spec")
    assert (code, config["declinit"], len(config["rules"])) == (FINE, 1, 3)
    assert declinit.Spec.from_config(config).seed == 3


def test_recipes_and_specs_without_rules_are_shown(run, write):
    write("none.yaml", "declinit: 1\nrules: []\n")
    assert run("show", "none.yaml")[1].endswith("\nrules: []\n")
    write("recipe.yaml", run("show", "recipe:vit-moco")[1])
    assert declinit.load("recipe.yaml") == declinit.load("recipe:vit-moco")


def test_the_name_of_a_file_ends_no_comment(run, write):
    write("a\nrules: x.yaml", "declinit: 1\nrules: [{match: a, keep: true}]\n")
    code, out, _ = run("show", "a\nrules: x.yaml")
    write("flat.yaml", out)
    assert (code, run("validate", "flat.yaml")[0]) == (FINE, FINE)
    assert "\\nrules: x.yaml" in out


def test_a_fault_of_an_inherited_spec_names_the_whole_chain(run, chain):
    Path("shared/root.yaml").write_text("declinit: 1\nsede: 3\nrules: []\n", encoding="utf-8")
    code, out, err = run("show", "child.yaml")
    assert (code, out) == (FINDINGS, "")
    assert err.splitlines()[0] == (
        "shared/root.yaml:2:1: unknown key 'sede' (child.yaml extends shared/middle.yaml extends "
        "shared/root.yaml); did you mean 'seed'? [DI201]"
    )
    assert run("show", "nothing.yaml")[0] == USAGE
