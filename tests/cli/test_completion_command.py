"""`declinit completion`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import FINE, USAGE, process

from declinit.cli.commands import COMMANDS

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_format_is_in_the_script_which_its_shell_reads(run, shell):
    pytest.importorskip("shtab", reason="shtab is not installed")
    code, out, err = run("completion", shell)
    assert (code, err) == (FINE, "")
    assert [name for name in (*COMMANDS, "sarif", "statistical") if name not in out] == []
    if shutil.which(shell):
        Path("script").write_text(out, encoding="utf-8")
        assert process(shell, "-n", "script").returncode == FINE


def test_bash_completes_commands_options_and_formats(run):
    pytest.importorskip("shtab", reason="shtab is not installed")
    _, script, _ = run("completion", "bash")
    Path("script").write_text(script, encoding="utf-8")

    def completed(line: str) -> set[str]:
        words = line.split()
        ask = f'source ./script; COMP_WORDS=({line} ""); COMP_CWORD={len(words)}; '
        ask += '_shtab_declinit; echo "${COMPREPLY[@]}"'
        return set(process("bash", "-c", ask).stdout.split())

    assert completed("declinit") >= set(COMMANDS)
    assert completed("declinit validate --format") >= {"github", "sarif"}


def test_a_shell_that_is_not_known_is_usage(run):
    code, _, err = run("completion", "ksh")
    assert (code, "invalid choice: 'ksh'" in err) == (USAGE, True)
