"""What an editor offers, shows and underlines in a policy, by the server that editors run.

`npm install --prefix build/editor yaml-language-server` in a checkout makes these tests run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from language_server import SERVER, LanguageServer

import declinit
from declinit.kinds.rows import BUILTIN

ROOT = Path(declinit.__file__).parents[1]
PROGRAM = ROOT / "build" / "editor" / SERVER

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(not PROGRAM.is_file(), reason="yaml-language-server is not installed"),
]
named = pytest.mark.parametrize

RULE = "declinit: 1\nrules:\n  - match: '**/kernel'\n    "
NAMES = list(BUILTIN)
TOP = ["$schema", "declinit", "note", "seed", "generator", "fans", "extends", "disable", "strict"]
TOP += ["constants", "groups", "checkpoints", "allow", "moved", "rules", "declinit spec"]


@pytest.fixture(scope="module")
def server():
    server = LanguageServer(PROGRAM, ROOT / "schemas" / "spec.schema.json")
    yield server
    server.close()


OFFERED = {
    "|": TOP,
    "declinit: 1\ngenerator: |": ["portable", "keras"],
    f"{RULE}initializer: |": NAMES,
    f"{RULE}initializer: he|": NAMES,  # the editor leaves those that begin so
    f"{RULE}initializer: |\n    expect: 3\n": NAMES,
    f"{RULE}initializer: {{name: |}}": NAMES,
    f"{RULE}initializer: {{name: he|}}": NAMES,
    f"{RULE}initializer:\n      name: |": NAMES,
    f"{RULE}initializer:\n      |": ["name", "initializer with parameters"],
    f"{RULE}initializer:\n      name: random_normal\n      |": ["mean", "stddev", "seed"],
    f"{RULE}load:\n      from: base\n      on_shape: |": ["error", "draw", "slice"],
}


@named(("text", "labels"), OFFERED.items())
def test_an_editor_offers(server, text, labels):
    assert server.labels(text) == labels


HE = (
    "He's truncated normal, scaled by fan\\_in. truncated normal, stddev sqrt(2 / fan\\_in) after "
    "the cut at 2 stddev. He et al., 2015, https://arxiv.org/abs/1502.01852\n\n"
)


@named(
    ("text", "shown"),
    [
        ("initializer: he_n|ormal", HE),
        ("initializer: {name: he_n|ormal}", HE),
        (
            "initializer: {name: random_normal, std|dev: 1}",
            "Standard deviation of the distribution. Text is a formula, such as 1 / "
            "sqrt(fan\\_in).\n\n",
        ),
    ],
)
def test_an_editor_shows_formula_and_paper(server, text, shown):
    _, _, below_the_title = server.hover(RULE + text).partition("\n\n")
    assert below_the_title.partition("Source:")[0] == shown


UNKNOWN = "Value must be " + " | ".join(f'"{name}"' for name in NAMES) + "."


@named(
    ("text", "found"),
    [
        ("initializer: he_normal", []),
        ("initializer: HeNormal", []),
        ("initializer: P>Mine", []),
        ("initializer: {name: random_normal, stddev: 1 / sqrt(fan_in)}", []),
        ("initializer: {class_name: HeNormal, config: {seed: 3}}", []),
        ("initializer: he_norml", [("he_norml", UNKNOWN)]),
        ("initializer: {name: he_norml}", [("he_norml", UNKNOWN)]),
        (
            "initializer: {name: random_normal, stdev: 1}",
            [("stdev", "Property stdev is not allowed.")],
        ),
        (
            "initializer: {name: random_normal, stddev: [1]}",
            [("[1]", "Incorrect type. Expected one of number, string.")],
        ),
        (
            "initializer: {class_name: HeNormal, config: {sead: 1}}",
            [("sead", "Property sead is not allowed.")],
        ),
        ("keep: true\n    optionl: true", [("optionl", "Property optionl is not allowed.")]),
    ],
)
def test_an_editor_underlines_what_is_wrong_alone(server, text, found):
    assert server.findings(RULE + text) == found
