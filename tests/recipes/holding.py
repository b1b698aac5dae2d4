"""A recipe held against its source: every variable of a model, under two sets of names."""

from __future__ import annotations

import fnmatch
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from scipy import stats

import declinit
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import resolve


@dataclass(frozen=True)
class Drawn:
    """What a source draws one element from."""

    family: str
    mean: float
    stddev: float
    low: float = -math.inf
    high: float = math.inf

    def check(self, assignment) -> None:
        expected = assignment.expected
        found = (expected.mean, expected.stddev, expected.low, expected.high)
        assert expected.family == self.family
        assert found == pytest.approx((self.mean, self.stddev, self.low, self.high), rel=1e-9)


def normal(stddev: float, mean: float = 0.0) -> Drawn:
    return Drawn("normal", mean, stddev)


def uniform(limit: float) -> Drawn:
    return Drawn("uniform", 0.0, limit / math.sqrt(3), -limit, limit)


def constant(value: float) -> Drawn:
    return Drawn("constant", value, 0.0, value, value)


def cut(stddev: float, bounds: float) -> Drawn:
    """A normal of this standard deviation, then cut at `bounds` of them."""
    own = stddev * stats.truncnorm(-bounds, bounds).std()
    return Drawn("truncated_normal", 0.0, own, -bounds * stddev, bounds * stddev)


def corrected(stddev: float) -> Drawn:
    """A normal cut at 2 that has this standard deviation after the cut, as JAX has it."""
    return cut(stddev / stats.truncnorm(-2, 2).std(), 2)


ZEROS, ONES = constant(0.0), constant(1.0)


@dataclass(frozen=True)
class Orthogonal:
    """An orthogonal matrix times a gain."""

    gain: float

    def check(self, assignment) -> None:
        assert assignment.initializer.name == "orthogonal"
        assert assignment.initializer.params.get("gain", 1.0) == pytest.approx(self.gain, rel=1e-12)


class Kept:
    """Values that stay as they are."""

    def check(self, assignment) -> None:
        assert assignment.initializer is None


KEPT = Kept()
Held = Drawn | Orthogonal | Kept
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A recipe, a model, and what the source gives each of its variables.

    Attributes:
        recipe: its name.
        model: makes the model.
        expected: by patterns of paths, of which the first that fits counts; a function is called
            with the shapes of the variable and of the kernel beside it.
        names: regular expressions and what the other model calls the same; `{}` is the number
            they capture, plus one.
        groups: what a user states of the other names.
        extra: what tells it from another case of the recipe.
    """

    recipe: str
    model: Callable[[], Any]
    expected: Mapping[str, Held | Callable[[Shape, Shape | None], Held]]
    names: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    extra: str = ""

    @property
    def id(self) -> str:
        return f"{self.recipe}-{self.extra}" if self.extra else self.recipe

    def renamed(self, path: str) -> str:
        for pattern, template in self.names.items():
            path = re.sub(
                pattern,
                lambda found, template=template: template.format(
                    *(int(number) + 1 for number in found.groups())
                ),
                path,
            )
        return path


@functools.cache
def inventory_of(model: Callable[[], Any]) -> tuple[VariableInfo, ...]:
    """The variables of a model that values can be given to."""
    return tuple(info for info in declinit.survey(model()) if not info.seed_state)


def hold(case: Case) -> None:
    """Plan the recipe as it is for a model by its own names."""
    inventory = inventory_of(case.model)
    _check(case, declinit.load(f"recipe:{case.recipe}"), {info.path: info for info in inventory})


def hold_by_other_names(case: Case, write) -> None:
    """Plan a spec that extends the recipe for the model by other names, numbered from 1."""
    inventory = inventory_of(case.model)
    others = {info.path: replace(info, path=case.renamed(info.path)) for info in inventory}
    assert any(path != info.path for path, info in others.items())
    asked = declinit.load(f"recipe:{case.recipe}").groups
    groups = {name: patterns for name, patterns in case.groups.items() if name in asked}
    own = {"declinit": 1, "extends": f"recipe:{case.recipe}", "groups": groups}
    write("own.yaml", own)
    nameless = {path: replace(info, aliases=(), shared_paths=()) for path, info in others.items()}
    _check(case, declinit.load("own.yaml"), nameless)


def _kernel_beside(name: str, inventory: Mapping[str, VariableInfo]) -> Shape | None:
    """The shape of the kernel of the same layer."""
    kernel = inventory.get(f"{name.rpartition('/')[0]}/kernel")
    return kernel and kernel.shape


def _check(case: Case, spec: declinit.Spec, inventory: Mapping[str, VariableInfo]) -> None:
    """Hold a plan for some variables, by the names that the case's own patterns are for."""
    plan = resolve(spec, tuple(inventory.values()))
    assert [problem.headline for problem in plan.problems] == []
    used = set()
    for name, info in inventory.items():
        pattern = next((one for one in case.expected if fnmatch.fnmatchcase(name, one)), None)
        assert pattern is not None, f"nothing is expected of {name}"
        used.add(pattern)
        held = case.expected[pattern]
        held = held(info.shape, _kernel_beside(name, inventory)) if callable(held) else held
        try:
            held.check(plan[info.path])
        except AssertionError as error:
            raise AssertionError(f"{name}: {plan[info.path].expected}, not {held}") from error
    assert set(case.expected) - used == set()
