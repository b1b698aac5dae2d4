"""Reading and writing a variable's value: whole, in pieces, or shard by shard."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit.audits.background import PendingMeasure
from declinit.audits.pieces import pieces, whole
from declinit.initializers.hosts import HostValues
from declinit.initializers.sharding import sharded, tensor_of

Array = npt.NDArray[Any]
Block = tuple[slice, ...]

# So few elements cost next to nothing to hold twice.
SMALL = 1 << 12


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype of a Keras dtype name."""
    import ml_dtypes

    found: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    return found


def shape_of(variable: Any) -> tuple[int, ...]:
    """A variable's shape as plain integers."""
    return tuple(int(size) for size in variable.shape)


def read(variable: Any, block: Block | None = None) -> Array:
    """A variable's value, or a block of it, as a NumPy array of the variable's dtype."""
    value = variable.value if block is None else variable.value[block]
    host = np.asarray(keras.ops.convert_to_numpy(_gathered(value)))
    return host.astype(numpy_dtype(dtype_of(variable)), copy=False)


def _gathered(value: Any) -> Any:
    """A value that lies on other processes' devices too, brought here; all processes ask for it."""
    if keras.backend.backend() != "jax" or value.is_fully_addressable or value.is_fully_replicated:
        return value
    from jax.experimental import multihost_utils

    return multihost_utils.process_allgather(value, tiled=True)


def dtype_of(variable: Any) -> str:
    """A variable's dtype by its Keras name."""
    name: str = keras.backend.standardize_dtype(variable.dtype)
    return name


def read_pieces(variable: Any) -> Iterator[tuple[Block, Array]]:
    """Blocks of a variable in row-major order, with their values."""
    itemsize = numpy_dtype(dtype_of(variable)).itemsize
    blocks = list(pieces(shape_of(variable), itemsize))
    if len(blocks) == 1:
        yield blocks[0], read(variable)
    else:
        yield from ((block, read(variable, block)) for block in blocks)


def is_sharded(variable: Any) -> bool:
    """Whether a variable's value lies on several devices."""
    if keras.backend.backend() != "jax":
        return False
    sharding = getattr(variable.value, "sharding", None)
    return sharding is not None and len(sharding.device_set) > 1


def fill(variable: Any, initializer: HostValues, pending: PendingMeasure) -> None:
    """Fill a variable with values made on the host, measuring what it receives if it is not sharded.

    A large variable is written piece by piece, a sharded one shard by shard: it is never held a
    second time.
    """
    shape, dtype = shape_of(variable), dtype_of(variable)
    seed = initializer.call_seed()
    if is_sharded(variable):
        _fill_shards(variable, initializer, seed)
        return
    memory = own_memory(variable)
    if memory is not None:
        fill_memory(memory, initializer, dtype, seed)
        pending.add(memory, whole(shape))
        return

    def make(block: Block) -> Array:
        values = initializer.values(shape, dtype, block, seed=seed)
        pending.add(values, block)
        return values

    blocks = blocks_of(initializer, shape, dtype)
    _WRITERS.get(keras.backend.backend(), _write_whole)(variable, blocks, make)


def fill_memory(memory: Array, initializer: HostValues, dtype: str, seed: int) -> None:
    """Fill an array with values made on the host, piece by piece."""
    for block in blocks_of(initializer, memory.shape, dtype):
        part: Any = (*block, ...)  # a view even of a scalar
        initializer.values(memory.shape, dtype, block, seed=seed, out=memory[part])


def blocks_of(initializer: HostValues, shape: tuple[int, ...], dtype: str) -> list[Block]:
    """The blocks in which to make a variable's values, in order: pieces, or all at once."""
    if initializer.has_pieces:
        return list(pieces(shape, numpy_dtype(dtype).itemsize))
    return [whole(shape)]


def own_memory(variable: Any) -> Array | None:
    """A variable's value as an array to write to, where the backend keeps it in such memory."""
    value, dtype = variable.value, numpy_dtype(dtype_of(variable))
    if keras.backend.backend() == "torch" and value.device.type == "cpu":
        import torch

        # NumPy knows no bfloat16 of torch's, but the same bits under another name.
        plain = value.detach()
        value = (plain.view(torch.int16) if dtype.itemsize == 2 else plain).numpy().view(dtype)
    # Keras' NumPy backend keeps float32 values in float64 variables until they are assigned.
    usable = isinstance(value, np.ndarray) and value.dtype == dtype
    return value if usable and value.flags.c_contiguous and value.flags.writeable else None


Make = Callable[..., Array]


def _fill_shards(variable: Any, initializer: HostValues, seed: int) -> None:
    shape, dtype = shape_of(variable), dtype_of(variable)
    value = sharded(initializer, shape, dtype, variable.value.sharding, seed=seed)
    variable.assign(value)


def _write_whole(variable: Any, blocks: list[Block], make: Make) -> None:
    host = np.empty(shape_of(variable), numpy_dtype(dtype_of(variable)))
    for block in blocks:
        host[block] = make(block)
    variable.assign(host)


def _write_torch(variable: Any, blocks: list[Block], make: Make) -> None:
    value = variable.value.detach()
    for block in blocks:
        value[block] = tensor_of(make(block))


def _write_tensorflow(variable: Any, blocks: list[Block], make: Make) -> None:
    import tensorflow as tf

    if len(blocks) == 1 and math.prod(variable.shape) <= SMALL:
        variable.assign(tensor_of(make(blocks[0])))
        return
    # A whole new tensor would leave the old one's memory with TensorFlow, which keeps it. And
    # `variable.value[block].assign` would read the variable first: TensorFlow then finds its
    # memory in use by two, and copies all of it.
    for block in blocks:
        tf.raw_ops.ResourceStridedSliceAssign(
            ref=variable.value.handle,
            begin=[part.start for part in block],
            end=[part.stop for part in block],
            strides=[1] * len(block),
            value=tensor_of(make(block)),
        )


def _write_jax(variable: Any, blocks: list[Block], make: Make) -> None:
    if len(blocks) == 1:
        variable.assign(tensor_of(make(blocks[0])))
        return
    update, value = _jax_update(), variable.value
    try:
        for block in blocks:
            value = update(value, make(block), tuple(part.start for part in block))
    finally:
        variable.assign(value)


@functools.cache
def _jax_update() -> Any:
    """Writes a block into an array; the old buffer is donated, so that it is done in place."""
    import jax

    return jax.jit(jax.lax.dynamic_update_slice, donate_argnums=0)


_WRITERS: dict[str, Callable[[Any, list[Block], Make], None]] = {
    "torch": _write_torch,
    "tensorflow": _write_tensorflow,
    "jax": _write_jax,
}
