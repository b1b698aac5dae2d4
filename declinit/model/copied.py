"""Copying: the values of one variable as those of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from declinit.errors import ApplyError, DeclinitError, Problem, refuse_errors
from declinit.initializers.hosts import Array, Block, Shape
from declinit.model.processes import meet
from declinit.model.stepping import SteppedTensor, converted
from declinit.model.taken import TakenValues
from declinit.model.tensors import is_sharded, read, shape_of
from declinit.plans.copies import circle_text, circles, depths, refuse_misfit
from declinit.plans.plan import Assignment, Plan
from declinit.policy.copies import CopySource


class CopiedValues(TakenValues):
    """The values that another variable holds when they are asked for.

    Args:
        variable: the one that is copied.
        source: what the plan says of it.
        fallback: what the layer's config names afterwards.
    """

    def __init__(self, variable: Any, source: CopySource, fallback: Any) -> None:
        super().__init__(fallback)
        self.source = source
        self._variable = _Held(variable)
        self._tensor = SteppedTensor(self._variable, source.steps)
        self.has_pieces = self._tensor.has_pieces

    def call_seed(self) -> int:
        """Any seed: nothing is drawn."""
        return 0

    def gather(self, target: Any) -> None:
        """Bring the values here, where variables lie on several devices; all processes do it.

        Args:
            target: the variable that receives them, each process a part of it.
        """
        if is_sharded(self._variable.variable) or is_sharded(target):
            meet(f"copying {self.source.path!r}")
            self._variable.gather()

    def release(self) -> None:
        """Let go of what was gathered."""
        self._variable.values = None

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        every = tuple(slice(0, size) for size in shape)
        values = self._tensor.read(every if block is None else block)
        if self.source.scale is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                # In double precision, whose rounding is the same everywhere.
                values = values.astype(np.float64) * self.source.scale
        return converted(values, dtype)


class _Held:
    """A variable as a tensor that is read in blocks."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.shape = shape_of(variable)
        self.values: Array | None = None

    def gather(self) -> None:
        self.values = read(self.variable)

    def read(self, block: Sequence[slice]) -> Array:
        part = tuple(block)
        if self.values is not None:
            return np.asarray(self.values[part])
        is_whole = all(one == slice(0, size) for one, size in zip(part, self.shape, strict=True))
        return read(self.variable) if is_whole else read(self.variable, part)


def refuse_impossible_copies(plan: Plan) -> None:
    """Refuse a plan, edited by hand or by a program, whose copies cannot be made.

    Raises:
        ApplyError: with every such copy.
    """
    copied = {path: one.copied for path, one in plan.items() if one.copied}
    for path, source in copied.items():
        _refuse_impossible(plan, plan[path], source)
    paths = {path: source.path for path, source in copied.items()}
    refuse_errors((Problem("DI423", circle_text(one)) for one in circles(paths)), ApplyError)


def _refuse_impossible(plan: Plan, one: Assignment, source: CopySource) -> None:
    begin = f"{one.path!r} cannot be a {source}"
    if source.path not in plan:
        raise ApplyError(Problem("DI423", f"{begin}: the plan has no such variable"))
    try:
        refuse_misfit(source, plan[source.path].variable, one.variable)
    except DeclinitError as error:
        message = f"{begin}: {error.problems[0].message}"
        raise ApplyError(Problem("DI423", message)) from error


def copy_depths(assignments: Iterable[Assignment]) -> dict[str, int]:
    """When each copy may be made: after those with a smaller number. Others have none."""
    return depths({one.path: one.copied.path for one in assignments if one.copied})
