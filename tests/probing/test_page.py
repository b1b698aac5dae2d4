"""The page of documentation does what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pages

PAGE = Path(__file__).parent.parent.parent / "docs" / "signal-propagation.md"


def test_the_blocks_of_the_page_do_what_they_say(tmp_path, monkeypatch, capsys):
    text = PAGE.read_text(encoding="utf-8")
    assert pages.says_how_each_block_is_run(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "deep", raising=False)
    pages.run_page(text, tmp_path, capsys)
