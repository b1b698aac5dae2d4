"""What an audit did not bring back is told, with the likely reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from declinit.audits.audit import Audit
from declinit.audits.restoration import departures
from declinit.errors import Problem
from declinit.kinds.registry import KERAS, PORTABLE
from declinit.kinds.rows import BUILTIN

JAX = {"declinit": "1", "keras": "3", "numpy": "2", "jax": "0.9"}
NUMPY = {"declinit": "1", "keras": "3", "numpy": "2"}


def audit(generator: str, versions: dict[str, str], digest: str, **action) -> Audit:
    """An audit of one variable."""
    moments = {"mean": 0.0, "stddev": 0.0, "min": 0.0, "max": 0.0}
    variable = {"path": "a/kernel", "aliases": [], "shape": [2], "dtype": "float32", "layer": "L"}
    decided = {"rule": None, "beaten": [], "seed": None, "fan_in": None, "fan_out": None}
    beside = {"keras_fans": None, "stddev_over_keras": None, "expected": None}
    done = {"origin": "drawn", "storage": None, "in_config": None, "digest": digest}
    entry = {**variable, **decided, **beside, **done, **moments, **action}
    policy = {"spec_digest": "", "sources": [], "seed": 1, "generator": generator, "fans": "layer"}
    data = {"versions": versions, **policy, "notes": [], "variables": [entry]}
    return Audit.from_dict(data, BUILTIN)


HEAD = "1 variable received other values than the audit records (a/kernel): "
DRAWN = {"initializer": {"name": "he_normal", "seed": 3}, "seed": 3}
CASES = {
    "drawn by another backend": (
        (KERAS, JAX, DRAWN),
        NUMPY,
        "generator 'keras' draws from the backend; the audit was made with jax 0.9, this run "
        "without",
        "`generator: portable` draws the same values everywhere",
    ),
    "drawn by another machine": (
        (KERAS, JAX, DRAWN),
        JAX,
        "generator 'keras' draws from the backend",
        "`generator: portable` draws the same values everywhere",
    ),
    "kept": (
        (PORTABLE, JAX, {"keep": True, "origin": "kept"}),
        NUMPY,
        "what was kept, an audit cannot make again",
        "load it from where it came from",
    ),
    "a user's own": (
        (PORTABLE, NUMPY, {"initializer": "mine"}),
        JAX,
        "initializer 'mine' goes by more than its parameters; the audit was made without, this run "
        "with jax 0.9",
        None,
    ),
    "another version": (
        (PORTABLE, JAX, DRAWN),
        {**JAX, "jax": "0.10"},
        "the audit was made with jax 0.9, this run with jax 0.10",
        None,
    ),
    "edited": ((PORTABLE, JAX, DRAWN), JAX, "the audit is not what was written", None),
}


@pytest.mark.parametrize("name", CASES)
def test_other_values_are_told_with_the_likely_reason(name):
    (generator, versions, action), here, reason, hint = CASES[name]
    recorded = audit(generator, versions, "0" * 64, **action)
    made = audit(generator, here, "1" * 64, **action)
    assert departures(recorded, made) == (
        Problem("DI413", HEAD + reason, hint=hint, severity="warning"),
    )


def test_equal_values_are_no_departure_whatever_the_versions():
    recorded = audit(KERAS, JAX, "0" * 64, **DRAWN)
    assert departures(recorded, replace(recorded, versions=NUMPY)) == ()
