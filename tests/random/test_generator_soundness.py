"""The self-test passes here, and refuses where an answer is wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from declinit.errors import DeclinitError
from declinit.random import GeneratorError, Normal, draw, ensure_sound, soundness, tables


@pytest.fixture
def damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A normal table with one wrong bit, in a process that has not been tested yet."""
    table = tables.normal_table()
    middles = table.middles.copy()
    middles.view(np.uint32)[40_000] ^= 1
    wrong = dataclasses.replace(table, middles=middles)
    monkeypatch.setattr(tables, "normal_table", lambda: wrong)
    ensure_sound.cache_clear()


def test_sound() -> None:
    """This machine gives the known answers."""
    ensure_sound.cache_clear()

    ensure_sound()


def test_damaged_table_is_refused(damaged: None) -> None:
    """One wrong bit in a table stops every draw, and the refusal names the table."""
    with pytest.raises(GeneratorError) as refusal:
        draw(Normal(), 1, (4,))

    assert "refuses to run: its middles of the normal table should have" in str(refusal.value)
    assert "'generator: keras' uses the backend's own numbers" in str(refusal.value)
    assert isinstance(refusal.value, DeclinitError)


def test_refusal_is_repeated(damaged: None) -> None:
    """A generator that was refused once stays refused."""
    for _ in range(2):
        with pytest.raises(GeneratorError):
            ensure_sound()


def test_self_test_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passed self-test is not repeated."""
    ensure_sound()
    monkeypatch.setattr(soundness, "_wrong_answers", lambda: pytest.fail("ran again"))

    ensure_sound()


def test_float32_needs_no_other_package() -> None:
    """Where ml_dtypes is missing, every format but bfloat16 is drawn, the self-test included."""
    code = """
import sys
sys.modules["ml_dtypes"] = None
from declinit.random import Normal, draw, orthogonal
for dtype in ("float16", "float32", "float64"):
    draw(Normal(), 1, (4,), dtype=dtype), orthogonal(1, (2, 2), dtype=dtype)
try:
    draw(Normal(), 1, (4,), dtype="bfloat16")
except ModuleNotFoundError as error:
    print(error.name)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "ml_dtypes\n"
