"""Comparing two plans: what a change of code, policy or versions would do to each variable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declinit.plans.parts import part_seed
from declinit.plans.proposals import proposed_moves
from declinit.plans.renames import renames
from declinit.policy.actions import CopyOf, InitializerConfig, Keep, Load
from declinit.policy.moves import Moves
from declinit.policy.saving import Recorded

if TYPE_CHECKING:  # a plan compares itself
    from declinit.plans.plan import Assignment, Plan

PATH, SEED, INITIALIZER, PARTS, LOAD = "path", "seed", "initializer", "parts", "load"
COPY_OF = "copy_of"

SETTINGS = ("seed", "generator", "fans")

# Where a rule stands in its file, which rules it beat, and how its numbers are computed changes no
# weight; `keep` says the same as no initializer.
_PROVENANCE = frozenset({"path", "aliases", "rule", "beaten", "keep", "formulas"})

# A field that only repeats the change of another is not a second difference.
_FOLLOWS: Mapping[str, frozenset[str]] = {
    "fan_in": frozenset({"shape"}),
    "fan_out": frozenset({"shape"}),
    "keras_fans": frozenset({"shape", "initializer"}),
    "stddev_over_keras": frozenset({"shape", "initializer", "fan_in", "fan_out"}),
    "expected": frozenset({"shape", "initializer", "parts", "fan_in", "fan_out"}),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs.

    Attributes:
        path: of the variable, in the older plan if it is there; None for a setting of the plan.
        field: what differs; `path` for a variable that was renamed, is gone, or is new.
        before: its value in the older plan, as JSON has it; None for the path of a new variable,
            and for the initializer of one that is kept.
        after: its value in the newer plan; None for the path of a variable that is gone, and for
            the initializer of one that is kept.
        rule: label of the rule that decides the variable now, or did if it is gone.
    """

    path: str | None
    field: str
    before: Any
    after: Any
    rule: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON-serializable data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Recorded):
    """How a model's plan differs from one that was committed.

    Attributes:
        file: the committed plan.
        variables: how many variables the model has now.
        differences: what differs; empty if nothing does.
        moves: the `moved` list under which renamed layers keep their seeds; empty if they do.
    """

    file: str
    variables: int
    differences: tuple[Difference, ...]
    moves: Moves

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        return bool(self.differences)

    @property
    def renames(self) -> dict[str, str]:
        """New paths of renamed variables, by their old paths."""
        return {
            one.before: one.after
            for one in self.differences
            if one.field == PATH and one.before is not None and one.after is not None
        }

    @property
    def is_renaming(self) -> bool:
        """Whether variables have other paths, and no weight another value."""
        return len(self.renames) == len(self.differences) > 0

    def to_dict(self) -> dict[str, Any]:
        """The drift as JSON-serializable data."""
        return {
            "declinit_drift": 2,
            "plan": self.file,
            "differences": [one.to_dict() for one in self.differences],
            "renames": self.renames,
            "moved": self.moves.get_config(),
        }


def drift_of(file: str, old: Plan, new: Plan, moves: Moves) -> Drift:
    """How a plan has drifted from one that was committed.

    Args:
        file: what to call the committed plan.
        old: the committed plan.
        new: the plan that a spec and a model come to now.
        moves: those of the spec.
    """
    return Drift(
        file=file,
        variables=len(new),
        differences=compare(old, new),
        moves=proposed_moves(old, new, moves),
    )


def compare(old: Plan, new: Plan) -> tuple[Difference, ...]:
    """What differs between two plans.

    A renamed layer (the same variables, shapes, dtypes and layer class under another prefix) is
    told as renamed, and its variables are compared under their new paths. A field that only
    repeats another, such as the distribution of another initializer, is left out.

    Args:
        old: the plan to compare with.
        new: the plan that a spec and a model come to now.

    Returns:
        Differences of settings first, then those of variables in the order of the older plan,
        then new variables.
    """
    renamed = renames(old, new)
    arrived = set(renamed.values())
    return (
        *_settings(old, new),
        *(found for path in old for found in _of_variable(old[path], new, renamed)),
        *(
            Difference(path, PATH, None, path, _rule(new[path]))
            for path in new
            if path not in old and path not in arrived
        ),
    )


def _settings(old: Plan, new: Plan) -> Iterator[Difference]:
    for field in SETTINGS:
        before, after = getattr(old, field), getattr(new, field)
        if not same(before, after):
            yield Difference(None, field, before, after)


def _of_variable(old: Assignment, new: Plan, renamed: Mapping[str, str]) -> Iterator[Difference]:
    now = renamed.get(old.path, old.path)
    if now not in new:
        yield Difference(old.path, PATH, old.path, None, _rule(old))
        return
    rule = _rule(new[now])
    if now != old.path:
        yield Difference(old.path, PATH, old.path, now, rule)
    before, after = _fields(old), _fields(new[now])
    if old.copied:  # what it copies may have been renamed itself
        path = renamed.get(old.copied.path, old.copied.path)
        before[COPY_OF] = {**before[COPY_OF], PATH: path}
    changed = [field for field in before | after if not same(before.get(field), after.get(field))]
    for field in changed:
        if not _FOLLOWS.get(field, frozenset()).intersection(changed):
            yield Difference(old.path, field, before.get(field), after.get(field), rule)


def same(one: Any, other: Any) -> bool:
    """Whether two values of documents are one; `true` is not 1 there, nor is -0.0 the same as 0.0.

    Args:
        one: as JSON has it.
        other: likewise.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, float) and isinstance(other, float) and not one and not other:
        return math.copysign(1.0, one) == math.copysign(1.0, other)
    return bool(one == other)


def _rule(one: Assignment) -> str | None:
    return one.rule.label if one.rule else None


def _fields(one: Assignment) -> dict[str, Any]:
    """What decides a variable's values; the seed stands alone, not inside the initializer too."""
    data = {key: value for key, value in one.to_dict().items() if key not in _PROVENANCE}
    if one.source:  # a file is told by its content, wherever a machine keeps it
        data[LOAD] = {key: value for key, value in data[LOAD].items() if key != "file"}
    parts = {PARTS: list(_parts(one))} if PARTS in data else {}
    return {**data, **parts, INITIALIZER: _action_value(one)}


def _parts(one: Assignment) -> Iterator[dict[str, Any]]:
    """Where parts lie and what fills them: whether a policy names gates or slices changes nothing."""
    fill = one.action.fill
    for part in fill.parts if fill else ():
        follows = None if one.seed is None else part_seed(one.seed, part.at, one.shape)
        initializer = _seedless(part.initializer, follows)
        yield {"at": part.at.to_value(), INITIALIZER: initializer.to_value()}


def _action_value(one: Assignment) -> Any:
    """The initializer; None where the variable is kept, and what any other action says of itself."""
    if isinstance(one.action, Keep):
        return None
    given = one.initializer
    if isinstance(one.action, (Load, CopyOf)) and given is None:  # which their own keys tell
        return None
    return str(one.action) if given is None else _seedless(given, one.seed).to_value()


def _seedless(initializer: InitializerConfig, seed: int | None) -> InitializerConfig:
    if seed is None or initializer.params.get(SEED) != seed:
        return initializer
    params = {key: value for key, value in initializer.params.items() if key != SEED}
    return InitializerConfig(initializer.name, params)
