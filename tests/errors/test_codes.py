"""Every code is explained, given by its example, and used; every fault has a code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import declinit
from declinit.errors import CODES, DeclinitError

ROOT = Path(declinit.__file__).parent
CONVERTED = ("documents", "globs", "checks", "policy")
COVERED = ("DI1", "DI2")

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
        eval(example.removeprefix(">>> "), {"declinit": declinit})
        return
    option = example.startswith("--") and example.partition(" ")
    file = Path("example.json" if example.startswith('{"') else "example.yaml")
    file.write_text(BASE if option else example, encoding=ENCODINGS.get(code, "utf-8"))
    keyword = {"--set": "overrides", "--rule": "rules"}
    declinit.load(file, **({keyword[option[0]]: [option[2]]} if option else {}))


@named("code", [code for code in CODES if code.startswith(COVERED)])
def test_the_example_of_a_code_gives_exactly_that_code(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeclinitError) as caught:
        load_example(code)
    assert [problem.code for problem in caught.value.problems] == [code]


def problem_calls() -> list[tuple[str, ast.expr | None]]:
    """Each `Problem(...)` of the converted folders: its place, and its first argument."""
    found = []
    for file in sorted(file for folder in CONVERTED for file in (ROOT / folder).rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem"
            if is_call:
                code = node.args[0] if node.args else None
                found.append((f"{name}:{node.lineno}", code))
    return found


CALLS = problem_calls()


def test_every_problem_is_made_with_a_code_of_the_table():
    def code_of(argument: ast.expr | None) -> object:
        return argument.value if isinstance(argument, ast.Constant) else None

    wrong = [place for place, argument in CALLS if code_of(argument) not in CODES]
    assert CALLS
    assert wrong == []


def test_every_code_of_the_table_is_used():
    used = {argument.value for _, argument in CALLS if isinstance(argument, ast.Constant)}
    assert {code for code in CODES if code.startswith(COVERED)} <= used


def test_no_error_is_raised_with_a_bare_text():
    raised = []
    for folder in CONVERTED:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error"):
                    text = node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
                    raised += [f"{file.name}:{node.lineno}"] if text else []
    assert raised == []
