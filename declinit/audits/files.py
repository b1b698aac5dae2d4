"""Verifying a file of weights: without a model, and without Keras."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from declinit.audits.audit import Audit, Record
from declinit.audits.measures import measure
from declinit.audits.pieces import pieces
from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verdict, Verification
from declinit.checkpoints import Checkpoint, StoredTensor, open_checkpoint
from declinit.checkpoints.dtypes import dtype_named
from declinit.errors import did_you_mean
from declinit.plans.checkpoints import is_weight
from declinit.plans.comparison import Difference


def verify_file(audit: Audit, path: str | os.PathLike[str]) -> Verification:
    """Compare the weights in a file with an audit, bit by bit.

    In Keras' files a weight is found by its layer and its key there, or by its address; in others
    by its path.

    Args:
        audit: what was recorded.
        path: a file of weights of any format.

    Raises:
        CheckpointError: if the file cannot be read.
    """
    with open_checkpoint(path) as checkpoint:
        found = {record.path: _tensor_of(record, checkpoint) for record in audit.values()}
        return Verification(entries={one.path: one for one in _verdicts(audit, found, checkpoint)})


def _tensor_of(record: Record, checkpoint: Checkpoint) -> StoredTensor | None:
    for name in (record.path, *record.aliases):
        if name in checkpoint:
            return checkpoint[name]
    if record.storage is None:
        return None
    layer, key = record.path.rpartition("/")[0], record.storage.rpartition("/")[2]
    candidates = checkpoint.candidates(layer, key)
    if len(candidates) == 1:
        return candidates[0]
    by_address = (one for one in checkpoint.values() if one.address == record.storage)
    return next(by_address, None)


def _verdicts(
    audit: Audit, found: Mapping[str, StoredTensor | None], checkpoint: Checkpoint
) -> Iterator[Verdict]:
    used = {tensor.name for tensor in found.values() if tensor}
    fresh = [name for name, one in checkpoint.items() if name not in used and is_weight(one)]
    for path, record in audit.items():
        tensor = found[path]
        if tensor:
            yield _compared(record, tensor)
        else:
            yield Verdict(path=path, status=MISSING, reason=did_you_mean(path, fresh) or "")
    for name in fresh:
        yield Verdict(path=name, status=NEW, reason="the audit does not know it")


def _compared(record: Record, tensor: StoredTensor) -> Verdict:
    recorded: Mapping[str, object] = {"shape": list(record.shape), "dtype": record.dtype}
    stored: Mapping[str, object] = {"shape": list(tensor.shape), "dtype": tensor.dtype}
    if stored == recorded:
        recorded, stored = record.measure.to_dict(), _measure(tensor)
    differences = tuple(
        Difference(record.path, field, value, stored[field])
        for field, value in recorded.items()
        if value != stored[field]
    )
    status = CHANGED if differences else IDENTICAL
    return Verdict(path=record.path, status=status, differences=differences)


def _measure(tensor: StoredTensor) -> Mapping[str, object]:
    dtype = dtype_named(tensor.dtype)
    blocks = pieces(tensor.shape, dtype.itemsize if dtype else 1)
    values = ((block, tensor.read(block)) for block in blocks)
    return measure(values, tensor.shape, tensor.dtype).to_dict()
