"""Which tensor of a checkpoint is a variable's: by renamed names, by layer and key, or by address.

Only the index of a file is read: names, shapes, types, and its digest. A variable's tensor is

- the one whose name, renamed, is the variable's path or another name of it;
- in Keras' files, the one that the layer of this path holds under this key: the files record names
  of layers, not of variables, so that `dense/kernel` is `dense/0`;
- in Keras' files, the one at the variable's own address: where no names are recorded, and where
  lists hold layers of several classes, whose places are not recorded.

Of several the one with the right shape is meant; where that leaves a choice, it is refused.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from declinit.checkpoints import Checkpoint, StoredTensor, file_digest, nearest, open_checkpoint
from declinit.checkpoints.recorded_layers import LAYERS
from declinit.errors import CheckpointError, DeclinitError, Place, Problem
from declinit.globs import Renaming
from declinit.layers.fans import Shape
from declinit.plans.fitting import refuse_misfit, refuse_type
from declinit.plans.inventory import VariableInfo
from declinit.policy.loads import DRAW, ERROR, KEEP, SLICE, LoadConfig, TensorSource
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.wording import counted, listed

# What files hold beside weights.
_NO_WEIGHTS = ("optimizer", "seed_generator", "seed_generator_state")


@dataclass(frozen=True, slots=True)
class _Lack:
    """Variables of one rule for which a checkpoint has no tensor."""

    load: LoadConfig
    where: Place | None
    infos: list[VariableInfo] = field(default_factory=list)


class Checkpoints:
    """The checkpoints of a policy, each opened once when a variable first asks for it.

    Args:
        spec: the policy.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._opened: dict[str, _Index | None] = {}
        self._names: dict[int, _Names] = {}
        self._taken: dict[str, set[str]] = {}
        self._lacks: dict[int, _Lack] = {}
        self._faults: list[Problem] = []

    def find(self, info: VariableInfo, rule: Rule, load: LoadConfig) -> TensorSource | str:
        """The tensor that a variable receives by a rule; without one, `draw` or `keep`.

        Raises:
            DeclinitError: if the tensor does not fit it, or there are several.
        """
        index = self._index(load.checkpoint)
        if index is None:
            return KEEP
        names = self._names.setdefault(rule.index, _Names(index.checkpoint, load.renamings))
        found = _one_of(names.of(info), info, load)
        if found is None:
            if load.on_missing == ERROR:
                lack = self._lacks.setdefault(rule.index, _Lack(load, rule.where))
                lack.infos.append(info)
            return DRAW if load.on_missing == DRAW else KEEP
        self._taken.setdefault(load.checkpoint, set()).add(found.name)
        return self._source(found, info, load, index)

    def _source(
        self, found: StoredTensor, info: VariableInfo, load: LoadConfig, index: _Index
    ) -> TensorSource | str:
        source = TensorSource(
            checkpoint=load.checkpoint,
            file=self._spec.checkpoints[load.checkpoint].path,
            sha256=index.sha256,
            tensor=found.name,
            shape=found.shape,
            dtype=found.dtype,
            steps=load.steps,
            sliced=load.on_shape == SLICE and _result(found, load) != info.shape,
        )
        if source.result != info.shape and load.on_shape == DRAW:
            return DRAW
        refuse_misfit(source, info.shape)
        refuse_type(source, info.dtype)
        return source

    def _index(self, name: str) -> _Index | None:
        """What a file holds; a file that cannot be read is told once."""
        if name not in self._opened:
            try:
                self._opened[name] = _Index.of(self._spec.checkpoints[name].path)
            except CheckpointError as error:
                self._opened[name] = None
                self._faults += error.problems
        return self._opened[name]

    def problems(self) -> Iterator[Problem]:
        """Files that cannot be read, and variables that a checkpoint lacks."""
        yield from self._faults
        for index, lack in self._lacks.items():
            paths = [info.path for info in lack.infos]
            message = (
                f"checkpoint {lack.load.checkpoint!r} has no tensor for "
                f"{counted(len(paths), 'variable')}: {listed(paths)}"
            )
            hint = nearest(paths[0], self._names[index].by_name)
            hint = hint or "rename its tensors with `rename`, or say `on_missing`"
            yield Problem("DI340", message, where=lack.where, hint=hint)

    def leftovers(self) -> Iterator[Problem]:
        """Tensors of each checkpoint that no variable takes."""
        for name, index in self._opened.items():
            taken = self._taken.get(name, set())
            every = index.checkpoint.items() if index else ()
            left = [name for name, one in every if name not in taken and is_weight(one)]
            if left:
                message = (
                    f"no variable takes {counted(len(left), 'tensor')} of checkpoint {name!r}: "
                    f"{listed(left)}"
                )
                hint = "load them, or set strict.leftover"
                yield Problem("DI345", message, hint=hint)


