"""`progress=True` shows a bar of tqdm, which counts elements and is closed however the work ends."""

from __future__ import annotations

import math
import sys
import threading
import types
import warnings

import keras
import numpy as np
import pytest

import declinit
from declinit.kinds.extensions import registering

POLICY = {
    "declinit": 1,
    "seed": 3,
    "strict": {"unmatched": "allow"},
    "rules": [{"match": "**/kernel", "initializer": "he_normal"}],
}
SIZES = {"a/kernel": 12, "a/bias": 3, "b/kernel": 600, "b/bias": 200}
KEPT = 203  # the elements that are measured twice, before anything is written and at the end


class Bar:
    """What tqdm is to this package."""

    made: list[Bar] = []  # noqa: RUF012

    def __init__(self, **options) -> None:
        self.options, self.done, self.closed = options, 0, 0
        self.threads: set[int] = set()
        self._inside = threading.Lock()
        Bar.made.append(self)

    def update(self, count: int) -> None:
        assert self._inside.acquire(blocking=False), "two threads at once"
        assert not self.closed
        self.threads.add(threading.get_ident())
        self.done += count
        self._inside.release()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def bars(monkeypatch):
    package, module = types.ModuleType("tqdm"), types.ModuleType("tqdm.auto")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", package)
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    monkeypatch.setattr(Bar, "made", [])
    return Bar.made


@pytest.fixture
def without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


@pytest.fixture
def notebook(monkeypatch):
    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", module)


def model(width: int = 3) -> keras.Model:
    layers = [keras.layers.Dense(width, name="a"), keras.layers.Dense(200, name="b")]
    return keras.Sequential([keras.Input((4,)), *layers])


def applied(**options) -> object:
    return declinit.apply(POLICY, model(), **options)


def built(**options) -> object:
    return declinit.build(model, POLICY, **options)


def built_usually(**options) -> object:
    def compute() -> keras.Model:
        made = model()
        made.get_layer("b").bias.assign(np.ones(200, "float32"))
        return made

    return declinit.build(compute, POLICY, **options)


def verified(statistical: bool):
    def verify(**options) -> object:
        made = model()
        audit = declinit.apply(POLICY, made, progress=False)
        return declinit.verify(audit, made, statistical=statistical, **options)

    return verify


WORK = {
    # what is done: (what it is called, the elements that it takes)
    "apply": (applied, "applying", sum(SIZES.values()) + KEPT),
    "build": (built, "building", sum(SIZES.values())),
    "build, the usual way": (built_usually, "applying", sum(SIZES.values()) + KEPT),
    "verify": (verified(statistical=False), "verifying", sum(SIZES.values())),
    "verify by statistics": (verified(statistical=True), "verifying", sum(SIZES.values())),
}
named = pytest.mark.parametrize


@named("name", WORK)
def test_a_bar_counts_every_element_and_is_closed(bars, name):
    do, called, total = WORK[name]
    do(progress=True)
    (bar,) = bars
    assert bar.options == {"desc": called, "total": total, "unit": " elements", "unit_scale": True}
    assert (bar.done, bar.closed) == (total, 1)


@named("name", WORK)
def test_nothing_is_shown_unless_somebody_asks(bars, name):
    WORK[name][0]()
    WORK[name][0](progress=False)
    assert bars == []


@named("name", WORK)
def test_a_notebook_shows_what_takes_long_unless_it_is_told_not_to(bars, notebook, name):
    WORK[name][0](progress=False)
    assert bars == []
    WORK[name][0]()
    (bar,) = bars
    assert (bar.options["delay"], bar.options["leave"], bar.closed) == (2.0, False, 1)


@named("name", WORK)
def test_without_tqdm_work_is_done_and_who_asked_for_progress_is_warned(without_tqdm, name):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", declinit.DeclinitWarning)
        WORK[name][0](progress=True)
    assert [str(one.message) for one in warned] == [
        "warning: progress is shown by tqdm, which is not installed; "
        "pip install 'declinit[progress]' [DI770]"
    ]


def test_a_notebook_without_tqdm_says_nothing(without_tqdm, notebook):
    with warnings.catch_warnings():
        warnings.simplefilter("error", declinit.DeclinitWarning)
        applied()


def test_workers_that_measure_advance_the_bar(bars):
    wide = keras.Sequential([keras.Input((1500,)), keras.layers.Dense(1500, use_bias=False)])
    declinit.apply(POLICY, wide, progress=True)
    (bar,) = bars
    assert bar.done == math.prod(wide.weights[0].shape)
    assert bar.threads - {threading.get_ident()}


def test_a_failure_closes_the_bar_where_it_stands(bars):
    def failing(shape, dtype=None):
        raise RuntimeError("out of luck")

    with registering():
        declinit.register("failing", failing)
        rules = [*POLICY["rules"], {"match": "b/bias", "initializer": "failing"}]
        policy = {**POLICY, "rules": rules}
        for do in (lambda: declinit.apply(policy, model(), progress=True), None):
            with pytest.raises(declinit.ApplyError, match="out of luck"):
                (do or (lambda: declinit.build(model, policy, progress=True)))()
    assert [one.closed for one in bars] == [1, 1]
    assert all(one.done < one.options["total"] for one in bars)


def test_a_function_is_told_of_variables_and_shows_no_bar(bars, notebook):
    heard: list[tuple[int, int, str]] = []
    applied(progress=lambda *said: heard.append(said))
    assert (heard[-1], bars) == ((4, 4, ""), [])


WRONG = {
    "apply": (lambda: applied(progress=3), "True, False, None or a function"),
    "build": (lambda: built(progress=print), "True, False or None"),
    "verify": (lambda: verified(statistical=False)(progress="yes"), "True, False or None"),
}


@named("name", WRONG)
def test_another_argument_is_refused(name):
    do, expected = WRONG[name]
    with pytest.raises(declinit.DeclinitError) as caught:
        do()
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"declinit.{name}: expected {expected} as `progress`")


def test_tqdm_itself_takes_what_it_is_given(capsys):
    pytest.importorskip("tqdm")
    applied(progress=True)
    assert "applying: 100%" in capsys.readouterr().err
