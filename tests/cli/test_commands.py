"""The table of commands: each has its two modules, and none of them imports Keras by itself."""

from __future__ import annotations

import ast
import dataclasses
import sys
from pathlib import Path

import pytest
from command_line import process

from declinit.cli import arguments, commands
from declinit.cli.commands import COMMANDS

FOLDERS = [Path(package.__file__).parent for package in (arguments, commands)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_module_of_a_command_is_in_the_table_and_the_other_way_round(folder):
    assert {file.stem for file in folder.glob("*.py")} - {"__init__"} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_cannot_be_changed(name):
    assert COMMANDS[name].options.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(COMMANDS[name].options))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", COMMANDS)
def test_the_imports_of_a_command_stand_at_the_top_of_its_files(name, folder):
    tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [node for function in functions for node in ast.walk(function)]
    assert not [node for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


def imported(packages: set[str], *command: str) -> str:
    """Which of some packages a command imports, named in one line."""
    code = (
        "import sys; from declinit.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"sys.exit(' '.join(sorted({packages} & set(sys.modules))))"
    )
    return process(sys.executable, "-c", code, *command).stderr


@pytest.mark.parametrize(
    "command", [["initializers"], ["initializers", "he_normal"], ["schema"]], ids=" ".join
)
def test_what_needs_no_model_imports_no_keras(here, command):
    assert imported({"keras", "jax", "tensorflow", "torch"}, *command) == "\n"


@pytest.mark.parametrize(
    "command", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join
)
def test_help_imports_nothing_that_takes_long(here, command):
    assert imported({"keras", "numpy", "jsonschema", "yaml"}, *command) == "\n"
