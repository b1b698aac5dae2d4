"""Every block of the README and of the pages in `docs/` is run."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml
from pages import run_page

from tasks import plan_image
from tasks.pages import DOCS, README, ROOT, blocks_of, count_fences, pages, text_of

BY_CI = "run by .ci/run"
MARK = re.compile(r"file: \S+|run|run, exit code \d+|run by \.ci/run|needs several processes")
OPTIONAL = {
    # a library: what it needs for this, and what it then writes
    "mlflow": (("mlflow",), "mlruns/*/*/params/declinit/*"),
    "tensorflow": (("tensorflow", "tensorboard"), "logs/events*"),
    "wandb": (("wandb",), "wandb/*"),
}

# Nothing is sent anywhere, and what a library says of itself is no fault of ours.
OFFLINE = {
    "MLFLOW_TRACKING_URI": "file:mlruns",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "WANDB_MODE": "offline",
}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


LINES_OF_README = 150
WITH_BLOCKS = [page for page in pages() if count_fences(text_of(page))]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder, whose modules are nobody else's afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_says_how_it_is_run(page):
    marks = [block.mark for block in blocks_of(text_of(page))]
    assert len(marks) == count_fences(text_of(page))
    optional = {f"needs {library}" for library in OPTIONAL}
    assert [mark for mark in marks if not MARK.fullmatch(mark) and mark not in optional] == []


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=name_of)
def test_every_block_does_what_it_says(page, here, capsys):
    run_page(text_of(page), here, capsys)


def test_the_readme_is_short():
    assert len(text_of(README).splitlines()) < LINES_OF_README


def test_every_page_of_the_documentation_begins_with_its_title():
    included = "```{include}"
    firsts = {page: text_of(page).partition("\n")[0] for page in pages()}
    assert [page for page, line in firsts.items() if not line.startswith(("# ", included))] == []


LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def test_every_link_of_a_page_leads_to_a_file():
    """Sphinx checks those of `docs/`; the README is read without it."""
    broken = [
        f"{name_of(page)}: {target}"
        for page in pages()
        for target in LINK.findall(text_of(page))
        if not (page.parent / target).is_file()
    ]
    assert broken == []


def test_the_picture_of_a_plan_is_what_the_command_prints():
    """`python -m tasks.plan_image` draws it again."""
    assert text_of(plan_image.IMAGE) == plan_image.plan_image()


@pytest.mark.parametrize(
    "command",
    sorted(
        {
            command
            for page in pages()
            for block in blocks_of(text_of(page))
            if block.mark == BY_CI
            for command in block.commands
        }
    ),
)
def test_ci_runs_the_commands_of_installation(command):
    # The package is not published under this name while it is tested: CI installs its wheel.
    local = command.replace('"declinit[jax]"', '"$wheel[jax]"')
    assert local in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_blocks_without_a_tracker_do_what_they_say(here, capsys):
    text = text_of(DOCS / "trackers.md")
    summary = run_page(text, here, capsys)["summary"]
    assert set(re.findall(r"`(declinit/\w+)`", text)) <= set(summary)
    assert {type(value) for value in summary.values()} == {str, int}
    assert (here / "init.json").is_file()
    assert yaml.safe_load((here / "dvc.yaml").read_text())["metrics"] == ["init.json"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", OPTIONAL)
def test_a_tracker_takes_a_summary(library, here, capsys):
    needed, written = OPTIONAL[library]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    run_page(text_of(DOCS / "trackers.md"), here, capsys, also=f"needs {library}")
    assert list(here.glob(written))
