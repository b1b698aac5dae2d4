"""Text of specs, models, plans, audits, files and errors is data: it steers nothing, and is kept."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from command_line import FINDINGS, FINE, USAGE

import declinit
from declinit import cli

# Escape, bell, a hyperlink of terminals, C1, bidirectional controls, line ends, invisible text.
EVIL = (
    "e\x1b[2J\x07\x1b]8;;http:x\x07\x9b2J\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u2028\u2029"
    "\xad\u200b\U000e0041\n::error::x\r\tg"
)
RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
FILE = EVIL  # a name may hold all of it

MODULE = f"""
import declinit
import keras
from keras import layers

EVIL = {EVIL!r}


def evil_raising(shape, dtype=None):
    raise RuntimeError(EVIL)


declinit.register("evil_raising", evil_raising)


class Unsaveable(keras.Model):
    def get_config(self):
        raise RuntimeError(EVIL)


def named(name=EVIL, kind=keras.Model):
    inputs = keras.Input((3,))
    return kind(inputs, layers.Dense(2, name=name)(inputs))


def unsaveable():
    return named(kind=Unsaveable)


def raising(text=EVIL):
    raise RuntimeError(text)
"""

NAMED = ("--model", "evil_models:named", "--import", "evil_models")


def spec(**more) -> str:
    rules = [
        {"id": "kernels", "note": EVIL, "match": "**/kernel", "initializer": "he_normal"},
        {"id": "rest", "match": "**/bias", "initializer": "zeros"},
    ]
    data = {"declinit": 1, "seed": 3, "note": EVIL, "rules": rules} | more
    return yaml.safe_dump(data, sort_keys=False)


@pytest.fixture
def evil(run, write):
    """Files with hostile names, of hostile names."""
    write("evil_models.py", MODULE)
    write(f"{FILE}.yaml", spec())
    write(f"{FILE}-faulty.yaml", spec(rules=[{"id": EVIL, "match": EVIL, "initializer": EVIL}]))
    write(f"{FILE}-unused.yaml", spec(rules=[{"id": "x", "match": EVIL, "initializer": "zeros"}]))
    write(f"{FILE}-broken.yaml", f"declinit: {EVIL!r}\nrules: [")
    write(f"{FILE}-raw.yaml", f"declinit: 1\nnote: {EVIL}\n")
    write("other.yaml", spec(rules=[{"id": "x", "match": "**", "initializer": "ones"}]))
    plan = ("plan", f"{FILE}.yaml", *NAMED, "--out", f"{FILE}.json")
    apply = ("apply", f"{FILE}.yaml", *NAMED, "--audit", f"{FILE}-audit.json")
    assert [run(*plan)[::2], run(*apply)[::2]] == [(FINE, ""), (FINE, "")]
    data = json.loads(Path(f"{FILE}.json").read_text(encoding="utf-8"))
    write(f"{FILE}-edited.json", data | {EVIL: EVIL})
    for one in data["variables"]:
        one["rule"] |= {"rule": EVIL, "where": EVIL, "says": EVIL}
        one |= {"layer": EVIL, "aliases": [EVIL], "beaten": [one["rule"]]}
    write("labels.json", data)
    data["variables"][0]["dtype"] = EVIL
    write("dtype.json", data)


COMMANDS = [
    ("validate", f"{FILE}.yaml", f"{FILE}-faulty.yaml", f"{FILE}-broken.yaml", f"{FILE}-raw.yaml"),
    ("validate", f"{FILE}.yml"),
    ("plan", f"{FILE}.yaml", *NAMED),
    ("plan", f"{FILE}.yaml", *NAMED, "--groups"),
    ("plan", f"{FILE}.yaml", *NAMED, "--set", EVIL),
    ("plan", f"{FILE}.yaml", *NAMED, "--set", f"{EVIL}=1"),
    ("plan", f"{FILE}.yaml", *NAMED, "--set", f"seed={EVIL}"),
    ("plan", f"{FILE}.yaml", *NAMED, "--rule", EVIL),
    ("plan", f"{FILE}.yaml", *NAMED, "--rule", f"{EVIL}=zeros"),
    ("plan", f"{FILE}.yaml", *NAMED, "--rule", f"**=constant({EVIL}=1)"),
    ("plan", f"{FILE}.yaml", *NAMED, "--kwargs", json.dumps({EVIL: EVIL})),
    ("plan", f"{FILE}.yaml", *NAMED, "--kwargs", EVIL),
    ("plan", f"{FILE}.yaml", "--model", EVIL),
    ("plan", f"{FILE}.yaml", "--model", f"evil_models:{EVIL}"),
    ("plan", f"{FILE}.yaml", "--model", f"{FILE}.keras"),
    ("plan", f"{FILE}.yaml", "--model", f"{FILE}.json"),
    ("plan", f"{FILE}.yaml", *NAMED, "--import", EVIL),
    ("plan", f"{FILE}.yaml", "--model", "evil_models:raising"),
    ("plan", f"{FILE}.yaml", *NAMED, "--out", f"{FILE}/x"),
    ("plan", f"{FILE}.yaml", *NAMED, "--out", f"{FILE}.yaml"),
    ("plan", f"{FILE}-unused.yaml", *NAMED),
    ("plan", f"{FILE}-faulty.yaml", *NAMED),
    ("plan", f"{FILE}.yaml", *NAMED, "--check", f"{FILE}.json"),
    ("plan", "other.yaml", *NAMED, "--check", f"{FILE}.json"),
    ("plan", f"{FILE}.yaml", *NAMED, "--kwargs", '{"name": "x"}', "--check", f"{FILE}.json"),
    ("plan", f"{FILE}.yaml", *NAMED, "--check", f"{FILE}-edited.json"),
    ("explain", f"{FILE}.yaml", "*/kernel", *NAMED),
    ("explain", f"{FILE}.yaml", EVIL, *NAMED),
    ("apply", f"{FILE}.yaml", *NAMED, "--audit", "a.json"),
    ("apply", f"{FILE}.json", *NAMED, "--kwargs", '{"name": "x"}', "--audit", "a.json"),
    ("apply", "labels.json", *NAMED, "--audit", "a.json"),
    ("apply", "labels.json", *NAMED, "--audit", "a.json", "--verbose"),
    ("apply", "dtype.json", *NAMED, "--audit", "a.json"),
    ("plan", f"{FILE}.yaml", *NAMED, "--check", "dtype.json"),
    ("apply", f"{FILE}.yaml", *NAMED, "--rule", "**=evil_raising", "--audit", "a.json"),
    ("apply", f"{FILE}.yaml", "--model", "evil_models:unsaveable", "--out", f"{FILE}.keras"),
    ("apply", f"{FILE}.yaml", *NAMED, "--out", f"{FILE}.h5"),
    ("verify", f"{FILE}-audit.json", *NAMED),
    ("verify", f"{FILE}-audit.json", *NAMED, "--statistical", "-v"),
    ("verify", f"{FILE}-audit.json", *NAMED, "--kwargs", '{"name": "x"}'),
    ("verify", f"{FILE}-audit.json", *NAMED, "--weights", f"{FILE}.weights.h5"),
    ("diff", f"{FILE}.yaml", "model", *NAMED),
    ("diff", f"{FILE}.yaml", "other.yaml", *NAMED, "--groups"),
    ("diff", f"{FILE}.json", "labels.json"),
    ("diff", f"{FILE}.json", f"{FILE}.yaml", *NAMED, "--kwargs", '{"name": "x"}'),
    ("diff", f"{FILE}.json", f"{FILE}-broken.yaml"),
    ("init", *NAMED),
    ("init", *NAMED, "--recipe", f"{FILE}-unused.yaml"),
    ("init", *NAMED, "--recipe", EVIL),
    ("init", *NAMED, "--out", f"{FILE}.yaml"),
    ("inventory", *NAMED),
    ("report", f"{FILE}.yaml", *NAMED),
    ("report", "labels.json", *NAMED),
    ("report", f"{FILE}.yaml", "other.yaml", *NAMED),
    ("report", f"{FILE}-audit.json"),
    ("export", *NAMED),
    ("export", *NAMED, "--audit", f"{FILE}-audit.json"),
    ("initializers", EVIL),
    ("schema", EVIL),
    (EVIL,),
    ("schema", f"--{EVIL}"),
]
FORMATS = {
    **dict.fromkeys(("inventory", "initializers"), ("text", "html", "json", "markdown")),
    "export": (),
    "report": (),
    "init": (),
    "schema": (),
    EVIL: (),
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: ascii(" ".join(command))[:60])
def test_no_name_steers_what_reads_the_output(run, evil, command):
    formats = FORMATS.get(command[0], ("text", "html", "json", "markdown", "github", "sarif"))
    for options in [("--format", one) for one in formats] or [()]:
        code, out, err = run(*command, *options)
        assert code in (FINE, FINDINGS, USAGE), err
        assert (RAW.findall(out), RAW.findall(err)) == ([], [])
        assert [line for line in (out + err).splitlines() if line.startswith("::error::")] == []
        if "json" in options and out:
            json.loads(out)


def test_documents_give_back_every_name_exactly(run, evil):
    plan = json.loads(Path(f"{FILE}.json").read_text(encoding="utf-8"))
    assert {one["path"] for one in plan["variables"]} == {f"{EVIL}/kernel", f"{EVIL}/bias"}
    assert plan["sources"][0]["name"] == f"{FILE}.yaml"
    for command in ("plan", "apply"):
        source = {"plan": f"{FILE}.yaml", "apply": f"{FILE}.json"}[command]
        option = {"plan": "--check", "apply": "--audit"}[command]
        assert run(command, source, *NAMED, option, f"{FILE}.json")[0] in (FINE, USAGE)
    assert run("plan", f"{FILE}.yaml", *NAMED, "--check", f"{FILE}.json")[0] == FINE
    assert run("verify", f"{FILE}-audit.json", *NAMED)[0] in (FINE, FINDINGS)


def test_an_exported_spec_gives_back_every_name_exactly(run, evil):
    assert run("export", *NAMED, "--kwargs", '{"name": "größe"}', "--out", "ascii.yaml")[0] == FINE
    assert run("export", *NAMED, "--out", f"{FILE}-out.yaml")[0] == FINE
    assert RAW.findall(Path(f"{FILE}-out.yaml").read_text(encoding="utf-8")) == []
    spec = declinit.load(f"{FILE}-out.yaml")
    assert run("plan", f"{FILE}-out.yaml", *NAMED, "--set", "strict.unmatched=error")[0] == FINE
    assert spec.note.startswith("Exported from")


LONE = b"a\xff\x1b.yaml"


def test_a_file_name_that_is_no_text_is_read_planned_and_checked(run, evil):
    name = os.fsdecode(LONE)
    Path(name).write_text(spec(), encoding="utf-8")
    assert run("validate", name) == (FINE, "a\ufffd\ufffd.yaml: fine, 2 rules\n", "")
    plan = ("plan", name, *NAMED)
    assert run(*plan, "--out", "plan.json")[0] == FINE
    assert json.loads(Path("plan.json").read_text())["sources"][0]["name"] == "a?\x1b.yaml"
    assert run(*plan, "--check", "plan.json")[0] == FINE
    assert run("apply", "plan.json", *NAMED, "--audit", f"{name}.json")[0] == FINE
    code, _, err = run(*plan, "--out", name)
    assert (code, err.endswith("which this command uses [DI705]\n1 error\n")) == (USAGE, True)


def test_a_layer_whose_name_is_no_text_is_refused(run, evil):
    code, out, err = run("plan", f"{FILE}.yaml", *NAMED, "--kwargs", '{"name": "a\\udc80"}')
    says = "'a\\udc80/kernel' is no text, so no document can name this variable [DI407]\n"
    assert (code, out, err.startswith(says)) == (USAGE, "", True)


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_encoding_lacks_is_escaped(evil, monkeypatch, form):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    command = ("plan", f"{FILE}.yaml", *NAMED, "--kwargs", '{"name": "größe 🎉"}', "--format", form)
    assert cli.main(command) == FINE
    out = stream.buffer.getvalue().decode("ascii")
    assert "gr\\u00f6\\u00dfe \\ud83c\\udf89/kernel" in out
    if form == "json":
        assert json.loads(out)["variables"][0]["path"] == "größe 🎉/kernel"
