"""Every JSON that a command prints is an object with a version, and keeps to a published schema."""

from __future__ import annotations

import json

import pytest
from command_line import FINDINGS, FINE, MODEL, USAGE, valid

from declinit.checks.files import INITIALIZERS, NAMES, SPEC
from declinit.cli.commands import COMMANDS

COMMAND_LINES = {
    "spec": ("show spec.yaml", FINE),
    "plan": ("plan spec.yaml MODEL", FINE),
    "drift": ("plan spec.yaml MODEL --check plan.json --set seed=4", FINDINGS),
    "audit": ("apply plan.json MODEL --out again.keras", FINE),
    "verification": ("verify audit.json --model model.keras", FINE),
    "plausibility": ("verify spec.yaml --model model.keras --statistical", FINE),
    "probe": ("probe spec.yaml MODEL --seeds 1", FINE),
    "diff": ("diff spec.yaml model MODEL", FINDINGS),
    "explanation": ("explain spec.yaml **/kernel MODEL", FINE),
    "inventory": ("inventory MODEL", FINE),
    "weights": ("inventory --weights model.keras", FINE),
    "kinds": ("initializers", FINE),
    "kind": ("initializers HeNormal", FINE),
    "recipes": ("recipes", FINE),
    "recipe": ("recipes vit-moco", FINE),
    "code": ("explain DI101", FINE),
    "problems": ("validate spec.yaml faulty.yaml", FINDINGS),
}


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_what_a_command_prints_as_json_keeps_to_its_schema(run, made, name):
    line, expected = COMMAND_LINES[name]
    words = [word for one in line.split() for word in (MODEL if one == "MODEL" else (one,))]
    code, out, _ = run(*words, "--format", "json")
    assert code == expected
    document = valid(out, name)
    assert next(iter(document)) == ("declinit" if name == SPEC else f"declinit_{name}")


def test_every_schema_of_a_document_is_that_of_a_command():
    assert set(COMMAND_LINES) == set(NAMES) - {INITIALIZERS}


def test_a_command_that_fails_prints_its_problems_to_whoever_waits_for_json(run):
    code, out, _ = run("plan", "none.yaml", *MODEL, "--format", "json")
    assert (code, valid(out, "problems")["problems"][0]["code"]) == (USAGE, "DI101")


def test_every_command_that_prints_json_is_here(run):
    lines = {line.split()[0] for line, _ in COMMAND_LINES.values()}
    printing = {name for name in COMMANDS if "--format" in run(name, "--help")[1]}
    assert printing == lines
    assert json.loads(run("schema")[1])["title"] == "declinit spec"
