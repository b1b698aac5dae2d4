"""The JSON Schema of a registry accepts what its kinds take, users' own included."""

from __future__ import annotations

import jsonschema
import pytest
from users_own import Open, Steps, sevens

import declinit
from declinit.kinds import extensions
from declinit.kinds.schema import initializers_schema


@pytest.fixture
def schema():
    """The schema with initializers of users', one under a name that JSON pointers must escape."""
    with extensions.registering():
        declinit.register("steps", Steps)
        declinit.register("open", Open)
        declinit.register("flat", sevens)
        declinit.register("my own/7~%", sevens)
        yield initializers_schema(extensions.current_registry())


def faults(schema, value) -> list[str]:
    """What is said of a value; of a mapping what is wrong in it, not that it is no name either."""
    errors = jsonschema.Draft7Validator(schema).iter_errors(value)
    inner = [one for error in errors for one in error.context]
    if isinstance(value, str):
        return ["no name fits"] if inner else []
    return [one.message for one in inner if one.relative_schema_path[0] == len(schema["anyOf"]) - 1]


ACCEPTED = [
    "steps",
    "he_normal",
    {"name": "steps", "step": 2.0},
    {"class_name": "steps", "config": {"step": 2.0, "seed": None}},
    {"class_name": "Steps", "registered_name": "declinit.user>steps", "config": {"step": 2}},
    {"name": "open", "depth": 1, "whatever": [1]},
    {"name": "flat", "factor": 2},
    {"class_name": "my own/7~%", "config": {"factor": 2}},
    {"class_name": "GatedOrthogonal", "registered_name": "declinit>GatedOrthogonal", "config": {}},
]

REFUSED = [
    ("stpes", "no name fits"),
    ({"name": "steps", "step": [1]}, "[1] is not of type 'number', 'string'"),
    ({"class_name": "steps", "config": {"step": [1]}}, "[1] is not of type 'number', 'string'"),
    (
        {"class_name": "S", "registered_name": "declinit.user>steps", "config": {"step": [1]}},
        "[1] is not of type 'number', 'string'",
    ),
    ({"name": "open"}, "'depth' is a required property"),
    (
        {"class_name": "my own/7~%", "config": {"factor": [1]}},
        "[1] is not of type 'number', 'string'",
    ),
]


@pytest.mark.parametrize("value", ACCEPTED, ids=str)
def test_the_schema_accepts_what_a_kind_takes(schema, value):
    jsonschema.Draft7Validator.check_schema(schema)
    assert faults(schema, value) == []


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=str)
def test_the_schema_refuses_what_no_kind_takes(schema, value, message):
    assert faults(schema, value) == [message]


def test_the_published_schema_knows_built_in_kinds_alone(schema):
    assert faults(initializers_schema(), "steps")
    assert schema != initializers_schema()
