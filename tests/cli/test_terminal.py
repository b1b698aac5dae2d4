"""What a terminal is shown, and what it is not sent."""

from __future__ import annotations

import contextlib
import os
import subprocess

import pytest
from command_line import FINDINGS, FINE, MODEL, PROGRAM, USAGE, environment


def on_terminal(*arguments: str, **env: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; gives its exit code and all that it shows."""
    pty = pytest.importorskip("pty")
    command = [*PROGRAM, *arguments]
    ours, theirs = pty.openpty()
    variables = environment(TERM="xterm", COLUMNS="60", **env)
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=variables) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # Linux' way to say that the other end is closed
            while chunk := os.read(ours, 4096):
                shown += chunk
        os.close(ours)
    return running.returncode, shown.decode().replace("\r\n", "\n")


def test_a_terminal_shows_a_coloured_plan_grouped_by_rule(here):
    code, shown = on_terminal("plan", "spec.yaml", *MODEL)
    assert (code, shown) == (
        FINE,
        "\x1b[1mspec.yaml: seed 3, generator portable\x1b[0m\n"
        "\n"
        "kernels  1 variable   he_normal  \x1b[2mspec.yaml:4:5\x1b[0m\n"
        "rest     2 variables  zeros      \x1b[2mspec.yaml:7:5\x1b[0m\n"
        "gains    1 variable   ones       \x1b[2mspec.yaml:10:5\x1b[0m\n"
        "\n"
        "\x1b[1m4 variables: 4 to initialize, 0 left as they are\x1b[0m\n",
    )


def test_a_terminal_shows_progress_that_fits_its_width_and_is_gone_at_the_end(here):
    deep = ("--model", "cli_models:deep", "--set", "strict.unused=allow")
    code, shown = on_terminal("apply", "spec.yaml", *deep, "--audit", "a.json")
    *bars, rest = shown.split("\r\x1b[K")
    bars = [bar for bar in bars if bar.startswith("[")]
    assert (code, len(bars)) == (FINE, 81)
    assert bars[0] == f"[{' ' * 24}] 0/80 a_layer_with_a_very_long_na"
    assert max(map(len, bars)) == 59
    assert rest.splitlines()[:-1] == ["kernels  40 variables", "rest     40 variables"]


def test_a_terminal_without_colour_gets_none(here):
    code, shown = on_terminal("validate", "faulty.yaml", NO_COLOR="1")
    assert (code, "\x1b" in shown) == (FINDINGS, False)
    code, shown = on_terminal("validate", "faulty.yaml", "--color", "never")
    assert (code, "\x1b" in shown) == (FINDINGS, False)


def test_colours_are_for_terminals_unless_asked_for(run):
    assert "\x1b" not in "".join(run("validate", "faulty.yaml")[1:])
    _, _, err = run("validate", "faulty.yaml", "--color", "always")
    assert err.startswith("\x1b[31mfaulty.yaml:4:18: unknown initializer 'he_norml'; ")


HOSTILE = ("--model", "cli_models:hostile")
KERNEL = "evil\ufffd[2J\ufffdfine/kernel"


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "spec.yaml", *HOSTILE),
        ("explain", "spec.yaml", "*/kernel", *HOSTILE),
        ("apply", "spec.yaml", *HOSTILE, "--audit", "a.json"),
        ("verify", "other.json", *HOSTILE),
        ("inventory", *HOSTILE),
        ("plan", "spec.yaml", *HOSTILE, "--check", "plan.json"),
    ],
    ids=lambda command: command[0],
)
def test_names_of_layers_neither_steer_the_terminal_nor_break_lines(run, made, command):
    assert run("apply", "spec.yaml", *MODEL, "--audit", "other.json")[0] == FINE
    _, out, err = run(*command)
    assert KERNEL in out
    assert "\x1b" not in out + err
    assert not any(line.startswith("fine") for line in (out + err).splitlines())


@pytest.mark.parametrize("form", ["text", "json"])
def test_faults_do_not_steer_the_terminal(run, form):
    no_gain = ("--set", "strict.unmatched=error", "--set", "gains.match=\x1b[2J\x9b2J")
    code, out, err = run("plan", "spec.yaml", *HOSTILE, *no_gain, "--format", form)
    assert code == USAGE
    assert not {"\x1b", "\x9b"} & set(out + err)
    assert "\ufffd[2J\ufffd2J" in err


def test_a_terminal_shows_progress_without_what_would_steer_it(here):
    code, shown = on_terminal("apply", "spec.yaml", *HOSTILE, "--audit", "a.json", NO_COLOR="1")
    bars = [bar for bar in shown.split("\r\x1b[K") if bar.startswith("[")]
    assert (code, len(bars)) == (FINE, 5)
    assert not any("\x1b" in bar or "\n" in bar for bar in bars)
    assert any("evil\ufffd[2J\ufffdfine" in bar for bar in bars)
