"""`declinit export`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import FINE, MODEL, USAGE


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


def test_export_writes_what_an_audit_says_was_applied(run, made):
    """A model that was built anew carries Keras' defaults; only the audit knows better."""
    fresh = ("export", *MODEL)
    carried, applied = run(*fresh)[1], run(*fresh, "--audit", "audit.json")[1]
    assert ("GlorotUniform" in carried or "glorot_uniform" in carried, "he_normal" in carried) == (
        True,
        False,
    )
    assert "he_normal" in applied
    assert run(*fresh, "--audit", "audit.json", "--out", "applied.yaml")[0] == FINE
    assert run("apply", "applied.yaml", *MODEL, "--out", "again.keras")[0] == FINE
    assert run("verify", "audit.json", "--model", "again.keras") == (FINE, "# 4 identical\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--audit", "plan.json"), "'plan.json' is a plan, expected an audit"),
        (("--audit", "audit.jsn"), "cannot read 'audit.jsn': no such file; did you mean 'audit.j"),
        (
            ("--audit", "audit.json", "--out", "./audit.json"),
            "'./audit.json' would overwrite 'audit.json', which this command uses",
        ),
    ],
)
def test_export_exits_with_2_for_what_is_no_audit_or_would_replace_it(run, made, arguments, says):
    code, out, err = run("export", "--model", "cli_models:raising", *arguments)
    assert (code, out, err.startswith(says)) == (USAGE, "", True), err
