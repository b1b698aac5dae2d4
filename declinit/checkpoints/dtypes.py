"""Element types of stored tensors, by the names that NumPy and `ml_dtypes` give them."""

from __future__ import annotations

from typing import Any

import numpy as np

# Bits and name; without a name where NumPy has no such elements.
OF_SAFETENSORS: dict[str, tuple[int, str | None]] = {
    "BOOL": (8, "bool"),
    "U8": (8, "uint8"),
    "I8": (8, "int8"),
    "U16": (16, "uint16"),
    "I16": (16, "int16"),
    "F16": (16, "float16"),
    "BF16": (16, "bfloat16"),
    "U32": (32, "uint32"),
    "I32": (32, "int32"),
    "F32": (32, "float32"),
    "U64": (64, "uint64"),
    "I64": (64, "int64"),
    "F64": (64, "float64"),
    "C64": (64, "complex64"),
    "F8_E4M3": (8, "float8_e4m3fn"),
    "F8_E5M2": (8, "float8_e5m2"),
    "F8_E8M0": (8, "float8_e8m0fnu"),
    "F8_E4M3FNUZ": (8, "float8_e4m3fnuz"),
    "F8_E5M2FNUZ": (8, "float8_e5m2fnuz"),
    "F6_E2M3": (6, None),
    "F6_E3M2": (6, None),
    "F4": (4, None),
}
NUMERIC_KINDS = "biufc"


def dtype_named(name: str) -> np.dtype[Any] | None:
    """The NumPy dtype of a name, or None where neither NumPy nor `ml_dtypes` has it."""
    import ml_dtypes

    try:
        found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name, name))
    except TypeError:
        return None
    return found


def is_numeric(dtype: np.dtype[Any]) -> bool:
    """Whether elements are plain numbers: no objects, texts, records or times."""
    return dtype.kind in NUMERIC_KINDS and dtype.subdtype is None


def is_extended(dtype: np.dtype[Any]) -> bool:
    """Whether elements are numbers of a type that `ml_dtypes` adds to NumPy's."""
    return dtype.kind == "V" and dtype.type.__module__.startswith("ml_dtypes")
