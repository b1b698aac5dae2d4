"""The table of commands: each has its module, and none of them imports Keras by itself."""

from __future__ import annotations

import ast
import dataclasses
import sys
from pathlib import Path

import pytest
from command_line import FINE, process

from declinit.cli import commands
from declinit.cli.commands import COMMANDS

FOLDER = Path(commands.__file__).parent


def test_every_module_of_a_command_is_in_the_table_and_the_other_way_round():
    assert {file.stem for file in FOLDER.glob("*.py")} - {"__init__"} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_cannot_be_changed(name):
    assert COMMANDS[name].options.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(COMMANDS[name].options))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_imports_of_a_command_stand_at_the_top_of_its_file(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [node for function in functions for node in ast.walk(function)]
    assert not [node for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize(
    "arguments",
    [
        *([name, "--help"] for name in COMMANDS),
        ["initializers"],
        ["initializers", "he_normal"],
        ["schema"],
    ],
    ids=" ".join,
)
def test_what_needs_no_model_imports_no_keras(here, arguments):
    code = (
        "import sys; from declinit.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'keras', 'jax', 'tensorflow', 'torch'} & set(sys.modules)))"
    )
    assert process(sys.executable, "-c", code, *arguments).returncode == FINE


def test_the_help_of_the_program_imports_no_command(here):
    code = (
        "import sys; from declinit.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'yaml', 'jsonschema', 'numpy', 'keras'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)))"
    )
    assert process(sys.executable, "-c", code).stderr == "\n"
