"""`Probe`: the signals of a model over seeds and sizes, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.checks.files import PROBE
from declinit.checks.shapes import check_shape
from declinit.documents import Node
from declinit.documents.kinds import PROBE as A_PROBE
from declinit.documents.kinds import expect_kind
from declinit.errors import SpecError, refuse_errors
from declinit.plans.provenance import Provenance
from declinit.policy.saving import Readable
from declinit.probing.signal import Signal, mean

PROBE_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedInput:
    """What one input of the model was given.

    Attributes:
        name: of the input.
        shape: of the batch.
        dtype: of it.
        says: where its values are from, in words.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    says: str

    def to_dict(self) -> dict[str, Any]:
        """The input as JSON-serializable data."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "says": self.says,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ProbedInput:
        """The inverse of `to_dict`."""
        return cls(
            name=data["name"],
            shape=tuple(data["shape"]),
            dtype=data["dtype"],
            says=data["says"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The signals of one model, which may be one of several sizes.

    Attributes:
        varied: the arguments that gave the model its size; empty where none was varied.
        seeds: the root seed of each value that the signals have.
        inputs: what the model's inputs were given.
        signals: by name, in the order in which the layers gave their outputs.
    """

    varied: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...]
    inputs: tuple[ProbedInput, ...] = ()
    signals: Mapping[str, Signal]

    # A dataclass would hash its fields, and mappings have no hash.
    def __hash__(self) -> int:
        return hash((self.seeds, frozenset(self.signals)))

    @property
    def forward(self) -> dict[str, float]:
        """RMS of every layer's output, in depth order: the mean over the seeds."""
        found = {name: mean(one.forward) for name, one in self.signals.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def backward(self) -> dict[str, float]:
        """RMS of the gradient with respect to every layer's output, in the order of `forward`."""
        found = {name: mean(one.backward) for name, one in self.signals.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def update(self) -> dict[str, float]:
        """RMS of the change of every layer's output by one step, in the order of `forward`."""
        found = {name: mean(one.update) for name, one in self.signals.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def weights(self) -> dict[str, float]:
        """RMS of the gradient with respect to every weight, by its path."""
        found = {
            path: mean(values)
            for one in self.signals.values()
            for path, values in one.weights.items()
        }
        return {path: value for path, value in found.items() if value is not None}

    @property
    def gains(self) -> dict[str, float]:
        """RMS of every layer's output over that of what it received."""
        found = {name: one.gain for name, one in self.signals.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def title(self) -> str:
        """The size in words: `width=64`; empty where nothing was varied."""
        return ", ".join(f"{name}={value}" for name, value in self.varied.items())

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON-serializable data."""
        return {
            "varied": dict(self.varied),
            "seeds": list(self.seeds),
            "inputs": [one.to_dict() for one in self.inputs],
            "signals": [one.to_dict() for one in self.signals.values()],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Run:
        """The inverse of `to_dict`."""
        signals = map(Signal.from_dict, data["signals"])
        return cls(
            varied=dict(data["varied"]),
            seeds=tuple(data["seeds"]),
            inputs=tuple(map(ProbedInput.from_dict, data["inputs"])),
            signals={one.name: one for one in signals},
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Probe(Readable):
    """How signals go through a model: forward, backward, by depth, over seeds and sizes.

    Attributes:
        model: the model's name.
        runs: one a size, in the order that was asked for; one where nothing was varied.
        training: whether layers ran as in training: batch norms by their batch, dropout drawing.
        step: the learning rate of the one step that was made; None where none was.
        data: the file that the inputs were read from, or `drawn`, or `given`.
        provenance: the policy that drew the weights; None where they were the model's own.
        versions: of declinit, Keras, NumPy and the backend.
        notes: what a reader should know besides.

    Example:
        >>> probe = declinit.probe(model, policy="policy.yaml", seeds=2)
        >>> probe
        <Probe of 'small': 2 signals, 2 seeds>
        >>> probe.signals["body"].shape
        (8, 8)
    """

    model: str
    runs: tuple[Run, ...]
    training: bool = True
    step: float | None = None
    data: str = "drawn"
    provenance: Provenance | None = None
    versions: Mapping[str, str] = field(default_factory=dict, compare=False)
    notes: tuple[str, ...] = ()

    # A dataclass would hash its fields, and mappings have no hash.
    def __hash__(self) -> int:
        return hash((self.model, self.runs))

    def __repr__(self) -> str:
        sizes = f", {len(self.runs)} sizes" if len(self.runs) > 1 else ""
        seeds = len(self.runs[0].seeds)
        return f"<Probe of {self.model!r}: {len(self.signals)} signals, {seeds} seeds{sizes}>"

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals of the first size, by name, in depth order."""
        return self.runs[0].signals

    @property
    def forward(self) -> dict[str, float]:
        """RMS of every layer's output in the first size, in depth order."""
        return self.runs[0].forward

    @property
    def backward(self) -> dict[str, float]:
        """RMS of the gradient with respect to every layer's output in the first size."""
        return self.runs[0].backward

    @property
    def weights(self) -> dict[str, float]:
        """RMS of the gradient with respect to every weight in the first size."""
        return self.runs[0].weights

    @property
    def gains(self) -> dict[str, float]:
        """The gain of every layer in the first size."""
        return self.runs[0].gains

    def to_dict(self) -> dict[str, Any]:
        """The probe as JSON-serializable data.

        Example:
            >>> declinit.probe(model, policy="policy.yaml", seeds=1).to_dict()["training"]
            True
        """
        return {
            "declinit_probe": PROBE_VERSION,
            "versions": dict(self.versions),
            "model": self.model,
            "training": self.training,
            "step": self.step,
            "data": self.data,
            "policy": self.provenance.to_dict() if self.provenance else None,
            "runs": [run.to_dict() for run in self.runs],
            "notes": list(self.notes),
        }

    @classmethod
    def from_node(cls, node: Node) -> Probe:
        """The probe in a document that was read.

        Raises:
            SpecError: if it is not a probe, with every fault found.
        """
        expect_kind(node, A_PROBE)
        refuse_errors(check_shape(node, PROBE), SpecError)
        data: Any = node.value
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Probe:
        """The inverse of `to_dict`, for data of the right shape."""
        return cls(
            model=data["model"],
            runs=tuple(map(Run.from_dict, data["runs"])),
            training=data["training"],
            step=data["step"],
            data=data["data"],
            provenance=Provenance.from_dict(data["policy"]) if data["policy"] else None,
            versions=dict(data["versions"]),
            notes=tuple(data["notes"]),
        )
