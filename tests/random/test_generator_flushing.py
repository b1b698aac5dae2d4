"""Threads that turn numbers below the normal range into zeros: never silently a wrong value.

Each case runs in a process of its own, since threads keep the mode that they were started under.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

if importlib.util.find_spec("torch") is None:
    pytest.skip("torch, which can turn subnormal numbers off, is missing", allow_module_level=True)

PREPARE = """
import sys
import numpy as np
import torch
from declinit import workers
from declinit.random import GeneratorError, Normal, TruncatedNormal, Uniform, draw, orthogonal

workers.available_cores = lambda: 3
SMALL = Normal(0.0, 1e-42)
if not torch.set_flush_denormal(True):
    sys.exit(3)
torch.set_flush_denormal(False)
"""
NO_FLUSHING = 3
MESSAGE = (
    "values this small need subnormal numbers, which are turned off in this thread; "
    "torch.set_flush_denormal(False) turns them on [DI604]"
)


def run(code: str) -> list[str]:
    command = [sys.executable, "-c", PREPARE + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == NO_FLUSHING:
        pytest.skip("this CPU cannot turn subnormal numbers off")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "drawing",
    [
        "draw(SMALL, 1, (100,))",
        "draw(Normal(1e-42, 0.0), 1, (100,))",
        "draw(TruncatedNormal(1e-42), 1, (100,))",
        "draw(Uniform(0.0, 1e-37), 1, (100,))",
        "draw(Uniform(1e-42, 1.0), 1, (100,))",
        "draw(SMALL, 1, (300_000,), dtype='float64', threads=2)",
        "orthogonal(1, (8, 8), gain=1e-42)",
        "orthogonal(1, (8, 300), gain=1e-17 * 2.0**-60)",
    ],
)
def test_values_that_need_subnormal_numbers_are_refused(drawing: str) -> None:
    """Small values, steps and parameters are refused where the calling thread flushes."""
    code = f"""
torch.set_flush_denormal(True)
try:
    {drawing}
except GeneratorError as error:
    print(error)
"""
    assert run(code) == [MESSAGE]


def test_a_product_that_is_flushed_is_noticed() -> None:
    """An orthogonal matrix whose gain is not suspicious is refused if a number in it is flushed."""
    code = """
draws.SMALL_GAIN = 0.0
torch.set_flush_denormal(True)
try:
    orthogonal(1, (8, 300), gain=1e-37)
except GeneratorError as error:
    print(error)
"""
    assert run("from declinit.random import draws\n" + code) == [MESSAGE]


def test_other_values_are_the_same_bits() -> None:
    """Values that need no subnormal float32 are unchanged, subnormal float16 values included."""
    code = """
def drawn():
    yield draw(Normal(), 1, (300_000,), threads=2)
    yield draw(Normal(0.0, 1e-6), 1, (1000,), dtype="float16")
    yield draw(Normal(0.0, 0.0), 1, (10,))
    yield draw(Uniform(-1.0, 0.0), 1, (1000,), dtype="bfloat16")
    yield orthogonal(1, (40, 300), gain=1e-5, dtype="float16")
    yield orthogonal(1, (5, 5), gain=0.0)

expected = [values.tobytes() for values in drawn()]
torch.set_flush_denormal(True)
print([values.tobytes() for values in drawn()] == expected)
"""
    assert run(code) == ["True"]


def test_threads_that_flush_make_no_small_values() -> None:
    """A pool that was started under the mode is left alone by a caller that is not under it."""
    code = """
expected = draw(SMALL, 1, (300_000,), threads=1)
matrix = orthogonal(1, (600, 600), gain=1e-42)
torch.set_flush_denormal(True)
draw(Normal(), 1, (600_000,), threads=3)
torch.set_flush_denormal(False)
flushing = [workers.submit(lambda: not (np.full(1, 1e-40, np.float32) * np.float32(1)).any())]
print(flushing[0].result())
for _ in range(5):
    print(draw(SMALL, 1, (300_000,), threads=3).tobytes() == expected.tobytes())
print(orthogonal(1, (600, 600), gain=1e-42).tobytes() == matrix.tobytes())
"""
    assert run(code) == ["True"] * 7
