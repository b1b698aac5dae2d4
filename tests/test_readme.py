"""Every block of the README is run, in order, in one folder and one Python session."""

import re
import shlex
from pathlib import Path

import pytest

from declinit.cli import main

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"<!-- (?P<mark>[^>]+) -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)
FENCE = re.compile(r"^```\w+$", re.M)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(body):
    return [line[2:] for line in body.splitlines() if line.startswith("$ ")]


def test_every_block_says_how_it_is_run():
    assert len(FENCE.findall(README)) == len(BLOCK.findall(README))


def test_every_block_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    session = {}
    for block in BLOCK.finditer(README):
        mark, language, body = block["mark"], block["language"], block["body"]
        if mark.startswith("file: "):
            (tmp_path / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
        elif mark in {"run by .ci/run", "needs several processes"}:
            continue
        elif language == "python":
            exec(compile(body, "README.md", "exec"), session)
        else:
            run_console(body, int(mark.rpartition(" ")[2]) if "exit code" in mark else 0, capsys)


def run_console(body, expected, capsys):
    for command in commands(body):
        program, *arguments = shlex.split(command)
        assert program == "declinit"
        capsys.readouterr()
        assert main(arguments) == expected, command
        shown = body.partition(f"$ {command}\n")[2].partition("\n$ ")[0]
        if shown and not shown.startswith("$ "):
            captured = capsys.readouterr()
            assert captured.out + captured.err == shown


@pytest.mark.parametrize(
    "command",
    [
        command
        for block in BLOCK.finditer(README)
        if block["mark"] == "run by .ci/run"
        for command in commands(block["body"])
    ],
)
def test_ci_runs_the_commands_of_installation(command):
    # The package is not published under this name while it is tested: CI installs its wheel.
    local = command.replace('"declinit[jax]"', '"$wheel[jax]"')
    assert local in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
