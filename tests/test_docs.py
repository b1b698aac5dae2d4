"""Every block of `docs/` is run, in order, where the libraries that it needs are there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(
    r"<!-- (?P<mark>[^>]+) -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)
FENCE = re.compile(r"^```\w+$", re.M)
PAGES = sorted(DOCS.glob("*.md"))
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


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_how_it_is_run(page):
    marks = [block["mark"] for block in BLOCK.finditer(text_of(page))]
    assert len(FENCE.findall(text_of(page))) == len(marks)
    assert {mark.partition(":")[0] for mark in marks} <= {
        "run",
        "file",
        "needs several processes",
        *(f"needs {name}" for name in OPTIONAL),
    }


def run_blocks(page: Path, folder: Path, mark: str) -> dict[str, object]:
    session: dict[str, object] = {}
    for block in BLOCK.finditer(text_of(page)):
        if block["mark"].startswith("file: "):
            name = block["mark"].removeprefix("file: ")
            (folder / name).write_text(block["body"], encoding="utf-8")
        elif block["mark"] in {"run", mark}:
            exec(compile(block["body"], page.name, "exec"), session)
    return session


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_the_blocks_without_a_tracker_do_what_they_say(here):
    session = run_blocks(DOCS / "trackers.md", here, "")
    summary = session["summary"]
    listed = re.findall(r"`(declinit/\w+)`", text_of(DOCS / "trackers.md"))
    assert set(listed) <= set(summary)
    assert {type(value) for value in summary.values()} == {str, int}
    assert (here / "init.json").is_file()
    assert yaml.safe_load((here / "dvc.yaml").read_text())["metrics"] == ["init.json"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", OPTIONAL)
def test_a_tracker_takes_a_summary(library, here):
    needed, written = OPTIONAL[library]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    run_blocks(DOCS / "trackers.md", here, f"needs {library}")
    assert list(here.glob(written))
