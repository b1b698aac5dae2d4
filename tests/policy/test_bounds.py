"""Whatever a spec or an override holds ends in a fault of its own, soon, and is read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from declinit.checks import shapes
from declinit.errors import SpecError
from declinit.policy import locations, reading
from declinit.policy.extending import load

BASE = """\
declinit: 1
rules:
- {id: r, match: a, initializer: {name: random_uniform, minval: 0, maxval: 1}}
"""


@pytest.fixture
def base(write):
    return write("base.yaml", BASE)


def faults(path, **options) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(path, **options)
    return [problem.headline for problem in caught.value.problems]


# Numbers that are no floats

HUGE = f"0x{'f' * 298}"
TOO_LONG = "an integer of more than 300 digits is too long [DI107]"


def test_a_hexadecimal_number_beyond_every_float_is_refused_wherever_it_is_given(write, base):
    text = f"random_uniform(minval={HUGE}, maxval=1)"
    assert faults(base, rules=[f"a={text}"]) == [f"--rule a={text}:1:25: {TOO_LONG}"]
    key = "r.initializer.minval"
    assert faults(base, overrides=[f"{key}={HUGE}"]) == [f"--set {key}:1:1: {TOO_LONG}"]
    path = write("a.yaml", BASE.replace("0,", f"{HUGE},"))
    assert faults(path) == [f"a.yaml:3:65: {TOO_LONG}"]


# Depth

DEEP = "nested deeper than 64 levels [DI102]"


@pytest.mark.parametrize("key", ["r", "seed", "strict", "r.initializer"])
def test_a_key_with_a_thousand_dots_is_refused(base, key):
    text = f"{key}{'.a' * 1000}"
    assert faults(base, overrides=[f"{text}=1"]) == [f"--set {text[:60]}...: {DEEP}"]


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_key_and_value_of_an_override_are_as_deep_as_a_document_may_be_together(base):
    open_kind = "r.initializer=P>Mine"
    assert load(base, overrides=[open_kind, f"r.initializer.x={nested(60)}"])
    found = faults(base, overrides=[open_kind, f"r.initializer.x={nested(61)}"])
    assert found == [f"--set r.initializer.x:1:1: --set r.initializer.x: {DEEP}"]


def test_a_rule_of_the_command_line_is_as_deep_as_a_document_may_be(base):
    assert load(base, rules=[f"a=P>Mine(x={nested(59)})"])
    text = f"a=P>Mine(x={nested(60)})"
    assert faults(base, rules=[text]) == [f"--rule {text}:1:1: --rule: {DEEP}"]


def test_a_long_rule_of_the_command_line_is_refused(base):
    text = f"a=constant(value=1{' ' * 9_981})"
    assert (len(text), len(load(base, rules=[text]).rules)) == (10_000, 2)
    said = f"--rule {text[:60]}...: longer than 10,000 characters [DI102]"
    assert faults(base, rules=[f"{text} "]) == [said]


def test_half_a_surrogate_pair_in_the_key_of_an_override_becomes_a_character(base):
    loaded = load(base, overrides=["r.initializer=P>Mine", "r.initializer.\udcff=1"])
    assert dict(loaded.rules[0].action.initializer.params) == {"?": 1}


# Files that are none


def test_a_null_character_in_the_name_of_a_file_is_a_fault_at_its_place(write):
    path = write("a.json", '{"declinit": 1, "extends": "a\\u0000b", "rules": []}')
    said = "cannot read 'a\\x00b': not a file name [DI101]"
    assert faults(path) == [f"a.json:1:28: {said}"]
    assert faults("a\0b") == [said]


def test_a_loop_of_links_is_a_fault_at_its_place(write):
    path = write("a.yaml", "declinit: 1\nextends: one.yaml\nrules: []\n")
    Path("one.yaml").symlink_to("two.yaml")
    Path("two.yaml").symlink_to("one.yaml")
    said = "cannot read 'one.yaml': too many levels of symbolic links [DI101]"
    assert faults(path) == [f"a.yaml:2:10: {said}"]
    assert faults("one.yaml") == [said]


def test_only_regular_files_are_extended(write):
    reading, writing = os.pipe()
    names = ["pipe.yaml", "link.yaml", f"/dev/fd/{reading}", "/dev/null"]
    path = write("a.yaml", {"declinit": 1, "extends": names, "rules": []})
    os.mkfifo("pipe.yaml")
    Path("link.yaml").symlink_to("/dev/zero")
    assert [one.partition(": ")[2] for one in faults(path)] == [
        f"cannot read {name!r}: not a regular file [DI122]" for name in names
    ]
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("content", [None, "declinit: [\n", "\x01", '{"declinit_plan": 2}'])
def test_a_file_that_cannot_be_read_is_tried_once_however_often_it_is_named(
    write, monkeypatch, content
):
    tried = []

    def read(path, **options):
        tried.append(str(path))
        return real(path, **options)

    real = locations.read
    monkeypatch.setattr(locations, "read", read)
    if content is not None:
        write("bad.yaml", content)
    path = write("a.yaml", {"declinit": 1, "extends": ["bad.yaml", "./bad.yaml"] * 50, "rules": []})
    found = faults(path)
    assert tried == ["a.yaml", "bad.yaml"]
    # Where the file itself has a fault, that is said once; otherwise every mention is one.
    assert len(found) == (100 if found[0].startswith("a.yaml:") else 1)


def test_a_shells_pipe_is_a_spec(base, write):
    reading, writing = os.pipe()
    os.write(writing, f"extends: {base.resolve()}\ndeclinit: 1\nseed: 3\n".encode())
    os.close(writing)
    spec = load(f"/dev/fd/{reading}", overrides=["r.initializer.minval=-1"])
    os.close(reading)
    assert (spec.seed, spec.rules[0].inherited) == (3, True)
    assert spec.sources[-1].text.startswith("extends: ")


# Many faults

KINDS_OF_FAULTS = {
    "keys": "- {mach: a, initializer: zeros}\n",
    "initializers": "- {match: a, initializer: zeroz}\n",
    "patterns": "- {match: 'a[', initializer: zeros}\n",
    "ids": "- {id: a, match: a, initializer: zeros}\n",
    "rules": "- 3\n",
}


@pytest.mark.parametrize("kind", KINDS_OF_FAULTS)
def test_the_first_hundred_of_many_faults_are_told_and_their_number(write, kind):
    path = write("a.yaml", "declinit: 1\nrules:\n" + KINDS_OF_FAULTS[kind] * 3_000)
    found = faults(path)
    assert len(found) == 101
    places = [int(one.split(":")[1]) for one in found]
    assert places == sorted(places)
    assert max(places) <= 104
    assert found[-1].endswith("more than 1,000 faults, of which the first 100 are shown [DI102]")


def test_many_faults_in_one_rule_are_no_more_than_in_many(write):
    match = ["a[" for _ in range(3_000)]
    unknown = {f"x{index}": 1 for index in range(3_000)}
    for entry in ({"match": match, "keep": True}, {"match": [1] * 3_000, "keep": True}, unknown):
        path = write("a.yaml", {"declinit": 1, "rules": [entry]})
        assert len(faults(path)) == 101


def test_all_patterns_of_a_document_are_limited_in_length(write, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PATTERNS", 10)
    rules = "- {match: [aaaa, bbbb], exclude: cc, keep: true}\n"
    path = write("a.yaml", f"declinit: 1\nrules:\n{rules}")
    assert load(path)
    path = write("a.yaml", f"declinit: 1\nrules:\n{rules}- {{match: 'c[', keep: true}}\n")
    said = "more than 10 characters of patterns in a document [DI226]"
    assert faults(path) == [f"a.yaml:4:11: {said}"]


def test_no_more_is_checked_than_is_counted(write, monkeypatch):
    checked = []

    def check(node, registry):
        checked.append(node)
        return real(node, registry)

    real = shapes.check_initializer
    monkeypatch.setattr(shapes, "check_initializer", check)
    path = write("a.yaml", "declinit: 1\nrules:\n" + KINDS_OF_FAULTS["initializers"] * 3_000)
    assert len(faults(path)) == 101
    assert len(checked) <= 1_001


def test_the_faults_of_many_files_are_no_more_than_those_of_one(write):
    names = [f"{index}.yaml" for index in range(30)]
    for name in names:
        write(name, "declinit: 1\nrules:\n" + KINDS_OF_FAULTS["keys"] * 50)
    path = write("a.yaml", {"declinit": 1, "extends": names, "rules": []})
    assert len(faults(path)) == 101
