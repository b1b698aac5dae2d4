"""`declinit schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from command_line import FINE, USAGE, process

from declinit.checks.files import NAMES, schema_text
from declinit.kinds.extensions import registering


@pytest.mark.parametrize("name", NAMES)
def test_schema_prints_a_published_schema(run, name):
    assert run("schema", name) == (FINE, schema_text(name), "")
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text(name)))


def test_schema_prints_that_of_specs_unless_told_otherwise(run):
    assert run("schema") == (FINE, schema_text("spec"), "")


def test_an_unknown_schema_exits_with_2(run):
    assert run("schema", "spek") == (
        USAGE,
        "",
        f"unknown schema 'spek'; there are {', '.join(NAMES)}; "
        "did you mean 'spec'? [DI702]\n1 error\n",
    )


def test_the_help_of_schema_lists_the_names(run):
    code, out, _ = run("schema", "--help")
    names = f"one of {', '.join(NAMES)}; spec if none is named"
    assert (code, names in " ".join(out.split())) == (FINE, True)


WAVES = """import declinit


def cli_waves(shape, dtype=None, *, width: int = 3):
    return None


declinit.register("cli_waves", cli_waves)
"""


@pytest.fixture
def inits(write):
    """A module `cli_wavy` that registers `cli_waves`, forgotten at the end."""
    write("cli_wavy.py", WAVES)
    with registering():
        yield "cli_wavy"


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        ("cli_waves", True),
        ({"name": "cli_waves", "width": 4}, True),
        ({"name": "cli_waves", "width": [1]}, False),
        ({"name": "cli_waves", "height": 4}, False),
        ("cli_waives", False),
        ("he_normal", True),
    ],
)
def test_the_schema_of_initializers_knows_those_of_an_imported_module(run, inits, entry, accepted):
    code, out, err = run("schema", "initializers", "--import", inits)
    assert (code, err) == (FINE, "")
    assert jsonschema.Draft7Validator(json.loads(out)).is_valid(entry) is accepted


@pytest.mark.parametrize(("entry", "accepted"), [("cli_waves", True), ("cli_waives", False)])
def test_the_schema_of_specs_knows_those_of_an_imported_module(run, inits, entry, accepted):
    code, out, err = run("schema", "spec", "--import", inits)
    assert (code, err) == (FINE, "")
    document = {"declinit": 1, "rules": [{"match": "a", "initializer": entry}]}
    assert jsonschema.Draft7Validator(json.loads(out)).is_valid(document) is accepted


def test_other_schemas_are_printed_as_published_whatever_is_imported(run, inits):
    assert run("schema", "plan", "--import", inits) == (FINE, schema_text("plan"), "")


# Installing

INSTALLED = ".declinit/spec.schema.json"
SETTINGS = {
    "yaml.schemas": {INSTALLED: ["*.declinit.yaml", "*.declinit.yml"]},
    "json.schemas": [{"fileMatch": ["*.declinit.json"], "url": f"./{INSTALLED}"}],
}


def test_installing_writes_the_schema_and_the_settings_of_vs_code(run):
    says = f"declinit: {INSTALLED} is written\ndeclinit: .vscode/settings.json is written\n"
    assert run("schema", "--install") == (FINE, "", says)
    assert Path(INSTALLED).read_text(encoding="utf-8") == schema_text("spec")
    assert json.loads(Path(".vscode/settings.json").read_text(encoding="utf-8")) == SETTINGS
    assert run("schema", "--install") == (FINE, "", f"declinit: {INSTALLED} is written\n")


@pytest.mark.parametrize("settings", ["// mine\n{}", "", "\xff{"])
def test_settings_that_are_there_are_never_written_to(run, write, settings):
    write(".vscode/settings.json", settings)
    code, out, err = run("schema", "--install")
    assert (code, json.loads(out)) == (FINE, SETTINGS)
    assert err == (
        f"declinit: {INSTALLED} is written\n"
        "declinit: .vscode/settings.json is there already and stays as it is; add to it:\n"
    )
    assert Path(".vscode/settings.json").read_text(encoding="utf-8") == settings


def test_only_the_schema_of_specs_is_installed(run):
    assert run("schema", "plan", "--install") == (
        USAGE,
        "",
        "--install writes the schema that editors hold policies to, which is 'spec' [DI701]\n"
        "1 error\n",
    )
    assert not Path(".declinit").exists()


def test_the_installed_schema_knows_those_of_an_imported_module(run, inits):
    assert run("schema", "--install", "--import", inits)[0] == FINE
    document = {"declinit": 1, "rules": [{"match": "a", "initializer": "cli_waves"}]}
    installed = json.loads(Path(INSTALLED).read_text(encoding="utf-8"))
    assert jsonschema.Draft7Validator(installed).is_valid(document)


def test_a_folder_that_cannot_be_made_is_no_internal_error(run, write):
    write(".declinit", "a file")
    assert run("schema", "--install") == (USAGE, "", "declinit: .declinit: file exists\n")


CHECKED = {
    "good.declinit.yaml": ("declinit: 1\nrules:\n  - match: a\n    initializer: he_normal\n", 0),
    "bad.declinit.yaml": ("declinit: 1\nrules:\n  - match: a\n    initialiser: zeros\n", 1),
}


def test_check_jsonschema_holds_files_to_the_installed_schema(run, write):
    run("schema", "--install")
    for name, (text, code) in CHECKED.items():
        write(name, text)
        command = (sys.executable, "-m", "check_jsonschema", "--schemafile", INSTALLED, name)
        done = process(*command)
        assert done.returncode == code, done.stdout
        assert ("'initialiser'" in done.stdout) == bool(code)
