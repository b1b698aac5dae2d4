"""Verifying: what became of each weight since an audit was made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from declinit.audits.audit import Audit, Record
from declinit.audits.consistency import TOO_FEW, inconsistency
from declinit.audits.measures import Measure
from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verdict, Verification
from declinit.errors import did_you_mean
from declinit.model.addresses import SEED_STATE, LocatedVariable
from declinit.model.survey import variables_of
from declinit.model.tensors import dtype_of, measure_variable, read, shape_of


def verify(audit: Audit | str | os.PathLike[str], model: Any) -> Verification:
    """Compare a model's weights with an audit, bit by bit.

    Args:
        audit: an `Audit`, or the path of an audit file.
        model: a built Keras model or layer.

    Returns:
        Per variable `identical`, `changed`, `missing` or `new`; true if all are identical. Of
        values that changed it says whether they could still have been drawn from the recorded law,
        as those of another seed or another generator would be.

    Raises:
        SpecError: if the file does not hold an audit.
        ResolveError: if the model has no weights.
    """
    recorded = audit if isinstance(audit, Audit) else Audit.load(audit)
    found = variables_of(model)
    return Verification(entries={one.path: one for one in _verdicts(recorded, found)})


def _verdicts(audit: Audit, found: Iterable[LocatedVariable]) -> Iterator[Verdict]:
    here = {one.path: one.variable for one in found}
    here = {path: variable for path, variable in here.items() if variable.name != SEED_STATE}
    fresh = [path for path in here if path not in audit]
    for path, record in audit.items():
        if path in here:
            yield _compared(record, here[path])
        else:
            hint = did_you_mean(path, fresh) or ""
            yield Verdict(path=path, status=MISSING, detail=hint)
    for path in fresh:
        yield Verdict(path=path, status=NEW, detail="the audit does not know it")


def _compared(record: Record, variable: Any) -> Verdict:
    shape, dtype = shape_of(variable), dtype_of(variable)
    if (shape, dtype) != (record.shape, record.dtype):
        was, now = f"{record.shape} {record.dtype}", f"{shape} {dtype}"
        return Verdict(path=record.path, status=CHANGED, detail=f"was {was}, is {now}")
    taken = measure_variable(variable)
    if taken.digest == record.digest:
        return Verdict(path=record.path, status=IDENTICAL)
    return _changed(record, variable, taken)


def _changed(record: Record, variable: Any, taken: Measure) -> Verdict:
    recorded, expected = record.measure, record.assignment.expected
    moved = f"mean {shown(recorded.mean)} -> {shown(taken.mean)}"
    spread = f"stddev {shown(recorded.stddev)} -> {shown(taken.stddev)}"
    detail = f"{moved}, {spread}"
    if expected is None:
        return Verdict(path=record.path, status=CHANGED, detail=detail)
    values = read(variable)
    against = inconsistency(values, expected)
    if against:
        detail = f"{detail}; not {expected.law} as recorded: {against}"
    elif values.size < TOO_FEW:
        return Verdict(path=record.path, status=CHANGED, detail=f"{detail}; too few to tell more")
    else:
        detail = f"{detail}; consistent with the recorded {expected.law}"
    consistent = against is None
    return Verdict(path=record.path, status=CHANGED, detail=detail, consistent=consistent)


def shown(value: float | None) -> str:
    """A statistic in four digits."""
    return "none" if value is None else f"{value:.4g}"
