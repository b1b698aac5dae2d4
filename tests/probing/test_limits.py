"""Limits on signals, and how signals are shown."""

from __future__ import annotations

import math

import pytest

from declinit.errors import DeclinitError
from declinit.probing.limits import Limit, limit_problems
from declinit.probing.probe import Probe, ProbedInput, Run
from declinit.probing.signal import Signal
from declinit.render.layouts.probes import probe_layout
from declinit.render.renderers import render
from declinit.render.style import Style

named = pytest.mark.parametrize


def signal(path, forward, *, inputs=1.0, **more) -> Signal:
    return Signal(
        path=path, layer="Dense", shape=(2, 3), inputs=(inputs,), forward=(forward,), **more
    )


SIGNALS = (
    signal("encoder/first", 1.0, expected=1.0, weights={"encoder/first/kernel": (0.25,)}),
    signal("encoder/add", 8.0, labels=("residual",)),
    signal("head", 6.0, backward=(1.0,), weights={"head/kernel": (3.0,)}),
    signal("head", math.nan, call=2),
)
RUN = Run(
    seeds=(7,),
    inputs=(ProbedInput(name="x", shape=(2, 3), dtype="float32", says="standard normal"),),
    signals={one.name: one for one in SIGNALS},
)
PROBE = Probe(model="net", runs=(RUN,))


@named(
    ("limit", "said"),
    {
        "gain>4": "2 signals are beyond the limit 'gain>4': head (6), head@2 (nan)",
        "gain >= 6 in head": "2 signals are beyond the limit 'gain >= 6 in head': head (6), head@2 (nan)",
        "rms<2 in encoder/**": "1 signal is beyond the limit 'rms<2 in encoder/**': encoder/first (1)",
        "weights<1": "1 signal is beyond the limit 'weights<1': encoder/first (0.25)",
        "backward<=1": "1 signal is beyond the limit 'backward<=1': head (1)",
        "backward>1": None,
        "gain>7 in encoder/*": None,
    }.items(),
)
def test_a_limit_names_the_signals_beyond_it_and_passes_over_labelled_ones(limit, said):
    found = limit_problems(PROBE, [Limit.of(limit)])
    assert [problem.message for problem in found] == ([said] if said else [])


def test_a_finding_names_the_size():
    wide = Run(varied={"width": 64}, seeds=(7,), signals={"head": signal("head", 6.0)})
    (problem,) = limit_problems(Probe(model="net", runs=(wide,)), [Limit.of("gain>4")])
    assert problem.message == "1 signal is beyond the limit 'gain>4' at width=64: head (6)"


@named(
    ("text", "said"),
    {
        "gain": "limit 'gain': expected METRIC>NUMBER, such as gain>4, rms<1e-3 or gain>4 in encoder/**",
        "gian>4": (
            "limit 'gian>4': unknown metric 'gian'; there are gain, rms, backward, weights; "
            "did you mean 'gain'?"
        ),
        "gain>x": "limit 'gain>x': 'x' is not a number",
        "gain>nan": "limit 'gain>nan': 'nan' is not a number",
        "gain>4 in a{": (
            "limit 'gain>4 in a{': pattern 'a{': '{' is never closed; "
            r"write '\{' for the character"
        ),
    }.items(),
)
def test_a_malformed_limit_says_what_was_expected(text, said):
    with pytest.raises(DeclinitError) as caught:
        Limit.of(text)
    assert str(caught.value) == f"{said} [DI740]"


def test_signals_are_shown_in_the_order_in_which_layers_ran():
    shown = render(probe_layout(PROBE), "text", Style())
    assert shown == (
        "# signals of net\n\n"
        "encoder/first\tDense\t2x3\t1\t1\t1\t-\t0.25\n"
        "encoder/add\tDense\t2x3\t8\t8\t-\t-\t-\tresidual\n"
        "head\tDense\t2x3\t6\t6\t-\t1\t3\n"
        "head@2\tDense\t2x3\tnan\tnan\t-\t-\t-\n\n"
        "# 4 signals, means over 1 seed, layers run as in training\n"
        "note: input x 2x3 float32: standard normal\n"
    )


def test_sizes_are_shown_with_the_power_by_which_signals_grow():
    runs = tuple(
        Run(varied={"width": width}, seeds=(7,), signals={"head": signal("head", width**0.5)})
        for width in (16, 64)
    )
    shown = render(probe_layout(Probe(model="net", runs=runs)), "markdown", Style())
    assert "| layer | width=16 | width=64 | power |" in shown.replace("`", "")
    assert "| head | 4 | 8 | +0.50 |" in shown.replace("`", "")
