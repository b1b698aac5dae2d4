"""Every block of the README and of the pages in `docs/` is run."""

from pathlib import Path

import pytest
from pages import BLOCK, commands, run_page, says_how_each_block_is_run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_how_it_is_run(page):
    assert says_how_each_block_is_run((ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_block_does_what_it_says(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    run_page((ROOT / page).read_text(encoding="utf-8"), tmp_path, capsys)


@pytest.mark.parametrize(
    "command",
    [
        command
        for block in BLOCK.finditer(README)
        if block["mark"] == "run by .ci/run"
        for command in commands(block["body"])
    ],
)
def test_ci_runs_the_commands_of_installation(command):
    # The package is not published under this name while it is tested: CI installs its wheel.
    local = command.replace('"declinit[jax]"', '"$wheel[jax]"')
    assert local in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
