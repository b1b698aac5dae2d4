"""What formulas came to: kept beside the numbers, so that a plan says where these come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.wording import number_text


@dataclass(frozen=True, slots=True)
class Computation:
    """A number that a rule gives as a formula.

    Attributes:
        parameter: of the initializer, such as `stddev` or `value[2]`.
        formula: its text.
        value: what it came to.
        names: what the names in it stand for.
    """

    parameter: str
    formula: str
    value: float
    names: Mapping[str, float] = field(default_factory=dict, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """The computation as JSON-serializable data."""
        return {
            "parameter": self.parameter,
            "formula": self.formula,
            "value": self.value,
            "names": dict(self.names),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Computation:
        """The inverse of `to_dict`."""
        return cls(data["parameter"], data["formula"], data["value"], data["names"])

    def __str__(self) -> str:
        names = ", ".join(f"{name} is {number_text(one)}" for name, one in self.names.items())
        where = f", where {names}" if names else ""
        return f"{self.parameter} = {self.formula} = {number_text(self.value)}{where}"
