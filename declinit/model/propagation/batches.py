"""What a model's inputs are given: a batch of the user's, or numbers drawn by a seed."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import tree

from declinit.errors import DeclinitError, Problem, UnreadableError, did_you_mean
from declinit.model.addresses import LocatedLayer, is_container
from declinit.model.propagation.vocabularies import Vocabulary, vocabularies
from declinit.probing.probe import ProbedInput
from declinit.seeds import derive_seed
from declinit.wording import error_text, shape_text

DRAWN, GIVEN = "drawn", "given"
BATCH, FREE_SIZE = 8, 32
SUFFIXES = (".npy", ".npz")


class DataError(DeclinitError):
    """Data that does not fit a model, or a model that none can be drawn for."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What one input of a model takes.

    Attributes:
        name: of the input.
        shape: the batch first; None for a size that is free.
        dtype: of it; None where only running the model would tell.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What the inputs of a model are given.

    Attributes:
        values: arrays, in the structure that the model takes.
        inputs: what is said of each.
    """

    values: Any
    inputs: tuple[ProbedInput, ...]


@dataclass(slots=True)
class Drawing:
    """Draws batches for a model, which take the sizes that the model leaves free.

    Attributes:
        model: a built Keras model or layer.
        layers: of it.
        batch: how many examples.
        free_size: what every other free size is.
    """

    model: Any
    layers: Sequence[LocatedLayer]
    batch: int = BATCH
    free_size: int = FREE_SIZE
    _known: dict[int, Vocabulary] = field(default_factory=dict)

    def batch_of(self, seed: int) -> Batch:
        """Numbers for every input: floats standard normal, integers uniform in a vocabulary."""
        specs = input_specs(self.model)
        if not self._known:
            self._known = self._vocabularies(specs)
        arrays, said = [], []
        for index, spec in enumerate(specs):
            generator = np.random.default_rng(derive_seed(seed, f"input {spec.name}"))
            values, says = self._drawn(index, spec, generator)
            arrays.append(values)
            said.append(_input(spec.name, values, says))
        return Batch(_packed(self.model, arrays), tuple(said))

    def _drawn(
        self, index: int, spec: InputSpec, generator: np.random.Generator
    ) -> tuple[np.ndarray[Any, Any], str]:
        shape, dtype = self._shape(spec), spec.dtype or "float32"
        if index in self._known:
            known = self._known[index]
            values = generator.integers(0, known.size, shape)
            says = f"uniform below {known.size}, which {known.path!r} looks up"
            return values.astype(dtype if "int" in dtype else "int32"), says
        if _is_mask(spec):
            return np.ones(shape, dtype), "ones, as a mask has"
        return generator.standard_normal(shape, np.float32).astype(_numpy(dtype)), "standard normal"

    def _shape(self, spec: InputSpec) -> tuple[int, ...]:
        first = self.batch if spec.shape[:1] == (None,) else None
        sizes = [self.free_size if size is None else size for size in spec.shape]
        return (first, *sizes[1:]) if first is not None else tuple(sizes)

    def _vocabularies(self, specs: Sequence[InputSpec]) -> dict[int, Vocabulary]:
        marks = [index for index, spec in enumerate(specs) if _may_be_integers(spec)]
        if not marks:
            return {}
        zeros = [np.zeros(self._shape(spec), _numpy(spec.dtype or "float32")) for spec in specs]
        found = vocabularies(self.model, self.layers, _packed(self.model, zeros), marks)
        unknown = [
            _no_vocabulary(specs[index])
            for index in marks
            if found[index] is None and specs[index].dtype is not None
        ]
        if unknown:
            raise DataError(unknown)
        return {index: known for index, known in enumerate(found) if known}


def _may_be_integers(spec: InputSpec) -> bool:
    return not _is_mask(spec) and not (spec.dtype and "float" in spec.dtype)


def _is_mask(spec: InputSpec) -> bool:
    return spec.dtype == "bool" or (spec.name.endswith("mask") and "int" in (spec.dtype or ""))


def _no_vocabulary(spec: InputSpec) -> Problem:
    message = (
        f"input {spec.name!r} takes {spec.dtype}, and no embedding that looks it up was found: "
        "what it takes cannot be drawn"
    )
    return Problem("DI742", message, hint="give a batch of data")


def _numpy(dtype: str) -> Any:
    return np.float32 if dtype == "bfloat16" else np.dtype(dtype)


def input_specs(model: Any) -> list[InputSpec]:
    """What the inputs of a built model take.

    Raises:
        DataError: if nothing tells.
    """
    if is_container(model) and getattr(model, "inputs", None):
        return [
            InputSpec(one.name, tuple(one.shape), keras.backend.standardize_dtype(one.dtype))
            for one in model.inputs
        ]
    shapes = [InputSpec(name, shape, None) for name, shape in _built_with(model)]
    if not shapes:
        message = f"model {model.name!r} does not say what inputs it takes: none can be drawn"
        raise DataError(Problem("DI742", message, hint="give a batch of data"))
    return shapes


def _built_with(model: Any) -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """The shapes that a subclassed model was built with; its batch is free, whatever it was."""
    config = model.get_build_config() or {}
    shapes = config.get("input_shape") or config.get("shapes_dict") or {}
    if isinstance(shapes, Mapping) and len(shapes) == 1:
        shapes = next(iter(shapes.values()))
    if _is_shape(shapes):
        yield "inputs", (None, *shapes[1:])


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(size is None or isinstance(size, int) for size in value)
    )


def _packed(model: Any, flat: Sequence[Any]) -> Any:
    """Values in the structure that the model takes."""
    if isinstance(model, keras.Sequential) or not is_container(model):
        return flat[0] if len(flat) == 1 else list(flat)
    return tree.pack_sequence_as(model.input, list(flat))


def _input(name: str, values: np.ndarray[Any, Any], says: str) -> ProbedInput:
    return ProbedInput(name=name, shape=values.shape, dtype=str(values.dtype), says=says)


Given = Any


def given_batch(model: Any, data: Given) -> Batch:
    """A batch of the user's, held against what the model takes.

    Args:
        model: a built Keras model or layer.
        data: the path of a `.npy` or `.npz` file, an array, a list of arrays in the order of the
            model's inputs, or a mapping by their names.

    Raises:
        UnreadableError: if the file cannot be read.
        DataError: if it does not fit the model.
    """
    says = GIVEN
    if isinstance(data, (str, os.PathLike)):
        says, data = os.fspath(data), read_batch(data)
    if not (is_container(model) and getattr(model, "inputs", None)):
        values = tree.map_structure(np.asarray, data)
        if isinstance(values, Mapping) and len(values) == 1 and says != GIVEN:
            values = next(iter(values.values()))
        return Batch(values, tuple(_input(n, v, says) for n, v in _named(values)))
    specs = input_specs(model)
    arrays = _in_order(specs, data)
    problems = [p for spec, one in zip(specs, arrays, strict=True) if (p := _misfit(spec, one))]
    if problems:
        raise DataError(problems)
    cast = [_cast(spec, one) for spec, one in zip(specs, arrays, strict=True)]
    said = [_input(spec.name, one, says) for spec, one in zip(specs, cast, strict=True)]
    return Batch(_packed(model, cast), tuple(said))


def data_name(data: Given) -> str:
    """The file that data was read from, or that it was given."""
    return os.fspath(data) if isinstance(data, (str, os.PathLike)) else GIVEN


def _named(values: Any) -> list[tuple[str, Any]]:
    if isinstance(values, Mapping):
        return list(values.items())
    flat = tree.flatten(values)
    return [("inputs" if len(flat) == 1 else f"inputs {at}", one) for at, one in enumerate(flat)]


def read_batch(path: str | os.PathLike[str]) -> Any:
    """The array in a `.npy` file, or the arrays by name in a `.npz` file.

    Raises:
        UnreadableError: if the file cannot be read; pickled objects are never loaded.
    """
    name = os.fspath(path)
    if not name.endswith(SUFFIXES):
        raise UnreadableError(Problem("DI744", f"data {name!r}: expected a .npy or .npz file"))
    try:
        with Path(name).open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            return {key: loaded[key] for key in loaded.files}
    except OSError as error:
        reason = (error.strerror or error_text(error)).lower()
        raise UnreadableError(Problem("DI744", f"cannot read {name!r}: {reason}")) from error
    except (ValueError, EOFError, zipfile.BadZipFile, MemoryError, OverflowError) as error:
        reason = error_text(error, lines=1)
        raise UnreadableError(Problem("DI744", f"cannot read {name!r}: {reason}")) from error


def _in_order(specs: Sequence[InputSpec], data: Given) -> list[np.ndarray[Any, Any]]:
    """One array an input."""
    names = [spec.name for spec in specs]
    if isinstance(data, Mapping):
        if len(specs) == 1 and len(data) == 1:
            return [np.asarray(next(iter(data.values())))]
        problems = [_unknown(name, names) for name in data if name not in names]
        problems += [
            Problem("DI743", f"the data has nothing for input {name!r}")
            for name in names
            if name not in data
        ]
        if problems:
            raise DataError(problems)
        return [np.asarray(data[name]) for name in names]
    arrays = list(data) if isinstance(data, (list, tuple)) and len(specs) > 1 else [data]
    if len(arrays) != len(specs):
        message = f"the model has {len(specs)} inputs ({', '.join(names)}), the data {len(arrays)}"
        raise DataError(Problem("DI743", message))
    return [np.asarray(keras.ops.convert_to_numpy(one)) for one in arrays]


def _unknown(name: str, names: Sequence[str]) -> Problem:
    message = f"the data has {name!r}, which is no input; there are {', '.join(names)}"
    return Problem("DI743", message, hint=did_you_mean(name, names))


def _misfit(spec: InputSpec, values: np.ndarray[Any, Any]) -> Problem | None:
    shape = spec.shape
    fits = len(shape) == values.ndim and all(
        size is None or size == own for size, own in zip(shape, values.shape, strict=True)
    )
    expected = "x".join("?" if size is None else str(size) for size in shape)
    if not fits:
        message = f"input {spec.name!r} takes {expected}, the data has {shape_text(values.shape)}"
        return Problem("DI743", message)
    if not math.prod(values.shape):
        return Problem("DI743", f"the data for input {spec.name!r} is empty")
    if values.dtype.kind not in "fiub" and values.dtype.kind != "V":
        message = f"the data for input {spec.name!r} is {values.dtype}, expected numbers"
        return Problem("DI743", message)
    return None


def _cast(spec: InputSpec, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if spec.dtype is None or str(values.dtype) == spec.dtype or spec.dtype == "bfloat16":
        return values
    return values.astype(_numpy(spec.dtype))
