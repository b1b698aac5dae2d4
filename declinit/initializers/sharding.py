"""From host values to a tensor of the backend, each device's shard made on its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit.random import ALIGNMENT

Shape = tuple[int, ...]
Block = tuple[slice, ...]
# Where a block begins and ends along each axis.
Bounds = tuple[tuple[int, int], ...]


def to_tensor(
    initializer: Any,
    shape: tuple[int, ...],
    dtype: str,
    layout: Any = None,
    *,
    seed: int | None = None,
) -> Any:
    """The values of an initializer as a tensor, laid out over devices if a layout is given.

    Args:
        initializer: a portable initializer.
        shape: of the whole tensor.
        dtype: a float dtype by its Keras name.
        layout: a `keras.distribution.TensorLayout`, a backend's own layout, or None.
        seed: used in place of the initializer's own.
    """
    if layout is not None and keras.backend.backend() == "jax":
        return sharded(initializer, shape, dtype, layout, seed=seed)
    tensor = tensor_of(initializer.values(shape, dtype, seed=seed))
    return tensor if layout is None else keras.distribution.distribute_tensor(tensor, layout)


def tensor_of(values: npt.NDArray[Any]) -> Any:
    """A tensor of the backend in the memory of an array, which nothing else may write to any more.

    Values are copied only where the backend cannot use their memory: on another device, and in
    JAX and TensorFlow if it is not aligned.
    """
    share = _SHARING.get(keras.backend.backend(), keras.ops.convert_to_tensor)
    return share(values)


def _share_with_jax(values: npt.NDArray[Any]) -> Any:
    import jax

    return jax.device_put(values)


def _share_with_torch(values: npt.NDArray[Any]) -> Any:
    import torch

    # Torch takes no bfloat16 of NumPy's, but the same bits under another name.
    if values.dtype.name == "bfloat16":
        tensor = torch.from_numpy(values.view(np.int16)).view(torch.bfloat16)
    else:
        tensor = torch.from_numpy(values)
    return keras.ops.convert_to_tensor(tensor)


def _share_with_tensorflow(values: npt.NDArray[Any]) -> Any:
    import tensorflow as tf

    if values.ctypes.data % ALIGNMENT or not tf.executing_eagerly():
        return keras.ops.convert_to_tensor(values)
    if values.dtype.name == "bfloat16":
        return tf.bitcast(_imported(values.view(np.uint16)), tf.bfloat16)
    return _imported(values)


def _imported(values: npt.NDArray[Any]) -> Any:
    import tensorflow as tf

    return tf.experimental.dlpack.from_dlpack(values.__dlpack__())


_SHARING: dict[str, Callable[[npt.NDArray[Any]], Any]] = {
    "jax": _share_with_jax,
    "numpy": lambda values: values,
    "tensorflow": _share_with_tensorflow,
    "torch": _share_with_torch,
}


def sharded(
    initializer: Any, shape: tuple[int, ...], dtype: str, layout: Any, *, seed: int | None = None
) -> Any:
    """A JAX array under a sharding; replicas of one shard are made once.

    An initializer that cannot make a part at the part's own cost makes the shards of this process
    together, where they fill a block.

    Args:
        initializer: a portable initializer.
        shape: of the whole array.
        dtype: a float dtype by its Keras name.
        layout: a `keras.distribution.TensorLayout` or a `jax.sharding.Sharding`.
        seed: used in place of the initializer's own.
    """
    import jax

    sharding = _concrete(getattr(layout, "backend_layout", layout))
    held = _Held(initializer, shape, dtype, initializer.call_seed() if seed is None else seed)
    if not initializer.has_pieces:
        held.make_at_once(sharding.addressable_devices_indices_map(shape).values())
    return jax.make_array_from_callback(shape, sharding, held.shard)


class _Held:
    """What this process holds of an array, each shard made once."""

    def __init__(self, initializer: Any, shape: Shape, dtype: str, seed: int) -> None:
        self._initializer = initializer
        self._shape = shape
        self._dtype = dtype
        self._seed = seed
        self._around: Bounds = ()
        self._whole: npt.NDArray[Any] | None = None
        self._made: dict[Bounds, npt.NDArray[Any]] = {}

    def make_at_once(self, indices: Iterable[Block]) -> None:
        """Make all shards together if they fill a block: each alone could cost as much as all."""
        shards = {self._bounds(index) for index in indices}
        axes = list(zip(*shards, strict=True))
        around = tuple(
            (min(start for start, _ in axis), max(stop for _, stop in axis)) for axis in axes
        )
        if len(shards) > 1 and _size(around) == sum(map(_size, shards)):
            self._around, self._whole = around, self._values(around)

    def shard(self, index: Block) -> npt.NDArray[Any]:
        """The values of one shard."""
        bounds = self._bounds(index)
        if self._whole is not None:
            pairs = zip(bounds, self._around, strict=True)
            return self._whole[tuple(slice(a - first, b - first) for (a, b), (first, _) in pairs)]
        if bounds not in self._made:
            self._made[bounds] = self._values(bounds)
        return np.asarray(self._made[bounds])

    def _bounds(self, index: Block) -> Bounds:
        pairs = (part.indices(size)[:2] for part, size in zip(index, self._shape, strict=True))
        return tuple(pairs)

    def _values(self, bounds: Bounds) -> npt.NDArray[Any]:
        block = tuple(slice(*pair) for pair in bounds)
        made: npt.NDArray[Any] = self._initializer.values(
            self._shape, self._dtype, block, seed=self._seed
        )
        return made


def _size(bounds: Bounds) -> int:
    return math.prod(stop - start for start, stop in bounds)


def laid_out(value: Any, layout: Any) -> Any:
    """A whole JAX tensor, the same in every process, under a sharding."""
    import jax

    host = np.asarray(keras.ops.convert_to_numpy(value))
    sharding = _concrete(getattr(layout, "backend_layout", layout))
    return jax.make_array_from_callback(host.shape, sharding, host.__getitem__)


def _concrete(sharding: Any) -> Any:
    """The sharding over real devices: Keras names an abstract mesh, and sets the real one."""
    import jax

    mesh = getattr(sharding, "mesh", None)
    if isinstance(mesh, jax.sharding.AbstractMesh):
        return jax.sharding.NamedSharding(jax.sharding.get_mesh(), sharding.spec)
    return sharding
