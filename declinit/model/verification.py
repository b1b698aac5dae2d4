"""Verifying: what became of each weight since an audit was made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from declinit.audits.audit import Audit, Record
from declinit.audits.consistency import TOO_FEW, inconsistency
from declinit.audits.measures import Measure
from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verdict, Verification
from declinit.errors import did_you_mean, expect_arguments
from declinit.model.addresses import LocatedVariable
from declinit.model.arguments import AUDIT, MODEL
from declinit.model.survey import variables_of
from declinit.model.tensors import dtype_of, measure_variable, read, shape_of
from declinit.plans.comparison import Difference

# Keras merges these into the kernel when it saves a model, and loads zeros in their place.
LORA_DRAWN = ("lora_kernel_a", "lora_embeddings_a")


def verify(audit: Audit | str | os.PathLike[str], model: Any) -> Verification:
    """Compare a model's weights with an audit, bit by bit.

    Args:
        audit: an `Audit`, or the path of an audit file.
        model: a built Keras model or layer.

    Returns:
        Per variable `identical`, `changed`, `missing` or `new`; true if all are identical. Of
        values that changed it says whether they could still have been drawn from the recorded
        distribution, as those of another seed or another generator would be.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError: if the file does not hold an audit.
        ResolveError: if the model has no weights.
    """
    expect_arguments("declinit.verify", audit=(audit, AUDIT), model=(model, MODEL))
    recorded = audit if isinstance(audit, Audit) else Audit.load(audit)
    found = variables_of(model)
    return Verification(entries={one.path: one for one in _verdicts(recorded, found)})


def _verdicts(audit: Audit, found: Iterable[LocatedVariable]) -> Iterator[Verdict]:
    here = {one.path: one for one in found if not one.is_seed_state}
    fresh = [path for path in here if path not in audit]
    for path, record in audit.items():
        if path in here:
            yield _compared(record, here[path])
        else:
            yield Verdict(path=path, status=MISSING, reason=did_you_mean(path, fresh) or "")
    for path in fresh:
        yield Verdict(path=path, status=NEW, reason="the audit does not know it")


def _compared(record: Record, found: LocatedVariable) -> Verdict:
    variable = found.variable
    shape, dtype = shape_of(variable), dtype_of(variable)
    if (shape, dtype) != (record.shape, record.dtype):
        recorded = {"shape": list(record.shape), "dtype": record.dtype}
        differences = _differences(record.path, recorded, {"shape": list(shape), "dtype": dtype})
        return Verdict(path=record.path, status=CHANGED, differences=differences)
    taken = measure_variable(variable)
    if taken == record.measure:
        return Verdict(path=record.path, status=IDENTICAL)
    reason, consistent = _judged(record, found, taken)
    return Verdict(
        path=record.path,
        status=CHANGED,
        differences=_differences(record.path, record.measure.to_dict(), taken.to_dict()),
        reason=reason,
        consistent=consistent,
    )


def _differences(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Difference, ...]:
    return tuple(
        Difference(path, field, value, after[field])
        for field, value in before.items()
        if value != after[field]
    )


def _judged(record: Record, found: LocatedVariable, taken: Measure) -> tuple[str, bool | None]:
    """What is known of the cause of a change, and whether it could have been another draw."""
    if taken.digest == record.digest:
        return "the record contradicts itself: its digest is that of these values", None
    if found.name in LORA_DRAWN and (taken.min, taken.max) == (0.0, 0.0):
        return "Keras fills it with zeros when it loads a model", None
    source = record.assignment.source
    if source:
        return f"no longer what was loaded from {source.file}", None
    expected = record.assignment.expected
    if expected is None:
        return "", None
    values = read(found.variable)
    against = inconsistency(values, expected)
    if against:
        return f"not {expected.family} as recorded: {against}", False
    if values.size < TOO_FEW:
        return "too few to tell more", None
    return f"consistent with the recorded {expected.family}", True
