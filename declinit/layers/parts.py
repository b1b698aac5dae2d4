"""Named regions of one variable, such as the gates of a recurrent kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from declinit.layers.fans import Shape
from declinit.layers.regions import Region


class Part(NamedTuple):
    """A named stretch of one axis of a variable."""

    name: str
    axis: int
    start: int
    stop: int

    def block(self, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """The region as one slice per axis of a variable of this shape."""
        whole = [slice(0, size) for size in shape]
        whole[self.axis] = slice(self.start, self.stop)
        return tuple(whole)

    def region(self, shape: Shape) -> Region:
        """The elements of a variable of this shape."""
        return Region.of((one.start, one.stop) for one in self.block(shape))


class FilledPart(NamedTuple):
    """A part that Keras itself fills, whatever the variable's initializer says.

    Attributes:
        part: name of the part.
        initializer: identifier of what Keras fills it with, such as `"ones"`.
    """

    part: str
    initializer: str


@dataclass(frozen=True, slots=True)
class NamedParts:
    """Names of the equal parts that follow each other along one axis."""

    names: tuple[str, ...]
    axis: int = -1

    def of(self, shape: tuple[int, ...]) -> tuple[Part, ...]:
        """The parts of a variable of this shape; none where the axis has no equal parts.

        A user's subclass may give a variable any shape under the name that its base uses.
        """
        if not -len(shape) <= self.axis < len(shape):
            return ()
        axis = self.axis % len(shape)
        size, rest = divmod(shape[axis], len(self.names))
        if rest:
            return ()
        return tuple(
            Part(name, axis, index * size, (index + 1) * size)
            for index, name in enumerate(self.names)
        )
