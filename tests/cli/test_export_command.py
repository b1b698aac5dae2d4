"""`declinit export`."""

from __future__ import annotations

from pathlib import Path

from command_line import FINE, MODEL


def test_export_writes_a_spec_that_is_fine_and_plans(run, made):
    code, text, err = run("export", "--model", "config.json", "--seed", "5")
    assert (code, err) == (FINE, "")
    assert text.startswith("declinit: 1\n")
    assert "\nseed: 5\n" in text
    out = ("export", "--model", "config.json", "--seed", "5", "--out", "today.yaml")
    rules = text.count("- match:")
    assert run(*out) == (FINE, "", f"declinit: today.yaml: {rules} rules\n")
    assert Path("today.yaml").read_text(encoding="utf-8") == text
    assert run("validate", "today.yaml") == (FINE, f"today.yaml: fine, {rules} rules\n", "")
    assert run("plan", "today.yaml", *MODEL)[0] == FINE
