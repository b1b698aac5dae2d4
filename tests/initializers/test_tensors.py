"""A tensor of the backend holds the bits of the array that it was made from, uncopied if it can."""

from __future__ import annotations

import keras
import ml_dtypes
import numpy as np
import pytest
from random_kinds import host, same_bits

from declinit.initializers.sharding import tensor_of
from declinit.random import ALIGNMENT, aligned_empty

DTYPES = ["float16", "float32", "float64", ml_dtypes.bfloat16]
EACH_DTYPE = pytest.mark.parametrize("dtype", DTYPES, ids=lambda one: np.dtype(one).name)


def array(dtype, shape, shift=0) -> np.ndarray:
    """Numbers, in memory that begins `shift` bytes after an aligned place."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    memory = aligned_empty((size + ALIGNMENT,), np.dtype(np.uint8))[shift : shift + size]
    values = memory.view(dtype).reshape(shape)
    values[...] = np.linspace(-1.0, 1.0, values.size).reshape(shape)
    return values


def skip_what_jax_narrows(dtype) -> None:
    if keras.backend.backend() == "jax" and np.dtype(dtype) == np.float64:
        pytest.skip("JAX holds no float64 unless told to")


@EACH_DTYPE
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (33, 7), (2, 3, 500)], ids=str)
@pytest.mark.parametrize("shift", [0, 8])
def test_a_tensor_has_the_bits_of_its_array(dtype, shape, shift):
    """Of any shape, and wherever its memory begins."""
    skip_what_jax_narrows(dtype)
    values = array(dtype, shape, shift)
    assert same_bits(tensor_of(values), values)


@EACH_DTYPE
def test_a_tensor_takes_over_the_memory_of_its_array(dtype):
    """Values that are made to be a tensor are not held twice: a later change shows in it."""
    skip_what_jax_narrows(dtype)
    values = array(dtype, (512, 512))
    tensor = tensor_of(values)
    values[...] = 3.0
    assert np.all(host(tensor) == 3.0)


@pytest.mark.parametrize("size", [1, 3, 1000, 5_000_000])
def test_memory_is_aligned_as_backends_ask(size):
    """Every time, not by luck."""
    arrays = [aligned_empty((size,), np.dtype(np.float32)) for _ in range(20)]
    assert {one.ctypes.data % ALIGNMENT for one in arrays} == {0}
    assert all(one.flags.c_contiguous and one.flags.writeable for one in arrays)


@pytest.mark.parametrize("size", [1 << 58, 1 << 61])
def test_more_memory_than_there_is_is_refused_as_by_numpy(size):
    with pytest.raises((MemoryError, ValueError)):
        aligned_empty((size,), np.dtype(np.float32))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_large_memory_stays_as_long_as_its_tensor(dtype):
    tensor = tensor_of(array(dtype, (3000, 3000)))
    others = [array(dtype, (3000, 3000)) for _ in range(3)]
    for one in others:
        one[...] = 7.0
    values = array(dtype, (3000, 3000))
    assert np.array_equal(host(tensor), values)
