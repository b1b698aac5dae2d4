"""`declinit schema`."""

from __future__ import annotations

import json

import jsonschema
import pytest
from command_line import FINE, USAGE

from declinit.checks.files import schema_text


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
        "did you mean 'spec'?\n1 error\n",
    )


def test_the_help_of_schema_lists_the_names(run):
    code, out, _ = run("schema", "--help")
    names = "one of spec, initializers, plan, audit; spec if none is named"
    assert (code, names in " ".join(out.split())) == (FINE, True)
