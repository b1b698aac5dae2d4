"""From host values to a tensor of the backend, each device's shard made on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit.random import ALIGNMENT


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

    Args:
        initializer: a portable initializer.
        shape: of the whole array.
        dtype: a float dtype by its Keras name.
        layout: a `keras.distribution.TensorLayout` or a `jax.sharding.Sharding`.
        seed: used in place of the initializer's own.
    """
    import jax

    sharding = _concrete(getattr(layout, "backend_layout", layout))
    seed = initializer.call_seed() if seed is None else seed
    made: dict[tuple[tuple[int, int], ...], Any] = {}

    def shard(index: tuple[slice, ...]) -> Any:
        bounds = [part.indices(size)[:2] for part, size in zip(index, shape, strict=True)]
        key = tuple(bounds)
        if key not in made:
            block = tuple(slice(*pair) for pair in bounds)
            made[key] = initializer.values(shape, dtype, block, seed=seed)
        return np.asarray(made[key])

    return jax.make_array_from_callback(shape, sharding, shard)


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
