"""Files of weights: their tensors, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from declinit.checkpoints import StoredTensor
from declinit.render.layout import Layout, Table, row
from declinit.wording import counted, shape_text

COLUMNS = ("name", "shape", "dtype", "address")


def weights_layout(path: str, kind: str, tensors: Sequence[StoredTensor]) -> Layout:
    """Every tensor of a file.

    Args:
        path: the file.
        kind: what it is, in words.
        tensors: what it holds.
    """
    rows = tuple(
        row(
            one.name,
            shape_text(one.shape),
            one.dtype,
            f"at {one.address}" if one.address != one.name else "",
        )
        for one in tensors
    )
    size = sum(one.size for one in tensors)
    return Layout(
        document=lambda: _document(path, kind, tensors),
        title=f"{path}: {kind}",
        tables=(Table(columns=COLUMNS, rows=rows),),
        summary=f"{counted(len(tensors), 'tensor')}, {counted(size, 'element')}",
    )


def _document(path: str, kind: str, tensors: Sequence[StoredTensor]) -> dict[str, Any]:
    entries = [
        {
            "name": one.name,
            "shape": list(one.shape),
            "dtype": one.dtype,
            "file": one.file.name,
            "address": one.address,
        }
        for one in tensors
    ]
    return {"declinit_weights": 1, "file": path, "format": kind, "tensors": entries}
