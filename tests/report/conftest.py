"""Models, policies, and pages that are made of them by the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from html_pages import Element, parsed
from report_models import MODELS, ODD, OTHER, SPEC

from declinit import cli
from declinit.kinds import extensions


@pytest.fixture
def here(tmp_path, write, monkeypatch):
    """A working folder with models and policies."""
    for name in ("jinja2", "matplotlib"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    write("models.py", MODELS)
    write("spec.yaml", SPEC)
    write("other.yaml", OTHER)
    write("odd.yaml", ODD)
    with extensions.registering():
        yield tmp_path
    sys.modules.pop("models", None)


@pytest.fixture(scope="module")
def tiny_text(tmp_path_factory):
    """The text of one page, that of `spec.yaml` on a small model, made once."""
    for name in ("jinja2", "matplotlib"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("tiny")
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        Path("models.py").write_text(MODELS, encoding="utf-8")
        Path("spec.yaml").write_text(SPEC, encoding="utf-8")
        with extensions.registering():
            line = ("report", "spec.yaml", "--model", "models:tiny", "--out", "page.html")
            assert cli.main(line) == 0
        sys.modules.pop("models", None)
        return Path("page.html").read_text(encoding="utf-8")


@pytest.fixture
def run(here, capsys):
    """Run a command; gives its exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def report(run):
    """The page that `declinit report` makes."""

    def report(*arguments: str, expected: int = 0) -> Element:
        code, out, err = run("report", *arguments, "--out", "page.html")
        assert (code, out) == (expected, ""), err
        return parsed(Path("page.html").read_text(encoding="utf-8"))

    return report
