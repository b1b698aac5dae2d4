"""How a model compares with an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Mapping[str, Verdict]):
    """A read-only mapping from path to verdict; true if every variable is identical."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def __getitem__(self, path: str) -> Verdict:
        return self.verdicts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

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
