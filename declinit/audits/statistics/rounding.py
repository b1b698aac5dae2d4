"""Which numbers a dtype rounds to one: where a rounded draw came from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


def precision(dtype: np.dtype[Any]) -> tuple[float, float]:
    """The distance from 1 to the next number of a dtype, and its smallest positive number."""
    import ml_dtypes

    info = ml_dtypes.finfo(dtype)
    return float(info.eps), float(info.smallest_subnormal)


def cells(values: Doubles, dtype: np.dtype[Any]) -> tuple[Doubles, Doubles]:
    """The ends of the intervals whose numbers a dtype rounds to these values.

    Args:
        values: numbers of the dtype.
        dtype: that they were rounded to.
    """
    epsilon, least = precision(dtype)
    mantissa, exponent = np.frexp(values)
    with np.errstate(under="ignore"):
        spacing = np.where(values == 0.0, least, epsilon * np.ldexp(0.5, exponent))
        outward = np.maximum(spacing, least) / 2.0
        # Below a power of two, numbers lie half as far apart.
        inward = np.where(np.abs(mantissa) == 0.5, np.maximum(outward / 2.0, least / 2.0), outward)
    negative = values < 0.0
    return (
        values - np.where(negative, outward, inward),
        values + np.where(negative, inward, outward),
    )
