"""Whether values of full precision passed through a half type."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# One of 8,192 numbers of a normal or uniform distribution is one of float16 by chance: so many
# in a row are not, in any model.
FEWEST = 8


class HalfTypes:
    """The half types that all values seen so far are numbers of.

    Args:
        dtype: of the values; nothing is looked for in half types themselves.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        import ml_dtypes

        wide = dtype in (np.dtype("float32"), np.dtype("float64"))
        halves = {"bfloat16": np.dtype(ml_dtypes.bfloat16), "float16": np.dtype("float16")}
        self._left = halves if wide else {}
        self._seen = 0

    def add(self, values: Array) -> None:
        """More values, without zeros, which are numbers of every type."""
        self._seen += values.size
        for name, dtype in list(self._left.items()):
            with np.errstate(over="ignore"):
                fits = np.array_equal(values.astype(dtype).astype(values.dtype), values)
            if not fits:
                del self._left[name]

    def result(self) -> str | None:
        """The half type that all values are numbers of; None if there is none."""
        return next(iter(self._left), None) if self._seen >= FEWEST else None
