"""Copying: what a rule says of it, and the variable that it comes to for another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.checks.places import Places, character_place
from declinit.documents import Node
from declinit.errors import Problem
from declinit.globs import Glob, GlobError, Template
from declinit.policy.steps import Steps, step_faults
from declinit.wording import number_text


@dataclass(frozen=True, slots=True)
class CopyConfig:
    """A copy as a rule writes it.

    Attributes:
        path: of the variable that is copied; `{l}` stands for what the rule's pattern captured.
        steps: what is done to its values.
        scale: what they are then multiplied by, a number or a formula.
        places: where its texts are written, of which the scale may be a formula.
    """

    path: str
    steps: Steps = field(default_factory=Steps)
    scale: float | str | None = None
    places: Places = field(default=(), compare=False, repr=False)

    @classmethod
    def from_config(cls, config: str | Mapping[str, Any]) -> CopyConfig:
        """What a checked `copy_of:` says."""
        if isinstance(config, str):
            return cls(config)
        return cls(config["path"], Steps.from_config(config), config.get("scale"))

    def get_config(self) -> str | dict[str, Any]:
        """The inverse of `from_config`, in the shortest spelling."""
        config = _config(self.path, self.steps, self.scale)
        return config if len(config) > 1 else self.path

    def __str__(self) -> str:
        return _words(self.path, self.steps, "" if self.scale is None else str(self.scale))


@dataclass(frozen=True, slots=True)
class CopySource:
    """The variable that another one receives the values of.

    Attributes:
        path: its address.
        steps: what is done to its values.
        scale: what they are then multiplied by; None leaves them as they are.
    """

    path: str
    steps: Steps = field(default_factory=Steps)
    scale: float | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> CopySource:
        """What the `copy_of` of an entry of a plan, or of an audit, says."""
        return cls(config["path"], Steps.from_config(config), config.get("scale"))

    def get_config(self) -> dict[str, Any]:
        """The inverse of `from_config`."""
        return _config(self.path, self.steps, self.scale)

    def __str__(self) -> str:
        return _words(self.path, self.steps, "" if self.scale is None else number_text(self.scale))


def _config(path: str, steps: Steps, scale: float | str | None) -> dict[str, Any]:
    scaled = {} if scale is None else {"scale": scale}
    return {"path": path, **steps.get_config(), **scaled}


def _words(path: str, steps: Steps, scale: str) -> str:
    done = "".join(f", {key} {value}" for key, value in steps.get_config().items())
    return f"copy of {path}{done}{f', times {scale}' if scale else ''}"


def scale_formula(copy: Any) -> str | None:
    """The formula of a `copy_of:` as it is written, if it has one."""
    scale = copy.get("scale") if isinstance(copy, Mapping) else None
    return scale if isinstance(scale, str) and scale else None


def copy_faults(rule: Node) -> Iterator[Problem]:
    """The faults of a rule's `copy_of` that no schema can express."""
    copy = rule.child("copy_of")
    if copy is None or not isinstance(copy.value, Mapping):
        return
    yield from step_faults(copy)
    formula = scale_formula(copy.value)
    if formula:
        from declinit.checks.formulas import malformed_formulas

        yield from malformed_formulas({("scale",): formula}, copy)


def target_faults(rule: Node, patterns: Iterable[Glob]) -> Iterator[Problem]:
    """The fault of the path of a checked rule's `copy_of`: malformed, or naming what is not captured.

    Args:
        rule: an entry of `rules:`.
        patterns: those of its `match`, of groups too.
    """
    copy = rule.child("copy_of")
    path = copy and (copy.child("path") or copy)
    if not path:
        return
    for pattern in patterns:
        try:
            Template.parse(str(path.value), pattern.captures)
        except GlobError as error:
            yield error.problem.at(character_place(path, error.column))
            return
