"""Whether a stored tensor fits a variable: its shape, and the type of its elements."""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np

from declinit.checkpoints.dtypes import dtype_named
from declinit.errors import DeclinitError, Problem
from declinit.layers.fans import Shape
from declinit.policy.loads import TensorSource
from declinit.wording import shape_text

_EXACT_BITS = {"bool": 1, "int8": 7, "uint8": 8, "int16": 15, "uint16": 16, "int32": 31}


class Conversion(enum.Enum):
    """What becomes of values that are converted."""

    EXACT = "exact"
    ROUNDED = "rounded"
    NONE = "none"


def refuse_misfit(source: TensorSource, shape: Shape) -> None:
    """Refuse a tensor that does not have a variable's shape, or in slices its rank.

    Raises:
        DeclinitError: saying what shape it has, and which step may help.
    """
    result = source.result
    if result == shape or (source.sliced and len(result) == len(shape)):
        return
    message = f"{source} has shape {shape_text(result)}, and the variable {shape_text(shape)}"
    raise DeclinitError(Problem("DI341", message, hint=_step_hint(result, shape)))


def _step_hint(result: Shape, shape: Shape) -> str | None:
    if len(shape) > 1 and result == shape[::-1]:
        return f"`transpose: {list(reversed(range(len(shape))))}` may be meant"
    if math.prod(result) == math.prod(shape):
        return f"`reshape: {list(shape)}` may be meant"
    return "say `on_shape: slice`, or `on_shape: draw`"


def refuse_type(source: TensorSource, dtype: str) -> None:
    """Refuse a tensor whose elements are not converted to a variable's type.

    Raises:
        DeclinitError: saying which type they have.
    """
    if conversion(source.dtype, dtype) is Conversion.NONE:
        message = f"{source} is stored as {source.dtype}, which is not converted to {dtype}"
        raise DeclinitError(Problem("DI343", message))


def conversion(stored: str, wanted: str) -> Conversion:
    """What becomes of stored values in a variable of another type.

    Args:
        stored: the dtype by NumPy's or `ml_dtypes`' name.
        wanted: the variable's dtype.
    """
    if stored == wanted:
        return Conversion.EXACT
    source, target = dtype_named(stored), dtype_named(wanted)
    if source is None or target is None:
        return Conversion.NONE
    if _is_float(target):
        return _to_float(source, target)
    whole = source.kind in "biu" and target.kind in "iu"
    return Conversion.EXACT if whole and np.can_cast(source, target) else Conversion.NONE


def _is_float(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" or "float" in dtype.name


def _to_float(source: np.dtype[Any], target: np.dtype[Any]) -> Conversion:
    import ml_dtypes

    held = ml_dtypes.finfo(target)
    if not _is_float(source):
        if source.kind not in "biu":
            return Conversion.NONE
        bits = _EXACT_BITS.get(source.name, 64)
        exact = bits <= held.nmant + 1 and bits <= held.maxexp
        return Conversion.EXACT if exact else Conversion.ROUNDED
    own = ml_dtypes.finfo(source)
    exact = own.nmant <= held.nmant and own.maxexp <= held.maxexp and own.minexp >= held.minexp
    return Conversion.EXACT if exact else Conversion.ROUNDED
