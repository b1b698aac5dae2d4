"""What two plans draw differently: for each variable its kind, its distribution, its stddev.

`comparison` tells whether any value would change, which is what a committed plan is guarded by.
Here two plans are equal if they draw from the same distributions, whatever their seeds are and
however their policies say it: that is what somebody asks who holds a model against a recipe.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from declinit.kinds.distributions import Distribution
from declinit.layers.fans import Shape
from declinit.plans.comparison import Difference
from declinit.plans.plan import Assignment, Plan
from declinit.plans.proposals import proposed_moves
from declinit.plans.renames import renames
from declinit.policy.actions import InitializerConfig, Keep
from declinit.policy.moves import Moves

SPEC, PLAN, AUDIT, MODEL = "spec", "plan", "audit", "model"
PATH, SHAPE, DTYPE, VALUES, SEED = "path", "shape", "dtype", "values", "seed"
GENERATOR, FANS = "generator", "fans"

# Two ways to the same scale may round differently.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared.

    Attributes:
        name: what to call it.
        kind: `SPEC`, `PLAN`, `AUDIT`, or `MODEL` for what a model's layers carry.
        plan: what it comes to.
        seedless: why its seeds say nothing; empty if they do.
        moves: the moves of the policy, as far as it is known.
        complete: whether Keras may be asked for the defaults of parameters that are left out.
    """

    name: str
    kind: str
    plan: Plan
    seedless: str = ""
    moves: Moves
    complete: bool = False

    def normal(self, given: InitializerConfig) -> InitializerConfig:
        """An initializer without its seed, and with its defaults where they are known."""
        params = dict(given.params)
        kind = self.plan.registry.find(given.name) if self.complete else None
        if kind is not None:
            absent = kind.null_means_absent
            whole = kind.complete(self.plan.generator, params)
            params = {
                k: value for k, value in whole.items() if value is not None or k not in absent
            }
        return InitializerConfig(given.name, {k: v for k, v in params.items() if k != SEED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A variable that differs.

    Attributes:
        before: what it has on the first side; None if it is not there.
        after: what it has on the second side; None if it is not there.
        fields: what differs: `PATH`, `SHAPE`, `DTYPE`, `VALUES`, `SEED`.
        rule: label of the rule that decides it, on the second side unless that is a model.
    """

    before: Assignment | None
    after: Assignment | None
    fields: tuple[str, ...]
    rule: str | None

    @property
    def path(self) -> str:
        """Its path, on the first side if it is there."""
        one = self.before or self.after
        return one.path if one else ""

    @property
    def shape(self) -> Shape:
        """Its shape, on the first side if it is there."""
        one = self.before or self.after
        return one.shape if one else ()

    @property
    def status(self) -> str:
        """`new`, `gone`, `renamed` or `changed`."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "renamed" if PATH in self.fields else "changed"

    @property
    def stddev_ratio(self) -> float | None:
        """The second standard deviation over the first, where both have one that is not 0."""
        before, after = (one.expected if one else None for one in (self.before, self.after))
        if before is None or after is None or not before.stddev or not after.stddev:
            return None
        ratio = after.stddev / before.stddev
        return ratio if math.isfinite(ratio) else None

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON-serializable data."""
        return {
            "path": self.path,
            "status": self.status,
            "rule": self.rule,
            "fields": list(self.fields),
            "before": _side_of_change(self.before),
            "after": _side_of_change(self.after),
            "stddev_ratio": self.stddev_ratio,
        }


def _side_of_change(one: Assignment | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "path": one.path,
        "shape": list(one.shape),
        "dtype": one.dtype,
        "layer": one.layer,
        **one.action.get_config(),
        "seed": one.seed,
        "expected": one.expected.to_dict() if one.expected else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What two sides draw differently.

    Attributes:
        before: the first side.
        after: the second side.
        settings: what differs for all variables; of `fans` only the effects count.
        changes: the variables that differ, in the order of the first side, new ones last.
        unchanged: how many do not.
        reworded: how many are the same by another kind of initializer.
        reseeded: how many have another seed; None if seeds cannot be compared.
        moves: the `moved` list under which renamed layers keep their seeds.
    """

    before: Side
    after: Side
    settings: tuple[Difference, ...]
    changes: tuple[Change, ...]
    unchanged: int
    reworded: int
    reseeded: int | None
    moves: Moves

    @classmethod
    def of(cls, before: Side, after: Side, *, seeds: bool = False) -> Diff:
        """Compare two sides.

        Args:
            before: the first side.
            after: the second side.
            seeds: whether a seed is a difference like any other.
        """
        comparison = _Comparison(before, after)
        every = list(comparison.changes())
        comparable = not (before.seedless or after.seedless)
        changes = tuple(
            change for change in every if set(change.fields) - ({SEED} if not seeds else set())
        )
        pairs = [one for one in every if one.before and one.after]
        return cls(
            before=before,
            after=after,
            settings=tuple(comparison.settings()),
            changes=changes,
            unchanged=len(every) - len(changes),
            reworded=sum(comparison.is_reworded(one) for one in pairs),
            reseeded=sum(SEED in one.fields for one in pairs) if comparable else None,
            moves=comparison.moves() if comparable else Moves(),
        )

    @property
    def differs(self) -> bool:
        """Whether anything that counts differs."""
        return bool(self.changes) or any(one.field != FANS for one in self.settings)

    def to_dict(self) -> dict[str, Any]:
        """The diff as JSON-serializable data."""
        sides = {"before": self.before, "after": self.after}
        return {
            "declinit_diff": 1,
            **{key: _side_dict(side) for key, side in sides.items()},
            "differs": self.differs,
            "settings": [
                {"field": one.field, "before": one.before, "after": one.after}
                for one in self.settings
            ],
            "variables": [change.to_dict() for change in self.changes],
            "unchanged": self.unchanged,
            "reworded": self.reworded,
            "reseeded": self.reseeded,
            "moved": self.moves.get_config(),
        }


def _side_dict(side: Side) -> dict[str, Any]:
    seed = None if side.seedless else side.plan.seed
    return {"name": side.name, "kind": side.kind, "seed": seed}


class _Comparison:
    """Two sides, and which variables of theirs are the same."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before, self.after = before, after
        self._renamed: Mapping[str, str] = renames(before.plan, after.plan)
        self._with_model = MODEL in (before.kind, after.kind)
        self._comparable = not (before.seedless or after.seedless)

    def settings(self) -> Iterator[Difference]:
        """Settings that differ; what a model's layers carry knows of none."""
        for field in () if self._with_model else (GENERATOR, FANS):
            one, other = getattr(self.before.plan, field), getattr(self.after.plan, field)
            if one != other:
                yield Difference(None, field, one, other)

    def moves(self) -> Moves:
        """The `moved` list that is proposed for the second side."""
        return proposed_moves(self.before.plan, self.after.plan, self.after.moves)

    def changes(self) -> Iterator[Change]:
        """Every variable of either side, also those in which nothing differs."""
        old, new = self.before.plan, self.after.plan
        for path, one in old.items():
            now = self._renamed.get(path, path)
            yield self._change(one, new.entries.get(now))
        arrived = set(self._renamed.values())
        for path, one in new.items():
            if path not in old and path not in arrived:
                yield self._change(None, one)

    def _change(self, one: Assignment | None, other: Assignment | None) -> Change:
        deciding = (one or other) if self.after.kind == MODEL else (other or one)
        return Change(
            before=one,
            after=other,
            fields=tuple(self._fields(one, other)) if one and other else (PATH,),
            rule=deciding.rule.label if deciding and deciding.rule else None,
        )

    def _fields(self, one: Assignment, other: Assignment) -> Iterator[str]:
        if one.path != other.path:
            yield PATH
        if one.shape != other.shape:
            yield SHAPE
        if one.dtype != other.dtype:
            yield DTYPE
        if not self._draws_the_same(one, other):
            yield VALUES
        if self._comparable and one.seed != other.seed:
            yield SEED

    def _draws_the_same(self, one: Assignment, other: Assignment) -> bool:
        """Whether a variable has the same distribution on both sides.

        What a policy keeps has what the model's layer gives it.
        """
        kept, also_kept = (isinstance(each.action, Keep) for each in (one, other))
        if kept or also_kept:
            left = kept and self.after.kind == MODEL, also_kept and self.before.kind == MODEL
            return (kept and also_kept) or any(left)
        # Of another shape the same initializer has another scale, which is no second difference.
        if one.expected and other.expected and one.shape == other.shape:
            return _close(one.expected, other.expected)
        return bool(_normal(self.before, one) == _normal(self.after, other))

    def is_reworded(self, change: Change) -> bool:
        """Whether two kinds of initializers come to the same distribution."""
        if VALUES in change.fields or change.before is None or change.after is None:
            return False
        one, other = change.before.initializer, change.after.initializer
        return one is not None and other is not None and one.name != other.name


def _normal(side: Side, one: Assignment) -> Any:
    """What is done to a variable, without seeds, so that equal ones compare."""
    # What a file and its checkpoint are called changes no value.
    source = replace(one.source, checkpoint="", file="") if one.source else None
    fill = one.action.fill
    if fill is None or not one.action.draws:
        return source or one.copied
    parts = {part.at: side.normal(part.initializer) for part in fill.parts}
    return source, side.normal(fill.initializer), parts


def _close(one: Distribution, other: Distribution) -> bool:
    """Whether two distributions are one, but for how their numbers were rounded."""
    scale = max(abs(one.stddev), abs(other.stddev)) * _ROUNDING
    numbers = ("mean", "stddev", "low", "high", "bounds", "zeros")
    return one.family == other.family and all(
        math.isclose(getattr(one, name), getattr(other, name), rel_tol=_ROUNDING, abs_tol=scale)
        for name in numbers
    )
