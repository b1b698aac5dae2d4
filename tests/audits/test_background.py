"""Measures taken on other threads are those taken alone, and keep nothing of the values."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest

from declinit.audits import background
from declinit.audits.background import SMALL, BackgroundMeter
from declinit.audits.measures import measure


def cut(size: int, cuts):
    edges = [0, *cuts, size]
    return [(slice(a, b),) for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("waiting", [1, 300_000, background.WAITING_BYTES])
def test_measures_taken_in_the_background_are_those_taken_alone(waiting, monkeypatch):
    """However many bytes may wait, and in however many pieces of whatever size values come."""
    monkeypatch.setattr(background, "WAITING_BYTES", waiting)
    cuts = [3, SMALL, 2 * SMALL + 1, 60_000, 120_000]
    variables = [np.random.default_rng(n).normal(size=130_000 + n) for n in range(12)]
    meter = BackgroundMeter()
    pending = [meter.begin(values.shape, "float64") for values in variables]
    for n, (one, values) in enumerate(zip(pending, variables, strict=True)):
        for block in cut(values.size, cuts[n % 4 :]):
            one.add(values[block], block)
    alone = [measure([((slice(0, v.size),), v)], v.shape, "float64") for v in variables]
    assert [one.result() for one in pending] == alone


def test_of_a_variable_that_is_complete_nothing_is_kept():
    """A model may have thousands, and their measures are asked for last."""
    values, meter, count = np.random.default_rng(0).normal(size=100_000), BackgroundMeter(), 200
    block, pending = (slice(0, 100_000),), []
    tracemalloc.start()
    for _ in range(count):
        pending.append(meter.begin(values.shape, "float64"))
        pending[-1].add(values, block)
    measures = {one.result() for one in pending}
    _kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert measures == {measure([(block, values)], values.shape, "float64")}
    assert peak < count * values.nbytes / 2


def test_what_fails_in_the_background_is_told_with_the_result():
    values = np.full(2 * SMALL, "no number")
    pending = BackgroundMeter().begin(values.shape, "float32")
    pending.add(values, (slice(0, values.size),))
    with pytest.raises(ValueError, match=r"could not convert string to float: .*no number"):
        pending.result()
