"""Loading: what a rule says of it, and the tensor that it comes to for one variable."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import Problem
from declinit.globs import Glob, GlobError, Renaming
from declinit.layers.fans import Shape
from declinit.policy.steps import Steps, step_faults

ERROR, DRAW, KEEP, SLICE = "error", "draw", "keep", "slice"


@dataclass(frozen=True, slots=True)
class LoadConfig:
    """A load as a rule writes it.

    Attributes:
        checkpoint: its name under `checkpoints`.
        on_missing: `error`, `draw` or `keep` where the checkpoint has no tensor for a variable.
        on_shape: `error`, `draw` or `slice` where the tensor has another shape.
        rename: our paths by patterns over the checkpoint's names; the first that matches counts.
        steps: what is done to the tensor.
    """

    checkpoint: str
    on_missing: str = ERROR
    on_shape: str = ERROR
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)
    steps: Steps = field(default_factory=Steps)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LoadConfig:
        """What a checked `load:` says."""
        return cls(
            config["from"],
            config.get("on_missing", ERROR),
            config.get("on_shape", ERROR),
            dict(config.get("rename", {})),
            Steps.from_config(config),
        )

    def get_config(self) -> dict[str, Any]:
        """The inverse of `from_config`, without what is the default."""
        policies = {"on_missing": self.on_missing, "on_shape": self.on_shape}
        config = {key: value for key, value in policies.items() if value != ERROR}
        rename = {"rename": dict(self.rename)} if self.rename else {}
        return {"from": self.checkpoint, **config, **rename, **self.steps.get_config()}

    @property
    def renamings(self) -> tuple[Renaming, ...]:
        """`rename`, parsed."""
        return _renamings(tuple(self.rename.items()))

    @property
    def draws(self) -> bool:
        """Whether some variable may have to be drawn."""
        return self.on_missing == DRAW or self.on_shape in (DRAW, SLICE)

    def __str__(self) -> str:
        return f"load from {self.checkpoint}"


@functools.lru_cache(maxsize=256)
def _renamings(pairs: tuple[tuple[str, str], ...]) -> tuple[Renaming, ...]:
    return tuple(Renaming.parse(pattern, target) for pattern, target in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSource:
    """The tensor that one variable receives.

    Attributes:
        checkpoint: the name of the checkpoint under `checkpoints`.
        file: the file, as the policy names it.
        sha256: of the file; of several that are shards, of what `sha256sum` prints for them.
        tensor: the name of the tensor in it.
        shape: of the tensor.
        dtype: of its elements, as they are stored.
        steps: what is done to it.
        sliced: whether it may be larger or smaller than the variable: what both have is loaded.
    """

    checkpoint: str
    file: str
    sha256: str
    tensor: str
    shape: Shape
    dtype: str
    steps: Steps = field(default_factory=Steps)
    sliced: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TensorSource:
        """What the `load` of an entry of a plan, or of an audit, says."""
        return cls(
            checkpoint=config["from"],
            file=config["file"],
            sha256=config["sha256"],
            tensor=config["tensor"],
            shape=tuple(config["shape"]),
            dtype=config["dtype"],
            steps=Steps.from_config(config),
            sliced=config.get("sliced", False),
        )

    def get_config(self) -> dict[str, Any]:
        """The inverse of `from_config`."""
        return {
            "from": self.checkpoint,
            "file": self.file,
            "sha256": self.sha256,
            "tensor": self.tensor,
            "shape": list(self.shape),
            "dtype": self.dtype,
            **self.steps.get_config(),
            **({"sliced": True} if self.sliced else {}),
        }

    @property
    def draws(self) -> bool:
        """Whether a part of the variable may have to be drawn."""
        return self.sliced

    @property
    def result(self) -> Shape:
        """The shape of what comes of the tensor.

        Raises:
            DeclinitError: if the steps do not fit it.
        """
        return self.steps.result(self.shape)

    def __str__(self) -> str:
        steps = "".join(f", {key} {value}" for key, value in self.steps.get_config().items())
        part = ", as far as it reaches" if self.sliced else ""
        return f"load {self.tensor} from {self.checkpoint}{steps}{part}"


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A file of weights as a spec names it.

    Attributes:
        written: the path in the spec's text.
        folder: what it is relative to, the folder of the file that says it; empty for the working
            folder.
    """

    written: str
    folder: str = field(default="", compare=False)

    @property
    def path(self) -> str:
        """The path from the working folder."""
        return posixpath.join(self.folder, self.written)


def load_faults(rule: Node) -> Iterator[Problem]:
    """The faults of a rule's `load` that no schema can express."""
    load = rule.child("load")
    if load is None or not isinstance(load.value, Mapping):
        return
    yield from _rename_faults(load.child("rename"))
    yield from step_faults(load)
    if "initializer" not in rule.value:
        for key, drawn in (("on_missing", (DRAW,)), ("on_shape", (DRAW, SLICE))):
            if load.value.get(key) in drawn:
                message = f"`{key}: {load.value[key]}` needs an `initializer` to draw from"
                yield Problem("DI351", message, where=load.place_of([key]))


def _rename_faults(rename: Node | None) -> Iterator[Problem]:
    for pattern, target in (rename.fields if rename else {}).items():
        if not (isinstance(target.value, str) and target.value and rename):
            continue
        try:
            Glob.parse(pattern)
        except GlobError as error:
            yield error.problem.at(rename.place_of([pattern], key=True))
            continue
        try:
            Renaming.parse(pattern, target.value)
        except GlobError as error:
            yield error.problem.at(character_place(target, error.column))
