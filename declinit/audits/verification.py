"""How a model compares with an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.plans.comparison import Difference
from declinit.plans.provenance import ByPath
from declinit.policy.saving import Recorded

IDENTICAL, CHANGED, MISSING, NEW = "identical", "changed", "missing", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one variable compares with its record.

    Attributes:
        status: `identical` to the bit, `changed`, `missing` from the model, or `new` in it.
        differences: of a changed variable, the recorded facts that differ, as JSON has them.
        reason: what is known of the cause, in words.
        consistent: for changed values whose distribution is known, whether they could have been
            drawn from it; None where that cannot be told.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> kernel, bias = model.get_layer("head").get_weights()
        >>> model.get_layer("head").set_weights([kernel, bias + 1.0])
        >>> verdict = declinit.verify(audit, model)["head/bias"]
        >>> verdict.status, verdict.consistent
        ('changed', False)
    """

    path: str
    status: str
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    consistent: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-serializable data.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> declinit.verify(audit, model)["head/bias"].to_dict()["status"]
            'identical'
        """
        return {
            "path": self.path,
            "status": self.status,
            "differences": [one.to_dict() for one in self.differences],
            "reason": self.reason,
            "consistent": self.consistent,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verification(Recorded, ByPath[Verdict]):
    """A read-only mapping from path to verdict; true if every variable is identical.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> found = declinit.verify(audit, model)
        >>> found, bool(found)
        (<Verification: 4 identical>, True)
    """

    entries: Mapping[str, Verdict] = field(default_factory=dict)

    # A dataclass would hash its fields, and mappings of entries have no hash.
    __hash__ = ByPath.__hash__

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts().items() if count)
        return f"<Verification: {counts or 'nothing to compare'}>"

    def __bool__(self) -> bool:
        return all(verdict.status == IDENTICAL for verdict in self.values())

    def counts(self) -> dict[str, int]:
        """The number of variables by status.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> declinit.verify(audit, model).counts()
            {'identical': 4, 'changed': 0, 'missing': 0, 'new': 0}
        """
        found = Counter(verdict.status for verdict in self.values())
        return {status: found[status] for status in (IDENTICAL, CHANGED, MISSING, NEW)}

    def to_dict(self) -> dict[str, Any]:
        """The verification as JSON-serializable data.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> declinit.verify(audit, model).to_dict()["counts"]
            {'identical': 4, 'changed': 0, 'missing': 0, 'new': 0}
        """
        verdicts = [verdict.to_dict() for verdict in self.values()]
        return {"declinit_verification": 2, "counts": self.counts(), "variables": verdicts}
