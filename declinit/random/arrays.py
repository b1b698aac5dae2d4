"""The types of arrays that the files of this folder exchange, and how their memory is aligned."""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

HalfBits: TypeAlias = npt.NDArray[np.uint16]
Words: TypeAlias = npt.NDArray[np.uint32]
RawNumbers: TypeAlias = npt.NDArray[np.uint64]
Indices: TypeAlias = npt.NDArray[np.intp]
Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]
Array: TypeAlias = npt.NDArray[Any]

# JAX and TensorFlow use memory without copying it only if it is aligned to this many bytes.
ALIGNMENT = 64

# NumPy asks Linux for huge pages, which a virtual machine may have to fetch from its host: 2.5
# seconds of a core for a gigabyte, where small pages took 0.6. Backends do not ask for them either.
# Smaller memory is mostly used again, and allocated in less time by NumPy.
LARGE_BYTES = 16 << 20


def aligned_empty(shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """A new C-contiguous array with arbitrary contents, whose memory every backend can take over."""
    size = math.prod(shape) * dtype.itemsize
    pages = _small_pages(size) if size >= LARGE_BYTES and sys.platform == "linux" else None
    if pages:
        return np.frombuffer(pages, dtype).reshape(shape)
    memory = np.empty(size + ALIGNMENT, np.uint8)
    offset = -memory.ctypes.data % ALIGNMENT
    return memory[offset : offset + size].view(dtype).reshape(shape)


def _small_pages(size: int) -> mmap.mmap | None:
    """Memory of which nobody asks for huge pages; None where NumPy shall say that there is too little."""
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, OverflowError):
        return None
