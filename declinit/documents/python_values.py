"""What values of Python say as data: those of other libraries too, none of which is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_TEXTS = (str, bytes, bytearray, memoryview)


def is_mapping(value: object) -> bool:
    """Whether a value is a mapping, or reads as one does for `dict`: by `keys` and `[]`."""
    kind = type(value)
    if isinstance(value, Mapping):
        return True
    return not isinstance(value, type) and hasattr(kind, "keys") and hasattr(kind, "__getitem__")


def is_sequence(value: object) -> bool:
    """Whether a value is a list, or anything else that has items in order and is no text."""
    return isinstance(value, Sequence) and not isinstance(value, _TEXTS)


def plain(value: object) -> Any:
    """A value as Python's own types have it: numbers and arrays of NumPy, and paths.

    Other values come back as they are, and so do arrays that hold no plain data.

    Args:
        value: anything.
    """
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, (numpy.generic, numpy.ndarray)):
        return value
    if value.dtype.kind in "biuU":
        return value.tolist()
    if _holds_floats(value.dtype):
        return value.astype("float64").tolist()
    return value


def array_size(value: object) -> int:
    """How many elements an array of NumPy has; 0 of anything else."""
    numpy = sys.modules.get("numpy")
    return value.size if numpy is not None and isinstance(value, numpy.ndarray) else 0


def _holds_floats(dtype: Any) -> bool:
    """Whether a dtype is one of floats; those of ml_dtypes are of no kind that NumPy knows."""
    return bool(dtype.kind == "f" or dtype.name.startswith(("bfloat", "float")))
