"""Running the blocks of a page, in order, in one folder and one Python session."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from declinit.cli import main
from tasks.pages import ROOT, Block, blocks_of

# Programs that a block may run beside `declinit`, in a process of their own.
PROGRAMS = {"python": sys.executable, "git": "git"}
GIT_USER = {
    "GIT_AUTHOR_NAME": "you",
    "GIT_AUTHOR_EMAIL": "you@example.org",
    "GIT_COMMITTER_NAME": "you",
    "GIT_COMMITTER_EMAIL": "you@example.org",
}


def run_page(text: str, folder: Path, capsys, also: str = "") -> dict[str, object]:
    """Run the blocks of a page.

    Args:
        text: the page.
        folder: the working folder, in which modules are found.
        capsys: what commands print.
        also: a further mark of blocks to run.

    Returns:
        The names that Python has at the end.
    """
    session: dict[str, object] = {}
    for block in blocks_of(text):
        if block.file:
            write_block(block, folder)
        elif block.mark == also or is_run(block):
            run_block(block, session, capsys)
    return session


def is_run(block: Block) -> bool:
    return block.mark == "run" or block.mark.startswith("run, ")


def write_block(block: Block, folder: Path) -> None:
    file = folder / block.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(block.body, encoding="utf-8")


def run_block(block: Block, session: dict[str, object], capsys) -> None:
    if block.language == "python":
        exec(compile(block.body, "page.md", "exec"), session)
        return
    for command in block.commands:
        code, printed = run_command(command, capsys)
        assert code == block.exit_code, f"{command}\n{printed}"
        shown = block.output_of(command)
        assert not shown or words(printed) == words(shown)


def words(text: str) -> list[list[str]]:
    """The words of each line: pages align columns, which programs receive between tabs."""
    return [line.split() for line in text.splitlines()]


def run_command(command: str, capsys) -> tuple[int, str]:
    """The exit code of a command, and all that it prints."""
    program, *arguments = shlex.split(command)
    if program == "declinit":
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out + captured.err
    environment = {**os.environ, **GIT_USER, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [PROGRAMS[program], *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout
