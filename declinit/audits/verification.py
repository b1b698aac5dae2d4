"""How a model compares with an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.plans.provenance import ByPath

IDENTICAL, CHANGED, MISSING, NEW = "identical", "changed", "missing", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one variable compares with its record.

    Attributes:
        status: `identical` to the bit, `changed`, `missing` from the model, or `new` in it.
        detail: what differs.
        consistent: for changed values whose law is known, whether they could have been drawn from
            it; None where that cannot be told.
    """

    path: str
    status: str
    detail: str = ""
    consistent: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-serializable data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verification(ByPath[Verdict]):
    """A read-only mapping from path to verdict; true if every variable is identical."""

    entries: Mapping[str, Verdict] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts().items() if count)
        return f"<Verification: {counts or 'nothing to compare'}>"

    def __bool__(self) -> bool:
        return all(verdict.status == IDENTICAL for verdict in self.values())

    def counts(self) -> dict[str, int]:
        """The number of variables by status."""
        found = Counter(verdict.status for verdict in self.values())
        return {status: found[status] for status in (IDENTICAL, CHANGED, MISSING, NEW)}

    def to_dict(self) -> dict[str, Any]:
        """The verification as JSON-serializable data."""
        verdicts = [verdict.to_dict() for verdict in self.values()]
        return {"declinit_verification": 1, "counts": self.counts(), "variables": verdicts}
