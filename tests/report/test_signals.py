"""The signals of a model, on a picture and in the table that `declinit probe` shows."""

from __future__ import annotations

import math

import keras
import pytest
from html_pages import parsed

import declinit
from declinit.probing.probe import Probe, Run
from declinit.probing.signal import Signal
from declinit.report.pages import page
from declinit.report.results import Result

TINY = ("--model", "models:tiny")


def test_signals_are_a_section_of_the_page(report):
    found = report("spec.yaml", *TINY, "--probe")
    section = found.one("section", key="signals")
    rows = section.one("table").rows()
    assert [row[0] for row in rows] == ["body", "norm", "head"]
    label = section.one("svg").attributes["aria-label"]
    assert label == "root mean squares of 3 signals of tiny by depth"
    texts = [one.text for one in section.one("svg").find("text")]
    assert {"forward", "norm", "root mean square"} <= set(texts)
    assert ("back" in texts) == (keras.backend.backend() != "numpy")


def shown(*signals: Signal) -> str:
    pytest.importorskip("jinja2", reason="jinja2 is not installed")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="head")(inputs))
    spec = {"declinit": 1, "seed": 1, "rules": [{"match": "**", "initializer": "zeros"}]}
    run = Run(seeds=(1, 2), signals={one.name: one for one in signals})
    probe = Probe(model="<b>net", runs=(run,))
    audit = declinit.apply(spec, model)
    return page(Result(name="a", plan=audit.plan(), audit=audit, model="net", probe=probe))


def signal(path: str, *forward: float, **more) -> Signal:
    return Signal(path=path, layer="Dense", shape=(8, 2), forward=forward, **more)


def test_what_no_logarithm_can_show_is_told(report):
    section = parsed(
        shown(
            signal("a", 1.0, 2.0, backward=(0.5, 0.25)),
            signal("b", 0.0, 0.0, labels=("zero gate",)),
            signal("c", math.inf, 1.0),
            signal("<i>d", 1e-30, 1e30, labels=("residual",)),
        )
    ).one("section", key="signals")
    notes = [one.text for one in section.find("p", "aside")]
    assert notes[:2] == [
        "1 output of zeros not shown",
        "1 output without a finite size not shown",
    ]
    assert [row[0] for row in section.one("table").rows()] == ["a", "b", "c", "<i>d"]
    assert section.find("i") == []


def test_signals_that_are_all_zero_are_a_page():
    section = parsed(shown(signal("a", 0.0, 0.0))).one("section", key="signals")
    notes = [one.text for one in section.find("p", "aside")]
    assert notes[:2] == ["1 output of zeros not shown", "no gradients were measured"]
