"""Running the blocks of a page, in order, in one folder and one Python session."""

from __future__ import annotations

import re
import shlex

from declinit.cli import main

BLOCK = re.compile(
    r"<!-- (?P<mark>[^>]+) -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)
FENCE = re.compile(r"^```\w+$", re.M)
NOT_HERE = {"run by .ci/run", "needs several processes"}


def says_how_each_block_is_run(text: str) -> bool:
    return len(FENCE.findall(text)) == len(BLOCK.findall(text))


def commands(body: str) -> list[str]:
    return [line[2:] for line in body.splitlines() if line.startswith("$ ")]


def run_page(text, folder, capsys) -> None:
    """Run all blocks of a page; the folder is the working folder, and modules are found in it."""
    session: dict = {}
    for block in BLOCK.finditer(text):
        mark, language, body = block["mark"], block["language"], block["body"]
        if mark.startswith("file: "):
            (folder / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
        elif mark in NOT_HERE:
            continue
        elif language == "python":
            exec(compile(body, "page.md", "exec"), session)
        else:
            run_console(body, int(mark.rpartition(" ")[2]) if "exit code" in mark else 0, capsys)


def run_console(body: str, expected: int, capsys) -> None:
    for command in commands(body):
        program, *arguments = shlex.split(command)
        assert program == "declinit"
        capsys.readouterr()
        assert main(arguments) == expected, command
        shown = body.partition(f"$ {command}\n")[2].partition("\n$ ")[0]
        if shown and not shown.startswith("$ "):
            captured = capsys.readouterr()
            assert captured.out + captured.err == shown
