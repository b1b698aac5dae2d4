"""The program of `docs/distributed.md`, started as the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tasks.pages import DOCS, ROOT, blocks_of, text_of

pytest.importorskip("jax")

EXAMPLE = ROOT / "examples/distributed"
PAGE = text_of(DOCS / "distributed.md")
BLOCKS = list(blocks_of(PAGE))
FILES = {block.file: block.body for block in BLOCKS if block.file}
COMMANDS = [one for block in BLOCKS for one in block.commands]


@pytest.mark.parametrize("name", ["train.py", "policy.declinit.yaml"])
def test_the_page_shows_the_program_as_it_is(name):
    assert FILES[name] == (EXAMPLE / name).read_text(encoding="utf-8")


def test_the_command_of_the_page_builds_and_verifies_on_two_processes(tmp_path):
    (command,) = COMMANDS
    program, *arguments = shlex.split(command)
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *arguments, "--out", str(tmp_path / "audit.json")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    audit = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    last = done.stdout.splitlines()[-1]
    assert last == f"root seed {audit['seed']}: <Verification: {len(audit['variables'])} identical>"
    shown = PAGE.partition(f"$ {command}\n")[2].partition("\n")[0]
    assert re.sub(r"\d+(?=:)", "*", shown) == re.sub(r"\d+(?=:)", "*", last)
