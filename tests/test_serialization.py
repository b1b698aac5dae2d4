"""JSON is written in one way: readable, exact, and safe to show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import declinit
from declinit.serialization import json_text


def test_json_is_indented_by_one_and_ends_with_a_newline():
    assert json_text({"a": [1, None]}) == '{\n "a": [\n  1,\n  null\n ]\n}\n'


def test_other_scripts_are_written_as_they_are():
    assert json_text("größe β 変数") == '"größe β 変数"\n'


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x9b2J", "\x7f", "\u202e", "\u2028", "\ufeff", "\udc80"]
)
def test_what_would_steer_a_terminal_or_cannot_be_encoded_is_escaped(text):
    written = json_text(f"größe {text}")
    assert json.loads(written) == f"größe {text}"
    assert written.removesuffix("\n").isprintable()
    written.encode()


def test_documents_are_written_here_and_nowhere_else():
    root = Path(declinit.__file__).parent
    indented = {
        str(file.relative_to(root).as_posix())
        for file in root.rglob("*.py")
        if "json.dumps(" in (text := file.read_text(encoding="utf-8")) and "indent=" in text
    }
    assert indented == {"serialization.py"}
