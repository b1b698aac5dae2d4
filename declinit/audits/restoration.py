"""Restoring: which weights that an audit was to make again came out otherwise, and why."""

from __future__ import annotations

from collections.abc import Mapping

from declinit.audits.audit import Audit, Record
from declinit.errors import Problem
from declinit.kinds.registry import KERAS
from declinit.kinds.rows import BUILTIN
from declinit.policy.actions import Keep
from declinit.wording import counted, listed


def departures(recorded: Audit, made: Audit) -> tuple[Problem, ...]:
    """What applying an audit did not make again: a warning for each likely reason.

    Args:
        recorded: the audit that was applied.
        made: the audit of what came of it, for the same variables.
    """
    by_reason: dict[tuple[str, str | None], list[str]] = {}
    for path, record in recorded.items():
        if record.measure != made[path].measure:
            by_reason.setdefault(_reason(record, recorded, made), []).append(path)
    return tuple(
        Problem(
            "DI413",
            f"{counted(len(paths), 'variable')} received other values than the audit records "
            f"({listed(paths)}): {reason}",
            hint=hint,
            severity="warning",
        )
        for (reason, hint), paths in by_reason.items()
    )


def _reason(record: Record, recorded: Audit, made: Audit) -> tuple[str, str | None]:
    """Why a variable probably has other values, and what helps."""
    initializer = record.assignment.initializer
    if record.origin == Keep.origin:
        return "what was kept, an audit cannot make again", "load it from where it came from"
    versions = _versions_text(recorded.versions, made.versions)
    copied = record.assignment.copied
    if copied:
        return f"what was copied has other values ({copied.path})", None
    if initializer is not None and BUILTIN.find(initializer.name) is None:
        reason = f"initializer {initializer.name!r} goes by more than its parameters"
        return "; ".join(filter(None, (reason, versions))), None
    if recorded.generator == KERAS and record.assignment.seed is not None:
        reason = f"generator {KERAS!r} draws from the backend"
        hint = "`generator: portable` draws the same values everywhere"
        return "; ".join(filter(None, (reason, versions))), hint
    return versions or "the audit is not what was written", None


def _versions_text(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What differs in versions; empty if nothing does."""
    then, here = _others(before, now), _others(now, before)
    if not then and not here:
        return ""
    return f"the audit was made {_with(then)}, this run {_with(here)}"


def _others(versions: Mapping[str, str], beside: Mapping[str, str]) -> list[str]:
    return [f"{name} {one}" for name, one in versions.items() if beside.get(name) != one]


def _with(versions: list[str]) -> str:
    return f"with {', '.join(versions)}" if versions else "without"
