"""The command line, run in this process."""

from __future__ import annotations

import sys

import pytest

from declinit import cli


@pytest.fixture
def run(write, tmp_path, capsys, monkeypatch):
    """Run a command; gives its exit code, standard output and standard error."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "own_models", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(arguments)
        return code, *capsys.readouterr()

    return run
