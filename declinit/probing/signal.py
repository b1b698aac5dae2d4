"""`Signal`: what leaves a layer on the way forward, and what comes back to it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The root mean squares of one output of one call of a layer, a value a seed.

    Attributes:
        path: the layer's address.
        layer: its class name.
        call: which of its calls it is, counted from 1: a shared layer has several.
        output: which of the call's outputs, counted from 0.
        shape: of the output.
        labels: why its size may be what it is; see `probing.labels`.
        inputs: RMS of what the layer received; None where that held no floats.
        forward: RMS of the output.
        backward: RMS of the gradient with respect to the output; None where no backward pass was
            made, or none came to it.
        update: RMS of the change of the output by one step of training; None where none was made.
        weights: RMS of the gradients with respect to the layer's own weights, by their paths.
        expected: the gain to expect; None where nothing is expected.
        reason: what that is expected by.
    """

    path: str
    layer: str
    call: int = 1
    output: int = 0
    shape: tuple[int, ...]
    labels: tuple[str, ...] = ()
    inputs: Values | None = None
    forward: Values
    backward: Values | None = None
    update: Values | None = None
    weights: Mapping[str, Values] = field(default_factory=dict)
    expected: float | None = None
    reason: str = ""

    # A dataclass would hash its fields, and mappings have no hash.
    def __hash__(self) -> int:
        return hash((self.name, self.forward))

    @property
    def name(self) -> str:
        """The path; `head@2` for the second call of a layer, `lstm[1]` for a second output."""
        call = f"@{self.call}" if self.call > 1 else ""
        return f"{self.path}{call}{f'[{self.output}]' if self.output else ''}"

    @property
    def gains(self) -> Values | None:
        """RMS of the output over that of what was received, a value a seed."""
        if self.inputs is None:
            return None
        return tuple(map(_ratio, self.forward, self.inputs))

    @property
    def gain(self) -> float | None:
        """The mean of the gains."""
        return mean(self.gains)

    def to_dict(self) -> dict[str, Any]:
        """The signal as JSON-serializable data."""
        return {
            "name": self.name,
            "path": self.path,
            "layer": self.layer,
            "call": self.call,
            "output": self.output,
            "shape": list(self.shape),
            "labels": list(self.labels),
            "inputs": _listed(self.inputs),
            "forward": _listed(self.forward),
            "backward": _listed(self.backward),
            "update": _listed(self.update),
            "weights": {path: _listed(values) for path, values in self.weights.items()},
            "gain": None if self.gain is None else _written(self.gain),
            "expected": self.expected,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Signal:
        """The inverse of `to_dict`, which gives non-finite numbers back as such."""
        return cls(
            path=data["path"],
            layer=data["layer"],
            call=data["call"],
            output=data["output"],
            shape=tuple(data["shape"]),
            labels=tuple(data["labels"]),
            inputs=_values(data["inputs"]),
            forward=_values(data["forward"]) or (),
            backward=_values(data["backward"]),
            update=_values(data["update"]),
            weights={path: _values(rms) or () for path, rms in data["weights"].items()},
            expected=data["expected"],
            reason=data["reason"],
        )


def _listed(values: Values | None) -> list[float | str] | None:
    return None if values is None else [_written(value) for value in values]


def _written(value: float) -> float | str:
    """A number as JSON can have it: of infinities and NaN the name."""
    return value if math.isfinite(value) else json.dumps(value)


def _values(data: Sequence[float | str] | None) -> Values | None:
    """Numbers, of which JSON has those that are not finite by their names."""
    return None if data is None else tuple(map(float, data))


def _ratio(size: float, received: float) -> float:
    if received:
        return significant(size / received)
    return math.inf if size else 0.0


def mean(values: Sequence[float] | None) -> float | None:
    """The mean over seeds; None where there is nothing."""
    return significant(math.fsum(values) / len(values)) if values else None


def significant(value: float) -> float:
    """A number with the six digits that a measurement over a few seeds is good for, at most."""
    return float(f"{value:.6g}")
