"""What a formula can refer to: typed values that compare by what they name."""

from __future__ import annotations

from dataclasses import dataclass

FANS = ("fan_in", "fan_out", "fan_avg")


@dataclass(frozen=True, slots=True)
class Name:
    """A bare identifier: a constant, a captured number, or a fan of the variable itself."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class LayerFan:
    """`layer.fan_in`: a fan of the kernel of the layer that owns the variable."""

    fan: str

    def __str__(self) -> str:
        return f"layer.{self.fan}"


@dataclass(frozen=True, slots=True)
class Count:
    """`count(l)`: how many values a capture takes among the variables of the rule."""

    capture: str

    def __str__(self) -> str:
        return f"count({self.capture})"


@dataclass(frozen=True, slots=True)
class Index:
    """`index(l)`: the rank of a captured value among all that the capture takes, from 0."""

    capture: str

    def __str__(self) -> str:
        return f"index({self.capture})"


@dataclass(frozen=True, slots=True)
class Dim:
    """`dim(-1)`: the length of one axis of the variable."""

    axis: int

    def __str__(self) -> str:
        return f"dim({self.axis})"


@dataclass(frozen=True, slots=True)
class Size:
    """`size("token_embedding/embeddings", -1)`: the length of one axis of another variable.

    Attributes:
        of: the path of the variable, or the name of a group without its `$`.
        axis: counted from 0, or from -1 backwards.
        group: whether `of` names a group.
    """

    of: str
    axis: int
    group: bool = False

    def __str__(self) -> str:
        quote = "'" if '"' in self.of else '"'
        named = f"${self.of}" if self.group else f"{quote}{self.of}{quote}"
        return f"size({named}, {self.axis})"


Reference = Name | LayerFan | Count | Index | Dim | Size
