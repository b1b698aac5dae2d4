"""Values that are known to the bit: whether they are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.statistics.outcomes import Outcome, certain
from declinit.audits.statistics.rounding import precision

Array = npt.NDArray[Any]

# What two ways to compute the same number may differ by, in units of rounding.
ROUNDINGS = 8.0


def equality(pairs: Iterable[tuple[Array, Array]], *, to_the_bit: bool = False) -> Outcome:
    """Whether values are those expected.

    Args:
        pairs: values and what they should be, which may be one number, of the same dtype.
        to_the_bit: whether rounding counts, as it does where nothing was computed.
    """
    differing = _differ_in_bits if to_the_bit else _differs
    wrong = size = 0
    first: tuple[float, float] | None = None
    for values, expected in pairs:
        size += values.size
        differs = differing(values, np.broadcast_to(expected, values.shape))
        count = int(np.count_nonzero(differs))
        if count and first is None:
            place = np.unravel_index(int(np.argmax(differs)), values.shape)
            first = float(values[place]), float(np.broadcast_to(expected, values.shape)[place])
        wrong += count
    if first is None:
        return certain("equality", None, 0, 0)
    found, meant = (f"{number:.{17 if to_the_bit else 6}g}" for number in first)
    count_text = f"all {size}" if wrong == size else f"{wrong} of {size}"
    fault = f"{count_text} elements differ, the first is {found} where {meant} is expected"
    return certain("equality", fault, wrong, 0)


def _differs(values: Array, expected: Array) -> npt.NDArray[np.bool_]:
    unequal: npt.NDArray[np.bool_] = values != expected
    if not unequal.any():
        return unequal
    given, meant = values.astype(np.float64), expected.astype(np.float64)
    slack = ROUNDINGS * precision(values.dtype)[0] * np.abs(meant)
    with np.errstate(invalid="ignore"):
        return unequal & ~(np.abs(given - meant) <= slack)


def _differ_in_bits(values: Array, expected: Array) -> npt.NDArray[np.bool_]:
    given, meant = np.ascontiguousarray(values), np.ascontiguousarray(expected, values.dtype)
    bits = f"u{values.itemsize}"
    differs: npt.NDArray[np.bool_] = given.view(bits) != meant.view(bits)
    return differs.reshape(values.shape)