def is_weight(tensor: StoredTensor) -> bool:
    """Whether a tensor is a weight: no state of an optimizer or of random numbers."""
    segments = tensor.address.split("/")
    return segments[0] != _NO_WEIGHTS[0] and not set(_NO_WEIGHTS[1:]).intersection(segments)


def digest_of(checkpoint: Checkpoint) -> str:
    """The SHA-256 of a file; of several that are shards, of what `sha256sum` prints for them.

    Raises:
        CheckpointError: if one cannot be read.
    """
    digests = [(_digest(path), path.name) for path in checkpoint.files]
    if len(digests) == 1:
        return digests[0][0]
    lines = "".join(f"{digest}  {name}\n" for digest, name in digests)
    return hashlib.sha256(lines.encode()).hexdigest()


def _digest(path: Path) -> str:
    """The digest of a file, which is not read again if nothing has changed about it."""
    state = os.stat(path)  # noqa: PTH116
    return _known_digest(
        str(path), state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
    )


@functools.lru_cache(maxsize=64)
def _known_digest(path: str, *_state: int) -> str:
    return file_digest(Path(path))


@dataclass(frozen=True, slots=True)
class _Index:
    """What a file holds; the file is closed."""

    checkpoint: Checkpoint
    sha256: str

    @classmethod
    def of(cls, path: str) -> _Index:
        """Read the index of a file.

        Raises:
            CheckpointError: if it cannot be read.
        """
        with open_checkpoint(path) as checkpoint:
            return cls(checkpoint, digest_of(checkpoint))


class _Names:
    """The tensors of a checkpoint by the names that they have for one rule.

    Args:
        checkpoint: the file.
        renamings: the rule's; the first that matches a tensor's name counts.

    Raises:
        DeclinitError: if a tensor's new name has an empty segment.
    """

    def __init__(self, checkpoint: Checkpoint, renamings: Sequence[Renaming]) -> None:
        self._checkpoint = checkpoint
        self._renamed: set[str] = set()
        self.by_name: dict[str, list[StoredTensor]] = {}
        self._by_address: dict[str, StoredTensor] = {}
        for name, tensor in checkpoint.items():
            new = _renamed(name, renamings)
            if new is not None:
                self._renamed.add(name)
            self.by_name.setdefault(name if new is None else new, []).append(tensor)
            if new is None and _is_found_by_address(tensor):
                self._by_address[tensor.address] = tensor

    def of(self, info: VariableInfo) -> list[StoredTensor]:
        """The tensors that may be a variable's."""
        for name in (*info.names, *_keys(info)):
            if name in self.by_name:
                return self.by_name[name]
        for layer, key in _layers(info):
            candidates = self._checkpoint.candidates(layer, key)
            found = [one for one in candidates if one.name not in self._renamed]
            if found:
                return found
        at = self._by_address.get(info.storage or "")
        return [at] if at else []


def _is_found_by_address(tensor: StoredTensor) -> bool:
    """Whether the address of a tensor leads to it in a model that differs elsewhere.

    Where Keras recorded names, layers of containers are found by them, since their addresses count
    other layers too. Attributes and lists of layers keep their addresses.
    """
    segments = tensor.address.split("/")
    return tensor.key is not None and (tensor.layer is None or LAYERS not in segments)


def _renamed(name: str, renamings: Iterable[Renaming]) -> str | None:
    return next((new for one in renamings if (new := one.of(name)) is not None), None)


def _layers(info: VariableInfo) -> list[tuple[str, str]]:
    """The ways to the layer of a variable, each with the variable's key in Keras' files."""
    if info.storage is None:
        return []
    key = info.storage.rpartition("/")[2]
    others = (path.rpartition("/")[0] for path in info.shared_paths)
    return [(layer, key) for layer in (info.layer_path, *others)]


def _keys(info: VariableInfo) -> list[str]:
    """What Keras' files call a variable."""
    return [f"{layer}/{key}".lstrip("/") for layer, key in _layers(info)]


def _one_of(
    found: Sequence[StoredTensor], info: VariableInfo, load: LoadConfig
) -> StoredTensor | None:
    """The one tensor that is meant.

    Raises:
        DeclinitError: if there is a choice.
    """
    if len(found) <= 1:
        return found[0] if found else None
    fitting = [tensor for tensor in found if _result(tensor, load) == info.shape]
    if len(fitting) == 1:
        return fitting[0]
    addresses = listed(sorted(tensor.address for tensor in found))
    message = f"checkpoint {load.checkpoint!r} has {len(found)} tensors that may be meant"
    hint = f"rename one of {addresses}"
    raise DeclinitError(Problem("DI342", message, hint=hint))


def _result(tensor: StoredTensor, load: LoadConfig) -> Shape | None:
    """The shape of what comes of a tensor; None where the steps do not fit it."""
    try:
        return load.steps.result(tensor.shape)
    except DeclinitError:
        return None
