"""Every fault of the command line and of files to write ends with its code."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import resources
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from command_line import FINDINGS, MODELS, SPEC, USAGE

from declinit.errors import CODES

CASES = [
    # (code, the command line that gives it)
    ("DI411", "apply unused.yaml --model module:unsaveable --out m.keras"),
    ("DI502", "validate plan.json"),
    ("DI502", "plan spec.yaml --model module:tiny --check audit.json"),
    ("DI502", "verify plan.json --model module:tiny"),
    ("DI502", "export --model module:tiny --audit spec.yaml"),
    ("DI701", "apply spec.yaml --model module:tiny"),
    ("DI701", "apply spec.yaml --model module:tiny --out m.keras --audit m.keras"),
    ("DI701", "apply plan.json --model module:tiny --audit a.json --set seed=2"),
    ("DI701", "explain spec.yaml --model module:tiny"),
    ("DI701", "explain spec.yaml head/bias"),
    ("DI702", "explain spec.yaml head/bais --model module:tiny"),
    ("DI702", "explain DI999"),
    ("DI702", "initializers he_norml"),
    ("DI702", "schema specs"),
    ("DI703", "apply spec.yaml --model module:tiny --out m.h5"),
    ("DI703", "export --model module:tiny --seed -1"),
    ("DI703", "inventory --model module:tiny --kwargs '{'"),
    ("DI703", "inventory --model module:tiny --kwargs '[]'"),
    ("DI704", "plan spec.yaml --model module:tiny --out no/p.json"),
    ("DI704", "plan spec.yaml --model module:tiny --out ."),
    ("DI704", "plan spec.yaml --model module:tiny --out loop.json"),
    ("DI705", "plan spec.yaml --model module:tiny --out spec.yaml"),
    ("DI707", "apply unused.yaml --model module:leaving --out m.keras"),
    ("DI720", "diff plan.json spec.yaml"),
    ("DI721", "init --model module:tiny --out spec.yaml"),
    ("DI720", "diff spec.yaml model --model module:tiny --seeds"),
    ("DI740", "probe --model module:build --fail-on gain"),
    ("DI740", "probe --model module:build --fail-on 'gian>4'"),
    ("DI740", "probe --model module:build --fail-on 'gain>x'"),
    ("DI740", "probe --model module:build --fail-on 'gain>4 in [a'"),
    ("DI742", "probe --model module:numbered"),
    ("DI743", "probe --model module:build --data wide.npy"),
    ("DI744", "probe --model module:build --data none.npy"),
    ("DI744", "probe --model module:build --data spec.yaml"),
    ("DI744", "probe --model module:build --data broken.npz"),
    ("DI745", "probe --model module:failing"),
    ("DI746", "probe --model module:build --vary width"),
    ("DI746", "probe --model module:build --vary units=2,"),
    ("DI701", "probe --model module:build --set seed=2"),
]
BROKEN = "DI706"  # an installation without its files, which no command line brings about
FOUND = {"DI722", "DI723", "DI724", "DI725", "DI741"}  # what findings are, in their formats
LACKING = {"DI726": "shtab", "DI730": "jinja2"}  # as before, without an optional package
IN_PYTHON = {"DI770"}  # `tests/model/test_progress.py` gives it
OF_COMMANDS = {code for code in CODES if code.startswith("DI7")} - (
    {BROKEN, *LACKING} | FOUND | IN_PYTHON
)


@pytest.fixture
def codes(run, made, write):
    """The codes of the faults that a command line gives, each at the end of its headline."""
    write("module.py", MODELS.replace("instance = tiny()", "build = tiny"))
    write("unused.yaml", SPEC.replace("rules:", "strict: {unused: allow}\nrules:"))
    Path("loop.json").symlink_to("loop.json")
    np.save("wide.npy", np.zeros((2, 5)))
    Path("broken.npz").write_bytes(b"PK")

    def codes(line: str) -> list[str]:
        code, out, err = run(*shlex.split(line))
        found = re.findall(r" \[(DI\d+)\]$", err, re.MULTILINE)
        assert (code, out) == (USAGE, "")
        assert err.endswith(f"\n{len(found)} error\n")
        return found

    return codes


@pytest.mark.parametrize(("code", "line"), CASES)
def test_a_fault_ends_with_its_code(codes, code, line):
    assert codes(line) == [code]


def test_every_code_of_the_command_line_has_a_case():
    assert {code for code, _ in CASES} >= OF_COMMANDS


@pytest.mark.parametrize("code", sorted(OF_COMMANDS))
def test_the_example_of_a_code_of_the_command_line_gives_that_code(codes, code):
    program, _, line = CODES[code].example.removeprefix("$ ").partition(" ")
    assert (program, codes(line)) == ("declinit", [code])


@pytest.mark.parametrize("code", sorted(FOUND))
def test_the_example_of_what_a_comparison_finds_gives_that_code(run, made, write, code):
    write("module.py", MODELS.replace("instance = tiny()", "build = tiny"))
    write("other.yaml", SPEC.replace("he_normal", "{name: constant, value: 3}"))
    line = CODES[code].example.removeprefix("$ declinit ")
    status, out, _ = run(*shlex.split(line), "--format", "github")
    found = set(re.findall(r",title=(DI\d+)::", out))
    assert (status, found) == (FINDINGS, {code})


@pytest.mark.parametrize("code", LACKING)
def test_an_optional_package_that_is_missing_is_told_by_its_code(codes, monkeypatch, code):
    for package in ("jinja2", "matplotlib"):  # the other may be missing too
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, LACKING[code], None)
    assert codes(CODES[code].example.removeprefix("$ declinit ")) == [code]


def test_an_installation_without_its_files_is_told_by_its_code(codes, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "files", lambda package: tmp_path / package)
    assert codes(CODES[BROKEN].example.removeprefix("$ declinit ")) == [BROKEN]
