"""Verifying: what became of each weight since an audit was made, or whether a policy drew it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, cast, overload

from declinit.audits.audit import Audit, Record
from declinit.audits.background import BackgroundMeter
from declinit.audits.measures import Measure
from declinit.audits.pieces import WHOLE_BYTES
from declinit.audits.plausibility import (
    CONSISTENT,
    EXACT,
    INCONSISTENT,
    TOO_SMALL,
    Judgement,
    Plausibility,
)
from declinit.audits.verification import CHANGED, IDENTICAL, MISSING, NEW, Verdict, Verification
from declinit.errors import ArgumentError, Problem, did_you_mean, expect_arguments
from declinit.model.addresses import LocatedVariable
from declinit.model.agreement import words_of_audit, words_of_verdicts
from declinit.model.arguments import AUDIT, MODEL, SOURCE
from declinit.model.copies import differing_copies
from declinit.model.gathering import add_held, measures_of
from declinit.model.loaded import opened
from declinit.model.plausibility import judged, judged_suspects
from declinit.model.processes import are_several, meet, short_digest, together
from declinit.model.progress import SHOWN, Advance, progress_bar
from declinit.model.sources import Base, Source, as_plan, expect_base, read_source
from declinit.model.survey import variables_of
from declinit.model.tensors import dtype_of, is_sharded, numpy_dtype, shape_of
from declinit.plans.comparison import Difference
from declinit.policy.extending import FILES
from declinit.policy.overrides import Checkpoints

# Keras merges these into the kernel when it saves a model, and loads zeros in their place.
LORA_DRAWN = ("lora_kernel_a", "lora_embeddings_a")


@overload
def verify(
    audit: Audit | str | os.PathLike[str],
    model: Any,
    *,
    statistical: Literal[False] = False,
    progress: bool | None = None,
) -> Verification: ...


@overload
def verify(
    audit: Source,
    model: Any,
    *,
    statistical: Literal[True],
    checkpoints: Checkpoints | None = None,
    base: Base = None,
    progress: bool | None = None,
) -> Plausibility: ...


def verify(
    audit: Source,
    model: Any,
    *,
    statistical: bool = False,
    checkpoints: Checkpoints | None = None,
    base: Base = None,
    progress: bool | None = None,
) -> Verification | Plausibility:
    """Compare a model's weights with an audit, bit by bit, or with a policy, by statistics.

    Args:
        audit: an `Audit`, or the path of an audit file. For statistics also whatever `apply` takes:
            a spec, a plan, or the path of a file that holds one.
        model: a built Keras model or layer.
        statistical: whether to ask of each weight if it is a plausible draw from what the policy
            says, whoever drew it and with whatever seed. What the policy loads is compared with
            its file, to the bit.
        checkpoints: for statistics, as `declinit.apply`.
        base: for statistics, as `declinit.resolve`.
        progress: whether to show a bar, by tqdm; by default in notebooks, once the work takes some
            seconds.

    Returns:
        Per variable `identical`, `changed`, `missing` or `new`; true if all are identical. Of
        values that changed it says whether they could still have been drawn from the recorded
        distribution, as those of another seed or another generator would be.

        By statistics, per variable `exact`, `consistent`, `inconsistent`, `too small to tell` or
        `not tested`; true if none is inconsistent.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError: if the file does not hold an audit.
        ResolveError: if the model has no weights, or the spec does not fit it.
        ApplyError: by statistics, if plan or audit are those of another model, or a file of
            weights is missing or not the one that was planned with.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> declinit.verify(audit, model)
        <Verification: 4 identical>
        >>> declinit.verify("policy.yaml", model, statistical=True)
        <Plausibility: 2 exact, 2 too small to tell>
    """
    kind = SOURCE if statistical else AUDIT
    expect_arguments("declinit.verify", audit=(audit, kind), model=(model, MODEL))
    expect_arguments("declinit.verify", progress=(progress, SHOWN))
    if statistical:
        return _by_statistics(audit, model, checkpoints, base, progress)
    if checkpoints is not None or base is not None:
        message = "declinit.verify: `checkpoints` and `base` go with statistical=True"
        raise ArgumentError(Problem("DI414", message))
    return _bit_by_bit(cast("Audit | str | os.PathLike[str]", audit), model, progress)


def _sizes(found: Iterable[LocatedVariable]) -> Iterator[int]:
    return (math.prod(shape_of(one.variable)) for one in found)


def _by_statistics(
    source: Source,
    model: Any,
    checkpoints: Checkpoints | None,
    base: Base,
    progress: bool | None,
) -> Plausibility:
    expect_arguments("declinit.verify", checkpoints=(checkpoints or {}, FILES))
    expect_base("declinit.verify", source, base)
    found = variables_of(model)
    plan = as_plan(read_source(source, checkpoints, base), found)
    with (
        opened(plan, checkpoints) as loaded,
        progress_bar("verifying", _sizes(found), progress) as advance,
    ):
        return judged(plan, found, loaded, advance)


def _compared_words(audit: Audit, found: Iterable[LocatedVariable]) -> str:
    """What has to be the same where several processes verify one model."""
    here = [(one.path, shape_of(one.variable), dtype_of(one.variable)) for one in found]
    return f"{words_of_audit(audit)}, variables {short_digest(repr(here))}"


@together("verifying", words_of_verdicts)
def _bit_by_bit(
    audit: Audit | str | os.PathLike[str], model: Any, progress: bool | None
) -> Verification:
    recorded = audit if isinstance(audit, Audit) else Audit.load(audit)
    found = variables_of(model)
    meet("verifying", lambda: _compared_words(recorded, found))
    with progress_bar("verifying", _sizes(found), progress) as advance:
        verdicts = {one.path: one for one in _verdicts(recorded, found, advance)}
    verdicts |= _uneven(found, verdicts)
    return Verification(entries={**verdicts, **_doubted(recorded, found, verdicts)})


def _verdicts(
    audit: Audit, found: Iterable[LocatedVariable], advance: Advance
) -> Iterator[Verdict]:
    here = {one.path: one for one in found if not one.is_seed_state}
    fresh = [path for path in here if path not in audit]
    taken = _taken((one for path, one in here.items() if path in audit), advance)
    for path, record in audit.items():
        if path in here:
            yield _compared(record, here[path], taken[path])
        else:
            yield Verdict(path=path, status=MISSING, reason=did_you_mean(path, fresh) or "")
    for path in fresh:
        yield Verdict(path=path, status=NEW, reason="the audit does not know it")


def _taken(found: Iterable[LocatedVariable], advance: Advance) -> dict[str, Measure]:
    """The measures of variables by their paths, taken by all processes together."""
    background, measured = BackgroundMeter(advance), {}
    for one in found:
        pending = background.begin(shape_of(one.variable), dtype_of(one.variable))
        add_held(one.variable, pending)
        measured[one.path] = one.variable, pending.finished()
    return dict(zip(measured, measures_of(list(measured.values())), strict=True))


def _compared(record: Record, found: LocatedVariable, taken: Measure) -> Verdict:
    variable = found.variable
    shape, dtype = shape_of(variable), dtype_of(variable)
    if (shape, dtype) != (record.shape, record.dtype):
        recorded = {"shape": list(record.shape), "dtype": record.dtype}
        differences = _differences(record.path, recorded, {"shape": list(shape), "dtype": dtype})
        return Verdict(path=record.path, status=CHANGED, differences=differences)
    if taken == record.measure:
        return Verdict(path=record.path, status=IDENTICAL)
    return Verdict(
        path=record.path,
        status=CHANGED,
        differences=_differences(record.path, record.measure.to_dict(), taken.to_dict()),
        reason=_cause(record, found, taken),
    )


def _differences(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Difference, ...]:
    return tuple(
        Difference(path, field, value, after[field])
        for field, value in before.items()
        if value != after[field]
    )


def _cause(record: Record, found: LocatedVariable, taken: Measure) -> str:
    """What is known of the cause of a change without a look at the values."""
    if taken.digest == record.digest:
        return "the record contradicts itself: its digest is that of these values"
    if found.name in LORA_DRAWN and (taken.min, taken.max) == (0.0, 0.0):
        return "Keras fills it with zeros when it loads a model"
    source, copied = record.assignment.source, record.assignment.copied
    if copied:
        return f"no longer the {copied} that it was"
    return f"no longer what was loaded from {source.file}" if source else ""


def _doubted(
    audit: Audit, found: Iterable[LocatedVariable], verdicts: Mapping[str, Verdict]
) -> dict[str, Verdict]:
    """The verdicts on changed values, with whether they could have been another draw."""
    plan, here = audit.plan(), {one.path: one.variable for one in found}
    unexplained = [
        path
        for path, one in verdicts.items()
        if _is_unexplained(one) and not _is_spread(here[path])
    ]
    suspects = [(here[path], plan[path], partial(plan.build, path)) for path in unexplained]
    return {
        path: replace(verdicts[path], reason=_reason(one), consistent=_CONSISTENT.get(one.verdict))
        for path, one in judged_suspects(suspects).items()
    }


def _uneven(
    found: Sequence[LocatedVariable], verdicts: Mapping[str, Verdict]
) -> dict[str, Verdict]:
    """The verdicts on variables whose copies differ: values that are measured are those of one."""
    uneven = differing_copies([one.variable for one in found])
    said = {found[index].path: reason for index, reason in uneven.items()}
    return {
        path: replace(verdicts[path], status=CHANGED, reason=reason)
        for path, reason in said.items()
        if path in verdicts and verdicts[path].status in (IDENTICAL, CHANGED)
    }


def _is_spread(variable: Any) -> bool:
    """Whether a variable is too large to be brought together from several processes."""
    size = math.prod(shape_of(variable)) * numpy_dtype(dtype_of(variable)).itemsize
    return are_several() and is_sharded(variable) and size > WHOLE_BYTES


def _is_unexplained(verdict: Verdict) -> bool:
    values = {one.field for one in verdict.differences}
    return verdict.status == CHANGED and not verdict.reason and "digest" in values


_CONSISTENT = {EXACT: True, CONSISTENT: True, INCONSISTENT: False}


def _reason(one: Judgement) -> str:
    if one.verdict == INCONSISTENT:
        return one.reason
    if one.verdict == TOO_SMALL:
        return "too few to tell more"
    return f"consistent with the recorded {one.source}" if one.verdict == CONSISTENT else ""
