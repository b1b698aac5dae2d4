"""A working directory with models and specs, and the command line run in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command_line import FAULTY, FINE, MODEL, MODELS, SPEC

from declinit import cli
from declinit.kinds import extensions


@pytest.fixture
def here(tmp_path, write, monkeypatch):
    """An empty working directory with `cli_models.py`, `spec.yaml` and `faulty.yaml`."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("NO_COLOR", "DECLINIT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    write("cli_models.py", MODELS)
    write("spec.yaml", SPEC)
    write("faulty.yaml", FAULTY)
    with extensions.registering():
        yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def run(here, capsys):
    """Run a command in this process; gives its exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as stop:  # argparse's own way out
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def made(run):
    """`plan.json`, `audit.json`, `model.keras` and `config.json`, made by the command line."""
    assert run("plan", "spec.yaml", *MODEL, "--out", "plan.json")[0] == FINE
    apply = ("apply", "spec.yaml", *MODEL, "--out", "model.keras", "--audit", "audit.json")
    assert run(*apply)[0] == FINE
    import cli_models  # written by the fixture `here`

    Path("config.json").write_text(cli_models.tiny().to_json(), encoding="utf-8")
