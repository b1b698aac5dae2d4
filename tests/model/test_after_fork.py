"""Models are initialized in a child that was forked while threads of the parent were at work."""

from __future__ import annotations

import multiprocessing
import sys
import threading

import keras
import pytest

import declinit
from declinit import random

pytestmark = [
    pytest.mark.skipif(
        keras.backend.backend() != "numpy" or sys.platform != "linux",
        reason="the other backends have threads of their own, which do not survive a fork",
    ),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
    # JAX, where another test imported it, warns of every fork in a way that pytest cannot attribute.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning"),
]

SPEC = {"declinit": 1, "seed": 1, "rules": [{"match": "**", "initializer": "random_uniform"}]}
WITHIN = 60  # seconds


def made() -> keras.Model:
    layers = [keras.layers.Dense(1100, name=name) for name in ("first", "second")]
    return keras.Sequential([keras.Input((1100,)), *layers])


def digests(send) -> None:
    """Of a model that is built, and of one that is given its weights."""
    model, built = declinit.build(made, SPEC)
    applied = declinit.apply(SPEC, made())
    send([*(one.digest for one in (*built.values(), *applied.values()))])
    assert declinit.verify(applied, model)


@pytest.fixture
def at_work():
    """Threads that draw as long as the test runs."""
    done = threading.Event()

    def draw() -> None:
        while not done.wait(0.01):
            random.draw(random.Normal(), 1, (1 << 21,))

    thread = threading.Thread(target=draw)
    thread.start()
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("at_work")
def test_a_forked_child_builds_applies_and_verifies_with_the_same_bits():
    expected: list[str] = []
    digests(expected.extend)
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=digests, args=(there.send,))
        child.start()
        try:
            assert here.poll(WITHIN), "the child hangs"
            assert here.recv() == expected
            child.join(WITHIN)
            assert child.exitcode == 0
        finally:
            child.kill()
            child.join()
