"""An audit in a few numbers and short texts, as trackers of experiments take them."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from declinit.policy.actions import CopyOf, Fill, Keep, Load

if TYPE_CHECKING:
    from declinit.audits.audit import Audit

Scalar = str | int

LONGEST = 200
"""Characters of a text: MLflow takes 250 of a key, and some hundred more of a value."""


def summary_of(audit: Audit, prefix: str) -> dict[str, Scalar]:
    """What an audit says of the whole model, under keys that begin alike."""
    return {f"{prefix}{key}": value for key, value in _entries(audit).items()}


def _entries(audit: Audit) -> Mapping[str, Scalar]:
    origins = Counter(record.origin for record in audit.values())
    policy = PurePath(audit.sources[-1][0]).name if audit.sources else ""
    return {
        "policy": policy[-LONGEST:],
        "spec_digest": audit.spec_digest,
        "seed": audit.seed,
        "generator": audit.generator,
        "fans": audit.fans,
        "variables": len(audit),
        "elements": sum(math.prod(record.shape) for record in audit.values()),
        **{one.origin: origins[one.origin] for one in (Load, Fill, CopyOf, Keep)},
        "notes": len(audit.notes),
        "weights_digest": _weights_digest(audit),
        **{f"{name}_version": text[:LONGEST] for name, text in audit.versions.items()},
    }


def _weights_digest(audit: Audit) -> str:
    """One digest of all weights, whatever their order in the model."""
    found = hashlib.sha256()
    for path, record in sorted(audit.items()):
        found.update(f"{path}\0{record.digest}\n".encode())
    return found.hexdigest()
