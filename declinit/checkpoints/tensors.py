"""`StoredTensor` and `Checkpoint`: what a weight file holds, read when it is asked for."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from declinit.checkpoints.faults import ambiguous, misnamed, repeated, unknown_name
from declinit.checkpoints.slicing import Array, Bounds, Shape, bounds_of

LONGEST_NAME = 4096
MOST_TENSORS = 1_000_000

LayerMatcher = Callable[[str], Sequence[str]]
"""From the path of a layer to the addresses of the layers in the file that it may mean."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a weight file.

    Attributes:
        name: what it is called; unique in the checkpoint.
        shape: as stored.
        dtype: NumPy's or `ml_dtypes`' name of its elements; the file's own where neither has one.
        file: the file that holds it, one shard of several.
        address: where the file keeps it: `layers/dense_1/vars/0` in Keras' files, otherwise its
            name.
        layer: in Keras' files that record names, the path of the layer that owns it.
        key: in Keras' files, its key in that layer: `0` is mostly the kernel.
    """

    name: str
    shape: Shape
    dtype: str
    file: Path
    address: str
    reader: Callable[[Bounds], Array] = field(repr=False, compare=False)
    layer: str | None = None
    key: str | None = None

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def read(self, slices: Sequence[slice] | None = None) -> Array:
        """Read it from the file, into memory that is its own.

        Args:
            slices: one for each leading axis, without steps; None for the whole. Other parts of
                the file are hardly touched.

        Raises:
            CheckpointError: if the file is damaged there, or the elements are of no type that
                NumPy or `ml_dtypes` has.
            ValueError: if the slices do not fit its shape, or the checkpoint was closed.
        """
        return self.reader(bounds_of(slices, self.shape))


class Checkpoint(Mapping[str, StoredTensor]):
    """The tensors of a weight file by name, in the order of the file; closed by `with`.

    Args:
        path: the file.
        format: what it is, in words.
        tensors: all of them.
        resources: the open files, which it takes over.
        match_layer: finds layers by path, in Keras' files that record names.

    Raises:
        CheckpointError: if a name is not fit to be one, or is given twice.
    """

    def __init__(
        self,
        path: Path,
        format: str,  # noqa: A002
        tensors: Sequence[StoredTensor],
        resources: contextlib.ExitStack,
        match_layer: LayerMatcher | None = None,
    ) -> None:
        self.path = path
        self.format = format
        self._match_layer = match_layer
        self._tensors: dict[str, StoredTensor] = {}
        for tensor in tensors:
            refuse_name(tensor.file, tensor.name)
            if tensor.name in self._tensors:
                raise repeated(tensor.file, tensor.name)
            self._tensors[tensor.name] = tensor
        self._by_address = {tensor.address: tensor for tensor in tensors}
        self._resources = resources.pop_all()  # from here on the files are closed by `close`

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold tensors, and first the index of several."""
        return tuple(dict.fromkeys([self.path, *(tensor.file for tensor in self.values())]))

    def find(self, name: str) -> StoredTensor:
        """The tensor of a name or address.

        Raises:
            CheckpointError: if there is none, with the nearest name, or if there are several.
        """
        found = self._tensors.get(name) or self._by_address.get(name)
        if found is not None:
            return found
        layer, _, key = name.rpartition("/")
        candidates = self.candidates(layer, key)
        if len(candidates) > 1:
            raise ambiguous(self.path, name, [tensor.address for tensor in candidates])
        if not candidates:
            raise unknown_name(self.path, name, self)
        return candidates[0]

    def candidates(self, layer: str, key: str) -> tuple[StoredTensor, ...]:
        """All tensors that a layer's path and a key may mean, in Keras' files that record names.

        A sublayer may be meant by its recorded name or by the attribute that holds it. Whoever
        takes one of several makes a guess.

        Args:
            layer: the path of the layer, as in the address of its variables.
            key: the last segment of the variable's address in Keras' files.
        """
        if self._match_layer is None:
            return ()
        addresses = [f"{at}/vars/{key}".lstrip("/") for at in self._match_layer(layer)]
        return tuple(self._by_address[at] for at in addresses if at in self._by_address)

    def close(self) -> None:
        """Close the files; tensors that were read stay."""
        self._resources.close()

    def __getitem__(self, name: str) -> StoredTensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Checkpoint {str(self.path)!r}: {self.format}, {len(self)} tensors>"


def refuse_name(path: Path, name: str) -> None:
    """Refuse a name that could not be shown, or was made to confuse.

    Raises:
        CheckpointError: if it is empty, too long, or has characters that cannot be shown.
    """
    if not name:
        raise misnamed(path, name, "is empty")
    if len(name) > LONGEST_NAME:
        raise misnamed(path, name, f"is longer than {LONGEST_NAME} characters")
    if not name.isprintable():
        raise misnamed(path, name, "has characters that cannot be shown")
