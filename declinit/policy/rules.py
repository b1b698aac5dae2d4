"""Rules: which variables, and what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.errors import Place
from declinit.globs import Glob
from declinit.policy.actions import Action

POLICIES = ("unmatched", "unused", "shadowed", "overlap")
LEFTOVER = "leftover"  # written only where it is not the default: digests of specs include it


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many variables a rule must match."""

    low: int
    high: int | None

    @classmethod
    def from_value(cls, value: int | Mapping[str, int]) -> Expectation:
        """A count, or bounds."""
        if isinstance(value, int):
            return cls(value, value)
        return cls(value.get("min", 0), value.get("max"))

    def to_value(self) -> int | dict[str, int]:
        """The inverse of `from_value`."""
        if self.low == self.high:
            return self.low
        return {"min": self.low} | ({} if self.high is None else {"max": self.high})

    def holds(self, count: int) -> bool:
        """Whether a rule may match so many."""
        return count >= self.low and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low} variable{'' if self.low == 1 else 's'}"
        if self.low == self.high:
            return f"{self.low} variable{'' if self.low == 1 else 's'}"
        return f"{self.low} to {self.high} variables"


@dataclass(frozen=True, slots=True)
class Written:
    """The patterns of a rule as its spec writes them, with groups by their names."""

    match: tuple[str, ...]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which variables, and what happens to them.

    Attributes:
        match: patterns, those of groups in place of their names; none if all groups are empty.
        action: what happens to the variables.
        index: its place in the spec, counted from 0.
        id: its name.
        exclude: patterns of variables that the rule does not match after all.
        written: the patterns as the spec writes them.
        layer: class names that the variable's layer, or one around it, must have.
        expect: how many variables the rule must match.
        optional: whether it may match nothing.
        seed: another root seed.
        note: why.
        allow: codes of warnings that the rule does not give.
        inherited: whether the rule came through `extends`.
        where: its place, if it was read from a file.

    Example:
        >>> rule = declinit.load("policy.yaml").rules[0]
        >>> rule.label, str(rule.action), str(rule.where)
        ('kernels', 'he_normal', 'policy.yaml:4:5')
    """

    match: tuple[Glob, ...]
    action: Action
    index: int
    id: str | None = None
    exclude: tuple[Glob, ...] = ()
    written: Written
    layer: tuple[str, ...] = ()
    expect: Expectation | None = None
    optional: bool = False
    seed: int | None = None
    note: str | None = None
    allow: tuple[str, ...] = ()
    inherited: bool = False
    where: Place | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """What to call the rule: its id, or its number."""
        return self.id or f"rules[{self.index}]"

    def get_config(self) -> dict[str, Any]:
        """The rule as an entry of a spec's `rules:`.

        Example:
            >>> declinit.load("policy.yaml").rules[0].get_config()
            {'id': 'kernels', 'match': '**/kernel', 'initializer': 'he_normal'}
        """
        config: dict[str, Any] = {"id": self.id} if self.id else {}
        config["match"] = unlisted(list(self.written.match))
        if self.written.exclude:
            config["exclude"] = unlisted(list(self.written.exclude))
        if self.layer:
            config["layer"] = unlisted(list(self.layer))
        config |= self.action.get_config()
        if self.expect:
            config["expect"] = self.expect.to_value()
        plain = {"optional": self.optional, "inherited": self.inherited}
        config |= {key: value for key, value in plain.items() if value}
        if self.allow:
            config["allow"] = list(self.allow)
        given = {"seed": self.seed, "note": self.note}
        return config | {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """What to do about rules and variables that do not find each other."""

    unmatched: str = "error"
    unused: str = "error"
    shadowed: str = "warn"
    overlap: str = "allow"
    leftover: str = "allow"

    def get_config(self) -> dict[str, str]:
        """The settings, as a spec writes them."""
        names = [*POLICIES, *([LEFTOVER] if self.leftover != "allow" else [])]
        return {name: getattr(self, name) for name in names}


def unlisted(items: list[str]) -> str | list[str]:
    """One item as itself, several as a list, as a spec writes them."""
    return items[0] if len(items) == 1 else items
