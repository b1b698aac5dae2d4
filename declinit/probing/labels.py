"""Labels: why a layer need not keep the size of its signal, said in place of an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RESIDUAL = "residual"
ZERO_GATE = "zero gate"
BEHIND_ZERO_GATE = "behind a zero gate"
BEFORE_ZERO_GATE = "before a zero gate"
LAYER_SCALE = "layer scale"
TIED_HEAD = "tied head"
SHARED = "shared"
NORM = "norm"
EMBEDDING = "embedding"
BLOCK = "block"

GAIN, RMS, BACKWARD, WEIGHTS = "gain", "rms", "backward", "weights"
METRICS = (GAIN, RMS, BACKWARD, WEIGHTS)

EXCUSED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        RESIDUAL: frozenset({GAIN}),
        ZERO_GATE: frozenset({GAIN, RMS, WEIGHTS}),
        BEHIND_ZERO_GATE: frozenset({GAIN, RMS, BACKWARD, WEIGHTS}),
        BEFORE_ZERO_GATE: frozenset({BACKWARD, WEIGHTS}),
        LAYER_SCALE: frozenset({GAIN, RMS}),
        TIED_HEAD: frozenset({GAIN}),
        NORM: frozenset({GAIN}),
        EMBEDDING: frozenset({GAIN}),
    }
)
"""The metrics that a label excuses: a residual stream grows, a zero gate is shut on purpose."""
