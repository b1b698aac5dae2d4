"""`declinit apply <(make-spec)`: what comes from the pipe of a shell is read once, and that works."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from command_line import FINE, MODEL, USAGE


@pytest.fixture
def piped():
    """The path of a pipe that holds what a file does, as a shell makes it."""
    opened = []

    def piped(name: str) -> str:
        reading, writing = os.pipe()
        opened.append(reading)
        os.write(writing, Path(name).read_bytes())
        os.close(writing)
        return f"/dev/fd/{reading}"

    yield piped
    for descriptor in opened:
        os.close(descriptor)


@pytest.mark.parametrize(
    "command",
    [
        ("validate", "spec.yaml"),
        ("plan", "spec.yaml", *MODEL),
        ("plan", "spec.yaml", *MODEL, "--set", "seed=8"),
        ("explain", "spec.yaml", "head/kernel", *MODEL),
        ("apply", "spec.yaml", *MODEL, "--audit", "again.json"),
        ("apply", "plan.json", *MODEL, "--audit", "again.json"),
        ("apply", "audit.json", *MODEL, "--audit", "again.json"),
        ("verify", "audit.json", "--model", "model.keras"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_reads_a_pipe_as_it_reads_the_file(run, made, piped, command):
    code, out, err = run(*command)
    name, source, *others = command
    path = piped(source)
    assert (code, err) == (FINE, "")
    assert run(name, path, *others) == (code, out.replace(source, path), "")


def test_the_digest_of_a_piped_spec_is_that_of_what_was_read(run, made, piped):
    path = piped("spec.yaml")
    assert run("apply", path, *MODEL, "--audit", "again.json")[0] == FINE
    text = Path("spec.yaml").read_text(encoding="utf-8")
    first, again = (json.loads(Path(name).read_text()) for name in ("audit.json", "again.json"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert again["sources"] == [{"name": path, "sha256": digest}]
    assert again["spec_digest"] == first["spec_digest"]


def test_a_fault_in_a_piped_spec_has_its_place(run, piped):
    path = piped("faulty.yaml")
    code, _, err = run("apply", path, *MODEL, "--audit", "again.json")
    assert code != FINE
    assert err.startswith(f"{path}:")


def test_a_pipe_with_a_name_is_unreadable(run):
    os.mkfifo("pipe.yaml")
    said = "cannot read 'pipe.yaml': a named pipe, which may never be written to [DI122]\n"
    for command in ("validate", "apply"):
        others = () if command == "validate" else (*MODEL, "--audit", "a.json")
        assert run(command, "pipe.yaml", *others) == (USAGE, "", f"{said}1 error\n")
