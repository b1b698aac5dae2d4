"""What has to be the same of plans, audits and verdicts where several processes do one thing.

Hosts may keep one file in different folders, so a policy counts by its text, and weights by the
name that the policy has for them and by their content; no folder counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from declinit.audits.audit import Audit
from declinit.audits.verification import Verification
from declinit.model.processes import short_digest
from declinit.model.recording import versions
from declinit.plans.plan import Plan


def words_of_plan(plan: Plan) -> str:
    """What has to be the same where several processes carry out one plan."""
    spec = "" if _loads(plan) else f"spec {plan.provenance.spec_digest[:16]}, "
    shown = ", ".join(f"{name} {version}" for name, version in versions().items())
    return f"{spec}root seed {plan.provenance.seed}, plan {_digest(plan)}, {shown}"


def words_of_audit(audit: Audit) -> str:
    """What has to be the same where several processes did one thing, or verify it."""
    return f"audit {_digest(audit)}"


def words_of_verdicts(verification: Verification) -> str:
    """What a process found; all find the same unless copies of a variable differ."""
    found = verification.to_dict()
    # Reasons name files.
    verdicts = [{**one, "reason": bool(one["reason"])} for one in found["variables"]]
    return f"{verification!r}, verdicts {_digest_of(verdicts)}"


def _digest(made: Plan | Audit) -> str:
    data = made.to_dict()
    if _loads(made):
        del data["spec_digest"]  # of a text that may hold paths of weights
    return _digest_of(_without_folders(data))


def _digest_of(data: Any) -> str:
    return short_digest(json.dumps(data, sort_keys=True))


def _loads(made: Plan | Audit) -> bool:
    entries: Iterable[Any] = made.values()
    return any((one if isinstance(made, Plan) else one.assignment).source for one in entries)


def _without_folders(data: Any) -> Any:
    """Data of a plan or an audit, whose files are told by their content."""
    if isinstance(data, list):
        return [_without_folders(one) for one in data]
    if not isinstance(data, dict):
        return data
    if "sha256" in data:
        return {key: value for key, value in data.items() if key not in ("file", "name")}
    kept = {key: _without_folders(value) for key, value in data.items()}
    if isinstance(kept.get("where"), str):
        kept["where"] = PurePath(kept["where"]).name
    return kept
