"""Every output of every command against everything the command reads, by every way to name it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import FINE, MODEL, PROGRAM, SPEC, USAGE, names, process

# A command and the option of its output; what it reads, by the name in a table of inputs.
READS = {
    ("plan {spec} --model model.keras", "--out"): ("spec.yaml", "base.yaml", "model.keras"),
    ("plan {spec} --model config.json", "--out"): ("config.json",),
    ("plan {spec} --model cli_models:tiny --import cli_own", "--out"): (
        "cli_models.py",
        "cli_own.py",
    ),
    ("apply {spec} --model model.keras", "--audit"): ("spec.yaml", "base.yaml", "model.keras"),
    ("apply {spec} --model config.json", "--audit"): ("config.json",),
    ("apply plan.json --model cli_models:tiny", "--audit"): ("plan.json", "cli_models.py"),
    ("apply audit.json --model cli_models:tiny", "--audit"): ("audit.json", "cli_models.py"),
    ("apply {spec} --model cli_models:tiny", "--out"): ("spec.yaml", "base.yaml", "cli_models.py"),
    ("apply plan.json --model model.keras", "--out"): ("plan.json",),
    ("export --model model.keras --audit audit.json", "--out"): ("model.keras", "audit.json"),
    ("export --model config.json", "--out"): ("config.json",),
    ("export --model cli_models:tiny --import cli_own", "--out"): ("cli_models.py", "cli_own.py"),
}


def absolute(path: str) -> str:
    return str(Path(path).absolute())


def dotted(path: str) -> str:
    return f"./{path}"


def through_folder(path: str) -> str:
    return f"sub/../{path}"


def symlink(path: str) -> str:
    link = Path("sub/link.keras")
    link.symlink_to(Path(path).resolve())
    return str(link)


def symlink_to_a_symlink(path: str) -> str:
    Path("sub/first").symlink_to(f"../{path}")
    Path("sub/second.keras").symlink_to("first")
    return "sub/second.keras"


def folder_symlink(path: str) -> str:
    Path("sub/here").symlink_to("..")
    return f"sub/here/{path}"


def hard_link(path: str) -> str:
    Path("sub/hard.keras").hardlink_to(path)
    return "sub/hard.keras"


WAYS: tuple[Callable[[str], str], ...] = (
    str,
    absolute,
    dotted,
    through_folder,
    symlink,
    symlink_to_a_symlink,
    folder_symlink,
    hard_link,
)
RENAMING = (symlink, symlink_to_a_symlink, hard_link)


@pytest.fixture
def inputs(run, made, write):
    """Everything that commands read, and an empty folder."""
    write("base.yaml", SPEC)
    write("derived.yaml", "declinit: 1\nextends: base.yaml\nrules: []\n")
    write("cli_own.py", "import cli_models\n")
    Path("sub").mkdir()


CASES = [(line, option, path) for (line, option), paths in READS.items() for path in paths]


def ways_to_name(line: str, option: str, path: str) -> tuple[Callable[[str], str], ...]:
    """A model's name must have its ending, and a spec must not have that of JSON."""
    models, specs = option == "--out" and line.startswith("apply"), line.startswith("export")
    return RENAMING if models or (specs and path.endswith(".json")) else WAYS


@pytest.mark.parametrize(("line", "option", "path"), CASES)
def test_nothing_that_is_read_is_replaced(run, inputs, line, option, path):
    spec = "derived.yaml" if path == "base.yaml" else "spec.yaml"
    before = Path(path).read_bytes()
    for way in ways_to_name(line, option, path):
        output, there = way(path), {*Path().rglob("*")}
        code, out, err = run(*line.format(spec=spec).split(), option, output)
        assert (code, out) == (USAGE, "")
        assert err.startswith(f"{output!r} would overwrite ")
        assert err.endswith("which this command uses [DI705]\n1 error\n")
        assert (Path(path).read_bytes(), Path(path).is_symlink()) == (before, False)
        assert {found for found in Path().rglob("*") if "__pycache__" not in str(found)} <= there


WRITING = [
    ("plan", "spec.yaml", *MODEL, "--out"),
    ("apply", "spec.yaml", *MODEL, "--audit"),
    ("apply", "spec.yaml", *MODEL, "--out"),
    ("export", *MODEL, "--out"),
]
EACH_OUTPUT = pytest.mark.parametrize("command", WRITING, ids=lambda c: f"{c[0]} {c[-1]}")


def linked(target: str) -> str:
    """A path of every ending that an output may need, which leads to another."""
    Path("link.keras").symlink_to(target)
    return "link.keras"


@EACH_OUTPUT
@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_a_device_is_written_to_and_stays_a_device(run, here, command, device):
    code, _, err = run(*command, linked(device))
    full = "cannot write 'link.keras': no space left on device [DI704]\n1 error\n"
    assert (code, err.endswith(full)) == ((USAGE, True) if device == "/dev/full" else (FINE, False))
    assert stat.S_ISCHR(Path(device).stat().st_mode)
    assert Path("link.keras").is_symlink()


@EACH_OUTPUT
def test_a_pipe_is_written_to_and_stays_a_pipe(run, here, command):
    os.mkfifo("pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_bytes()))
    reader.start()
    assert run(*command, linked("pipe"))[0] == FINE
    reader.join()
    assert len(received[0]) > 100
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


@EACH_OUTPUT
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("folder.keras", "is a directory"),
        ("folder.keras/", "is a directory"),
        ("none/x.keras", "its folder does not exist"),
        ("spec.yaml/x.keras", "its folder does not exist"),
        (f"{'x' * 300}.keras", "file name too long"),
    ],
)
def test_what_no_file_can_be_is_refused_before_any_work(run, here, command, path, says):
    Path("folder.keras").mkdir()
    before = names()
    raising = [
        "cli_models:raising" if argument == "cli_models:tiny" else argument for argument in command
    ]
    code, out, err = run(*raising, path)
    assert (code, out, names()) == (USAGE, "", before)
    if path == "folder.keras/" and command[-1] == "--out" and command[0] == "apply":
        return  # its ending is refused first
    assert err == f"cannot write {path!r}: {says} [DI704]\n1 error\n"


def test_the_file_of_standard_output_is_written_to_in_its_turn(here):
    """`> out.json --audit out.json` loses neither."""
    command = ("apply", "spec.yaml", *MODEL, "--groups", "--audit", "out.json")
    with Path("out.json").open("w") as out:
        done = process(*PROGRAM, *command, stdout=out)
    text = Path("out.json").read_text(encoding="utf-8")
    assert (done.returncode, done.stderr) == (FINE, "")
    assert text.startswith('{\n "declinit_audit": 2,')
    assert text.endswith("# 4 variables: 0 loaded, 4 drawn, 0 kept; seed 3\n")


@EACH_OUTPUT
def test_a_full_disk_keeps_the_old_file(run, here, command):
    resource = pytest.importorskip("resource")
    Path("out.keras").write_bytes(b"old")
    before = names()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256, hard))
    try:
        code, _, err = run(*command, "out.keras")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (code, names(), Path("out.keras").read_bytes()) == (USAGE, before, b"old"), err
    assert "cannot write 'out.keras': file too large [DI704]" in err or "Keras cannot save" in err


@EACH_OUTPUT
def test_an_older_file_keeps_its_mode(run, here, command):
    Path("out.keras").write_bytes(b"old")
    Path("out.keras").chmod(0o640)
    assert run(*command, "out.keras")[0] == FINE
    assert stat.S_IMODE(Path("out.keras").stat().st_mode) == 0o640
