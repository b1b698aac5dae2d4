"""Imports run downward only, as the table in CONTRIBUTING.md draws it; Keras stays away."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import declinit

ROOT = Path(declinit.__file__).parent
MAP = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
FACADE = {"__init__", "__main__"}  # above all floors
KERAS_FLOORS = {"initializers", "model"}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


FILES = {module_name(file): file for file in sorted(ROOT.rglob("*.py"))}


class Import(NamedTuple):
    importer: str
    imported: str
    inside_function: bool


def imports_of(name: str) -> Iterator[Import]:
    """Every import of a module that can be carried out: those for type checkers cannot."""

    def walk(node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                yield from (Import(name, alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{name}: imports are written out in full"
                for alias in child.names:
                    whole = f"{child.module}.{alias.name}"
                    yield Import(name, whole if whole in FILES else str(child.module), inside)
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from walk(child, inside or function)

    yield from walk(ast.parse(FILES[name].read_text(encoding="utf-8")), False)


IMPORTS = [found for name in FILES for found in imports_of(name)]
INNER = [found for found in IMPORTS if found.imported.split(".")[0] == "declinit"]


def part(module: str) -> str:
    """The module or folder right below the package that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def table() -> dict[str, int]:
    """The floors that the map of the house draws."""
    rows = re.findall(r"^\| (\d) \| (.+?) \|", MAP, re.MULTILINE)
    parts = [(name, int(floor)) for floor, names in rows for name in re.findall("`(.+?)`", names)]
    assert len(dict(parts)) == len(parts), "a module is listed twice"
    return {name.rstrip("/"): floor for name, floor in parts}


FLOORS = table()


def test_every_module_has_its_floor_on_the_map():
    assert set(FLOORS) == {part(name) for name in FILES} - FACADE


def test_folders_and_only_folders_are_written_with_a_slash():
    written = re.findall(r"`(\w+)/`", MAP.partition("Imports run")[0])
    folders = {entry.name for entry in ROOT.iterdir() if (entry / "__init__.py").is_file()}
    assert folders <= set(written)


FOLDERS = sorted(entry for entry in ROOT.rglob("*") if (entry / "__init__.py").is_file())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_names_all_its_files(folder):
    described = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    named_by_their_tables = {"arguments", "commands", "formats", "layouts"}
    if folder.name not in named_by_their_tables:
        assert {name for name in files if name not in described} == set()


def test_imports_run_downward_only():
    top = max(FLOORS.values()) + 1
    upward = [
        f"{importer} (floor {FLOORS.get(part(importer), top)}) may not look up at {imported}"
        for importer, imported, _ in INNER
        if part(importer) != part(imported)
        and FLOORS.get(part(imported), top) >= FLOORS.get(part(importer), top)
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    below = {name: {i.imported for i in INNER if i.importer == name} - {name} for name in FILES}
    while below:
        free = [name for name, imported in below.items() if not imported & below.keys()]
        assert free, f"these import each other: {sorted(below)}"
        for name in free:
            del below[name]


BACKENDS = {"keras", "jax", "tensorflow", "torch"}
OUTSIDE_OF_KERAS = [
    found
    for found in IMPORTS
    if found.imported.split(".")[0] in BACKENDS and part(found.importer) not in KERAS_FLOORS
]


def test_nothing_but_initializers_and_models_imports_keras():
    assert [found for found in OUTSIDE_OF_KERAS if not found.inside_function] == []


def test_functions_that_import_keras_elsewhere_are_known_by_name():
    lazy = sorted({(found.importer, found.imported) for found in OUTSIDE_OF_KERAS})
    assert lazy == [("declinit.cli.starting", "keras"), ("declinit.kinds.keras_names", "keras")]


def modules_named(name: str) -> Iterator[str]:
    """The modules of the package that a module looks up by a text."""
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            text = node.args[0]
            if isinstance(text, ast.Constant) and str(text.value).startswith("declinit."):
                yield text.value


def test_documents_alone_look_up_by_name_what_shows_them():
    found = {name: tuple(modules_named(name)) for name in FILES}
    assert {name: named for name, named in found.items() if named} == {
        "declinit.policy.saving": ("declinit.render.notebook",)
    }


def test_resolving_imports_keras_for_the_signatures_of_kinds_and_validating_does_not(write):
    path = write("a.yaml", SPEC)
    code = """
import sys, declinit
from declinit.layers.fans import FanAxes
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import resolve
spec = declinit.load(sys.argv[1])
before = "keras" in sys.modules
kernel = VariableInfo(path="a/kernel", shape=(2, 3), dtype="float32", axes=FanAxes((0,), (1,)))
resolve(spec, (kernel,))
print(before, "keras" in sys.modules)
"""
    assert run(code, str(path.resolve())) == "False True\n"


def test_the_command_line_alone_prints_and_exits():
    def uses(name: str) -> set[str]:
        nodes = ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8")))
        return {ast.unparse(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)}

    forbidden = {"print", "exit", "quit", "sys.exit", "sys.stdout", "sys.stderr", "sys.argv"}
    printing = {name for name in FILES if uses(name) & forbidden}
    assert {part(name) for name in printing} == {"cli", "__main__"}


SPEC = "declinit: 1\nrules:\n  - {match: '**/kernel', initializer: {name: he_normal, seed: 7}}\n"


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_loading_a_spec_imports_neither_keras_nor_numpy(write):
    path = write("a.yaml", SPEC)
    code = """
import sys, declinit
declinit.load(sys.argv[1])
print(sorted({"keras", "numpy", "jax", "tensorflow", "torch"} & set(sys.modules)))
"""
    assert run(code, str(path.resolve())) == "[]\n"


def test_importing_the_package_imports_next_to_nothing():
    code = "import sys, declinit; print(sorted(m for m in sys.modules if m.startswith('declinit')))"
    assert run(code) == "['declinit', 'declinit.version']\n"


def test_importing_the_package_imports_no_other_package():
    code = """
import sys
before = set(sys.modules)
import declinit
added = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(added - sys.stdlib_module_names))
"""
    assert run(code) == "['declinit']\n"


@pytest.mark.parametrize("name", declinit.__all__)
def test_every_public_name_is_there(name):
    assert getattr(declinit, name) is not None
    assert name in dir(declinit)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError) as caught:
        declinit.nothing  # noqa: B018
    assert str(caught.value) == "module 'declinit' has no attribute 'nothing'"


def test_what_the_command_line_calls_inventory_is_named():
    with pytest.raises(AttributeError) as caught:
        declinit.inventory  # noqa: B018
    assert str(caught.value) == "module 'declinit' has no attribute 'inventory'; it is 'survey'"


def test_every_public_function_is_described_to_users():
    lower = {name for name in declinit.__all__ if name[0].islower() and name != "initializers"}
    listed = set(re.findall(r"^    (\w+)  +", declinit.__doc__, re.MULTILINE))
    assert lower <= listed
