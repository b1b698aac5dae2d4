"""`declinit schema`."""

from __future__ import annotations

import json

import jsonschema
import pytest
from command_line import FINE, USAGE

from declinit.checks.files import schema_text
from declinit.kinds.extensions import registering


@pytest.mark.parametrize("name", ["spec", "initializers", "plan", "audit", "diff"])
def test_schema_prints_a_published_schema(run, name):
    assert run("schema", name) == (FINE, schema_text(name), "")
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_schema_prints_that_of_specs_unless_told_otherwise(run):
    assert run("schema") == (FINE, schema_text("spec"), "")


def test_an_unknown_schema_exits_with_2(run):
    assert run("schema", "spek") == (
        USAGE,
        "",
        "unknown schema 'spek'; there are spec, initializers, plan, audit, diff; "
        "did you mean 'spec'? [DI702]\n1 error\n",
    )


def test_the_help_of_schema_lists_the_names(run):
    code, out, _ = run("schema", "--help")
    names = "one of spec, initializers, plan, audit, diff; spec if none is named"
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
    assert jsonschema.Draft202012Validator(json.loads(out)).is_valid(entry) is accepted


def test_other_schemas_are_printed_as_published_whatever_is_imported(run, inits):
    assert run("schema", "spec", "--import", inits) == (FINE, schema_text("spec"), "")
