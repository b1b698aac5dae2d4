"""Files to write: where they may be, and what they may not replace."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import MODEL, SPEC, USAGE, names


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("export", *MODEL, "--out", "no/s.yaml"),
            "cannot write 'no/s.yaml': its folder does not exist [DI704]",
        ),
        (("export", *MODEL, "--seed", "-3"), "--seed -3: expected 0 to 9007199254740991 [DI703]"),
        (
            ("export", "--model", "model.keras", "--out", "model.keras"),
            "'model.keras' would overwrite 'model.keras', which this command uses [DI705]",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "./spec.yaml"),
            "'./spec.yaml' would overwrite 'spec.yaml', which this command uses [DI705]",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "no/p.json"),
            "cannot write 'no/p.json': its folder does not exist [DI704]",
        ),
        (
            ("plan", "spec.yaml", *MODEL, "--out", "new/"),
            "cannot write 'new/': is a directory [DI704]",
        ),
    ],
)
def test_what_cannot_or_should_not_be_written_exits_with_2(run, made, arguments, says):
    before = {name: Path(name).read_bytes() for name in names()}
    assert run(*arguments) == (USAGE, "", f"{says}\n1 error\n")
    assert {name: Path(name).read_bytes() for name in names()} == before


OVERWRITING = [
    # (how the output leads to the input, command, option, the input)
    *(
        (way, command, option, "spec.yaml")
        for way in ("same", "dotted", "through-folder", "symlink", "hardlink")
        for command, option in (("plan", "--out"), ("apply", "--audit"))
    ),
    *(
        (way, command, "--out", "model.keras")
        for way in ("same", "through-folder", "symlink", "hardlink")
        for command in ("plan", "export")
    ),
    *((way, "apply", "--audit", "model.keras") for way in ("same", "dotted", "symlink")),
    *(
        (way, command, option, "base.yaml")
        for way in ("same", "symlink")
        for command, option in (("plan", "--out"), ("apply", "--audit"))
    ),
    ("same", "apply", "--audit", "plan.json"),
    ("same", "apply", "--audit", "audit.json"),
]


def leading_to(path: str, way: str) -> str:
    Path("sub").mkdir(exist_ok=True)
    match way:
        case "same":
            return path
        case "dotted":
            return f"./{path}"
        case "through-folder":
            return f"sub/../{path}"
    other = f"sub/link-{path}"
    if way == "symlink":
        Path(other).symlink_to(Path(path).resolve())
    else:
        Path(other).hardlink_to(path)
    return other


@pytest.mark.parametrize(("way", "command", "option", "path"), OVERWRITING)
def test_no_output_takes_the_place_of_an_input(run, made, write, way, command, option, path):
    write("base.yaml", SPEC)
    write("derived.yaml", "declinit: 1\nextends: base.yaml\nrules: []\n")
    source = {"base.yaml": "derived.yaml", "model.keras": "spec.yaml"}.get(path, path)
    before = Path(path).read_bytes()
    given = [] if command == "export" else [source]
    output = leading_to(path, way)
    code, out, err = run(command, *given, "--model", "model.keras", option, output)
    assert (code, out) == (USAGE, "")
    message = f"{output!r} would overwrite {path!r}, which this command uses [DI705]"
    assert err == f"{message}\n1 error\n"
    assert Path(path).read_bytes() == before
