"""Steps: what is done to values on their way into a variable: take, transpose, reshape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from declinit.documents import Node
from declinit.errors import DeclinitError, Problem
from declinit.layers.fans import Shape
from declinit.layers.regions import Region
from declinit.policy.slicing import Slicing, malformed_slicing
from declinit.wording import shape_text


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done to a tensor before it becomes a variable's value, in this order.

    Attributes:
        take: a slicing of the tensor; every axis stays.
        transpose: for each axis of the result the axis that it was.
        reshape: the sizes of the result; one of them may be -1.
    """

    take: str | None = None
    transpose: tuple[int, ...] | None = None
    reshape: tuple[int, ...] | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Steps:
        """The steps that an action names; other keys are passed over."""
        take, transpose, reshape = map(config.get, ("take", "transpose", "reshape"))
        return cls(
            take=None if take is None else str(take),
            transpose=None if transpose is None else tuple(transpose),
            reshape=None if reshape is None else tuple(reshape),
        )

    def get_config(self) -> dict[str, Any]:
        """The inverse of `from_config`."""
        config: dict[str, Any] = {} if self.take is None else {"take": self.take}
        axes = {"transpose": self.transpose, "reshape": self.reshape}
        return config | {key: list(value) for key, value in axes.items() if value is not None}

    def region(self, shape: Shape) -> Region:
        """The elements that are taken of a tensor of this shape.

        Raises:
            DeclinitError: if some lie outside of it, or there are none.
        """
        if self.take is None:
            return Region(tuple(map(range, shape)))
        try:
            return Slicing.parse(self.take).region(shape)
        except DeclinitError as error:
            problem = error.problems[0]
            message = f"`take: {self.take}`: {problem.message}"
            raise DeclinitError(replace(problem, message=message)) from error

    def order(self, rank: int) -> tuple[int, ...]:
        """The axes of the tensor in the order of the result.

        Raises:
            DeclinitError: if `transpose` is of another rank.
        """
        if self.transpose is None:
            return tuple(range(rank))
        if len(self.transpose) != rank:
            message = f"`transpose` names {len(self.transpose)} axes of a tensor of rank {rank}"
            raise DeclinitError(Problem("DI344", message))
        return self.transpose

    def moved(self, shape: Shape) -> Shape:
        """The shape behind `take` and `transpose`.

        Raises:
            DeclinitError: if they do not fit the tensor.
        """
        taken = self.region(shape).shape
        return tuple(taken[axis] for axis in self.order(len(taken)))

    def result(self, shape: Shape) -> Shape:
        """The shape of what comes of a tensor of this shape.

        Raises:
            DeclinitError: if the steps do not fit it.
        """
        moved = self.moved(shape)
        if self.reshape is None:
            return moved
        size = math.prod(moved)
        rest = math.prod(one for one in self.reshape if one >= 0)
        known = tuple(size // rest if one < 0 and rest else one for one in self.reshape)
        if min(known, default=0) < 0 or math.prod(known) != size:
            message = f"`reshape` cannot make {list(self.reshape)} of shape {shape_text(moved)}"
            raise DeclinitError(Problem("DI344", message))
        return known


def step_faults(node: Node) -> Iterator[Problem]:
    """The faults of an action's steps that no schema can express."""
    yield from malformed_slicing(node.child("take"))
    yield from _axes_faults(node.child("transpose"), node.child("reshape"))


def _axes_faults(transpose: Node | None, reshape: Node | None) -> Iterator[Problem]:
    axes = _whole_numbers(transpose)
    if transpose and axes is not None and sorted(axes) != list(range(len(axes))):
        message = f"`transpose` names each axis once, from 0 on, received {axes}"
        yield Problem("DI352", message, where=transpose.place)
    sizes = _whole_numbers(reshape)
    if reshape and sizes is not None and sizes.count(-1) > 1:
        message = f"`reshape` leaves one size open at most, received {sizes}"
        yield Problem("DI352", message, where=reshape.place)


def _whole_numbers(node: Node | None) -> Sequence[int] | None:
    """The numbers of a list; None where the schema has refused it."""
    value = node.value if node else None
    return value if isinstance(value, list) and all(type(one) is int for one in value) else None
