"""Fixtures that several modules share, and the backend that tests run on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("KERAS_BACKEND", "numpy")

settings.register_profile("declinit", derandomize=True, deadline=None, database=None)
settings.load_profile("declinit")


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into an empty working directory; data becomes JSON, which is YAML too."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, content) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write
