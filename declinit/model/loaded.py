"""Loading: the tensors that a plan names, opened and checked, and their values block by block."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from declinit.audits.measures import measure
from declinit.audits.pieces import pieces, whole
from declinit.checkpoints import Checkpoint, StoredTensor, open_checkpoint
from declinit.checkpoints.dtypes import dtype_named
from declinit.errors import ApplyError, CheckpointError, DeclinitError, Problem, refuse_errors
from declinit.initializers.hosts import Array, Block, Shape, on_host
from declinit.model.calling import call_checked
from declinit.model.stepping import SteppedTensor, converted
from declinit.model.taken import TakenValues
from declinit.plans.checkpoints import digest_of
from declinit.plans.plan import Assignment, Plan
from declinit.policy.loads import TensorSource
from declinit.policy.overrides import Checkpoints, unknown_checkpoint
from declinit.wording import shape_text


class LoadedValues(TakenValues):
    """The values of a stored tensor; where it does not reach, those of an initializer.

    Args:
        stored: the tensor; its file stays open as long as values are asked for.
        source: what the plan says of it.
        fallback: the initializer of the rest, which is also what the layer's config holds; None
            where there is none.
        sliceable: whether reading a part of the tensor costs no more than its share.
    """

    def __init__(
        self, stored: StoredTensor, source: TensorSource, fallback: Any, *, sliceable: bool = True
    ) -> None:
        super().__init__(fallback)
        self.source = source
        self._tensor = SteppedTensor(stored, source.steps)
        rest = on_host(fallback, "float32") if source.sliced else None
        self.has_pieces = (
            sliceable
            and self._tensor.has_pieces
            and (not source.sliced or (rest is not None and rest.has_pieces))
        )

    def call_seed(self) -> int:
        """The seed of the rest."""
        rest = on_host(self.fallback, "float32") if self.source.sliced else None
        return rest.call_seed() if rest else 0

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        block = whole(shape) if block is None else block
        reach = self.reach(shape)
        inner = tuple(
            slice(part.start, max(part.start, min(part.stop, end)))
            for part, end in zip(block, reach, strict=True)
        )
        read = self._tensor.read(inner)
        if inner == block:
            return converted(read, dtype)
        made = self._rest(shape, dtype, block, seed)
        made[tuple(slice(0, part.stop - part.start) for part in inner)] = converted(read, dtype)
        return made

    def _rest(self, shape: Shape, dtype: str, block: Block, seed: int) -> Array:
        """A block of what the initializer draws for the whole variable."""
        host = on_host(self.fallback, dtype)
        if host:
            return host.values(shape, dtype, block, seed=seed)
        drawn = keras.ops.convert_to_numpy(call_checked(self.fallback, shape, dtype))
        return converted(np.array(drawn[block]), dtype)

    def reach(self, shape: Shape) -> Shape:
        """How many elements of a variable are loaded along each axis."""
        return tuple(map(min, self._tensor.shape, shape))

    @property
    def shape(self) -> Shape:
        """The shape of what is read."""
        return self._tensor.shape

    def read_digest(self) -> str:
        """The digest of what is read, in the type and the shape that it has before it is fitted in."""
        shape, dtype = self._tensor.shape, self.source.dtype
        blocks = pieces(shape, _itemsize(dtype)) if self.has_pieces else [whole(shape)]
        read = ((block, self._tensor.read(block)) for block in blocks)
        return measure(read, shape, dtype).digest


def _itemsize(dtype: str) -> int:
    """The bytes of an element; 1 for a type that NumPy has not, which is never read."""
    found = dtype_named(dtype)
    return found.itemsize if found else 1


@contextlib.contextmanager
def opened(plan: Plan, checkpoints: Checkpoints | None) -> Iterator[Mapping[str, LoadedValues]]:
    """The values of the variables that a plan loads, by path; their files are open meanwhile.

    Args:
        plan: what every variable receives.
        checkpoints: paths of files in place of those that the plan names.

    Raises:
        ApplyError: if a file cannot be read or is another one than the plan names, with every
            fault found.
    """
    with contextlib.ExitStack() as files:
        yield _Opening(plan, checkpoints or {}, files).values()


class _Opening:
    """Opens and checks the files of a plan before anything is touched."""

    def __init__(self, plan: Plan, given: Checkpoints, files: contextlib.ExitStack) -> None:
        self._plan = plan
        self._given = given
        self._files = files
        self._opened: dict[tuple[str, str, str], Checkpoint | None] = {}
        self._problems: list[Problem] = []

    def values(self) -> dict[str, LoadedValues]:
        loads = [(one, one.source) for one in self._plan.values()]
        sources = [(one, source) for one, source in loads if source]
        known = {source.checkpoint for _, source in sources}
        self._problems += [unknown_checkpoint(n, known) for n in self._given if n not in known]
        found = {one.path: self._loaded(one, source) for one, source in sources}
        refuse_errors(self._problems, ApplyError)
        return {path: values for path, values in found.items() if values}

    def _loaded(self, one: Assignment, source: TensorSource) -> LoadedValues | None:
        checkpoint = self._checkpoint(source)
        if checkpoint is None:
            return None
        stored = checkpoint.get(source.tensor)
        if stored is None or (stored.shape, stored.dtype) != (source.shape, source.dtype):
            self._problems.append(_other_tensor(source, stored, checkpoint))
            return None
        is_zip = checkpoint.format == "npz"
        try:
            if is_zip:  # whose checksums tell of damage only once all is read
                stored.read()
            return LoadedValues(stored, source, self._plan.build(one.path), sliceable=not is_zip)
        except DeclinitError as error:
            self._problems += error.problems
            return None

    def _checkpoint(self, source: TensorSource) -> Checkpoint | None:
        path = os.fspath(self._given.get(source.checkpoint, source.file))
        key = source.checkpoint, path, source.sha256
        if key not in self._opened:
            try:
                self._opened[key] = self._open(path, source)
            except DeclinitError as error:
                self._problems += error.problems
                self._opened[key] = None
        return self._opened[key]

    def _open(self, path: str, source: TensorSource) -> Checkpoint:
        checkpoint = self._files.enter_context(open_checkpoint(path))
        received = digest_of(checkpoint)
        if received != source.sha256:
            message = (
                f"{path!r} is another file than checkpoint {source.checkpoint!r} of the plan: "
                f"expected SHA-256 {source.sha256}, received {received}"
            )
            hint = "plan anew, or name the file with --checkpoint"
            raise CheckpointError(Problem("DI420", message, hint=hint))
        return checkpoint


def _other_tensor(
    source: TensorSource, stored: StoredTensor | None, checkpoint: Checkpoint
) -> Problem:
    expected = f"{source.tensor!r} of shape {shape_text(source.shape)}, {source.dtype}"
    received = f"one of shape {shape_text(stored.shape)}, {stored.dtype}" if stored else "none"
    message = f"{str(checkpoint.path)!r}: expected tensor {expected}, found {received}"
    return Problem("DI422", message, hint="the plan was edited: plan anew")
