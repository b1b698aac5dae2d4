"""`make lint` has mypy and pyright check a program of a user; everything public is in it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import declinit

TREE = ast.parse((Path(__file__).parent / "typing" / "user.py").read_text(encoding="utf-8"))
USED = {node.attr for node in ast.walk(TREE) if isinstance(node, ast.Attribute)}
IMPORTED = {
    alias.name
    for node in ast.walk(TREE)
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


@pytest.mark.parametrize("name", declinit.__all__)
def test_every_public_name_is_in_the_program(name):
    assert name in USED | IMPORTED


# What reads and writes documents, for whoever goes on with their data.
OF_DATA = {"to_dict", "from_dict", "from_node"}
CLASSES = [one for name in declinit.__all__ if inspect.isclass(one := getattr(declinit, name))]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_method_of_a_public_class_is_in_the_program(kind):
    methods = {
        name
        for name, value in vars(kind).items()
        if not name.startswith("_") and isinstance(value, classmethod) | inspect.isfunction(value)
    }
    assert methods - OF_DATA - USED == set()
