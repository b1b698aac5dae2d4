"""Every code is explained, given by its example, and used; every fault has a code."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from omegaconf import OmegaConf

import declinit
import declinit.formulas
import declinit.globs
from declinit.errors import CODES, DeclinitError

ROOT = Path(declinit.__file__).parent
OF_DOCUMENTS = ("DI1", "DI2")
OF_WEIGHTS = ("DI13", "DI14")  # `tests/checkpoints/` makes the files that they need

named = pytest.mark.parametrize


def test_a_code_is_its_own_key_and_explains_itself():
    for code, row in CODES.items():
        assert (code, bool(re.fullmatch(r"DI[1-7]\d\d", code))) == (row.code, True)
        assert row.title
        assert row.why.endswith(".")
        assert row.mend.endswith(".")
        assert row.example


def test_titles_are_short_and_no_two_are_equal():
    titles = [row.title for row in CODES.values()]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 70


BASE = "declinit: 1\nrules:\n- {id: head, match: head/*, initializer: zeros}\n"
ENCODINGS = {"DI103": "latin-1"}


def load_example(code: str) -> None:
    """Do what an example shows, as the docstring of the table describes."""
    example = CODES[code].example
    if example.startswith(">>> "):
        eval(example.removeprefix(">>> "), {"declinit": declinit, "OmegaConf": OmegaConf})
        return
    option = example.startswith("--") and example.partition(" ")
    file = Path("example.json" if example.startswith('{"') else "example.yaml")
    file.write_text(BASE if option else example, encoding=ENCODINGS.get(code, "utf-8"))
    keyword = {"--set": "overrides", "--rule": "rules"}
    declinit.load(file, **({keyword[option[0]]: [option[2]]} if option else {}))


DOCUMENTS = [c for c in CODES if c.startswith(OF_DOCUMENTS) and not c.startswith(OF_WEIGHTS)]


@named("code", DOCUMENTS)
def test_the_example_of_a_code_gives_exactly_that_code(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeclinitError) as caught:
        load_example(code)
    assert [problem.code for problem in caught.value.problems] == [code]


def calls() -> Iterator[tuple[str, str, ast.expr | None]]:
    """Each call in the package: its place, what is called, and the first argument."""
    for file in sorted(ROOT.rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                first = node.args[0] if node.args else None
                yield f"{name}:{node.lineno}", ast.unparse(node.func), first


CALLS = list(calls())
PROBLEMS = [(place, first) for place, called, first in CALLS if called == "Problem"]


def test_every_problem_is_made_with_a_code_of_the_table():
    def code_of(argument: ast.expr | None) -> object:
        return argument.value if isinstance(argument, ast.Constant) else None

    wrong = [place for place, argument in PROBLEMS if code_of(argument) not in CODES]
    assert PROBLEMS
    assert wrong == []


def test_every_code_of_the_table_is_used():
    used = {argument.value for _, argument in PROBLEMS if isinstance(argument, ast.Constant)}
    assert set(CODES) <= used


def test_no_error_of_declinit_is_raised_with_a_bare_text():
    def is_own(called: str) -> bool:
        return called.endswith("Error") and called.isidentifier() and called not in vars(builtins)

    own = [(place, first) for place, called, first in CALLS if is_own(called)]
    assert own
    assert [place for place, first in own if isinstance(first, ast.Constant | ast.JoinedStr)] == []
