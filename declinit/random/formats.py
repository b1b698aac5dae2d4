"""Number formats: the dtypes that values can have, and the single rounding from float32 to them."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from declinit.random.arrays import Array, Floats, HalfBits, Words

NAMES = ("float16", "bfloat16", "float32", "float64")


def format_of(dtype: npt.DTypeLike) -> np.dtype[np.generic]:
    """The NumPy dtype of a format given by name, type or dtype.

    Raises:
        ValueError: if values cannot be rounded to it.
    """
    return _format_named(dtype if isinstance(dtype, str) else np.dtype(dtype).name)


@cache
def _format_named(name: str) -> np.dtype[np.generic]:
    if name not in NAMES:
        raise ValueError(f"dtype must be one of {', '.join(NAMES)}, received {name!r}")
    return _bfloat16() if name == "bfloat16" else np.dtype(name)


def round_into(values: Floats, out: Array) -> None:
    """Write float32 values in the format of `out`, of equal size; ties go to even."""
    if out.dtype.itemsize == 2 and out.dtype != np.float16:
        np.copyto(out.view(np.uint16), _upper_half(values), casting="same_kind")
    else:
        np.copyto(out, values, casting="same_kind")


def bfloat16_bits(values: Floats) -> HalfBits:
    """The bits of the nearest bfloat16 of each float32; needs no dtype of that name."""
    return _upper_half(values).astype(np.uint16)


def rounded(values: Floats, dtype: np.dtype[np.generic]) -> Array:
    """Float32 values in another format; the same array if that is float32."""
    if dtype == np.float32:
        return values
    out = np.empty(values.shape, dtype)
    round_into(values, out)
    return out


def _upper_half(values: Floats) -> Words:
    """The bits of the nearest bfloat16 of each float32 that is not NaN, in the lower 16 bits."""
    bits = values.view(np.uint32)
    half = np.right_shift(bits, 16)
    half &= 1
    half += 0x7FFF
    half += bits
    half >>= 16
    return half


def _bfloat16() -> np.dtype[np.generic]:
    import ml_dtypes

    bfloat16: np.dtype[np.generic] = np.dtype(ml_dtypes.bfloat16)
    return bfloat16
