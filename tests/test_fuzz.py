"""The fuzzer finds what it is there for, and finds nothing among a few texts for each target."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace
from random import Random

import pytest

from declinit.errors import Problem, SpecError
from fuzz import __main__ as program
from fuzz import watching
from fuzz.targets import TARGETS, turns
from fuzz.watching import Tally, Watcher


def test_every_target_has_its_turns():
    names = turns()
    assert {next(names) for _ in range(200)} == set(TARGETS)
    assert sum(target.share for target in TARGETS.values()) == 100


@pytest.fixture(scope="module")
def _warm():
    program.warm_up()


@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("name", TARGETS)
def test_good_texts_and_some_mutated_ones_do_no_harm_and_can_be_made_again(name, monkeypatch):
    monkeypatch.setattr(watching, "SECONDS", float("inf"))  # nobody knows how busy a machine is
    target, watcher, tally = TARGETS[name], Watcher(), Tally()
    texts = [target.mutated(Random(seed)) for seed in range(30)]
    for text in (*target.texts[:10], *texts):
        watcher.watch(name, text, tally)
    assert watcher.failures == []
    assert tally.past_reader >= 10
    assert texts == [target.mutated(Random(seed)) for seed in range(30)]


def failing(how, seconds=float("inf"), patience=30, peaks=(0, 0)):
    """The failures that the watcher keeps if a target does something."""

    def steps(text):
        yield
        how()

    watcher = Watcher()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TARGETS, "pattern", replace(TARGETS["pattern"], steps=steps))
        patch.setattr(watching, "SECONDS", seconds)
        patch.setattr(watching, "PATIENCE", patience)
        patch.setattr(watching, "peak", iter([*peaks, peaks[-1]]).__next__)
        watcher.watch("pattern", "text", Tally())
    return [(name, reason.split(" (")[0], text) for name, reason, text in watcher.failures]


def refuse():
    raise SpecError(Problem("DI201", "unknown"))


def spin():
    begin = time.process_time()
    while time.process_time() < begin + 0.06:
        pass


def test_what_must_not_happen_is_kept():
    assert failing(refuse) == []
    assert failing(lambda: {}["x"]) == [("pattern", "KeyError: 'x'", "text")]
    assert failing(lambda: time.sleep(5), patience=0.1) == [
        ("pattern", "not done after 0.1 s", "text")
    ]
    ((_, reason, _),) = failing(spin, seconds=0.05)
    assert reason.endswith(" s for 4 characters")
    assert failing(refuse, peaks=(0, 1024)) == []
    assert failing(refuse, peaks=(0, 1025)) == [("pattern", "1025 MiB of memory", "text")]
    assert failing(refuse, peaks=(1025, 1025)) == []


def test_a_run_counts_and_ends_and_says_its_seed(monkeypatch, capsys):
    arguments = ["fuzz", "--seed", "1", "--documents", "50", "--target", "pattern"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert program.main() == 0
    out = capsys.readouterr().out
    assert out.startswith("seed 1; the same run again: --seed 1\n")
    assert "\n50 texts in " in out
    assert "\n0 failures\n" in out


def test_a_run_fails_where_too_few_documents_are_read(monkeypatch, capsys):
    def nothing(text):
        refuse()
        yield

    monkeypatch.setitem(TARGETS, "spec", replace(TARGETS["spec"], steps=nothing))
    arguments = ["fuzz", "--seed", "1", "--documents", "100", "--target", "spec"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert program.main() == 1
    # How many of the turns are for mutated documents depends on the order of the targets.
    assert re.search(r"\n0% of [1-9]\d* mutated documents got past", capsys.readouterr().out)


def test_a_failure_is_told_with_the_way_to_it(monkeypatch, capsys, tmp_path):
    def broken(text):
        yield
        raise KeyError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(TARGETS, "pattern", replace(TARGETS["pattern"], steps=broken))
    monkeypatch.setattr(sys, "argv", ["fuzz", "--seed", "1", "--target", "pattern"])
    assert program.main() == 1
    way = re.search(r"again: python -m fuzz --target 'pattern' (--replay) (.+)", told(capsys))
    monkeypatch.setattr(sys, "argv", ["fuzz", "--target", "pattern", *way.groups()])
    assert program.main() == 1
    assert "FAILED pattern: 'KeyError: " in told(capsys)


def told(capsys) -> str:
    return capsys.readouterr().out
