"""Regions: which elements of a variable a part of it holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from declinit.layers.fans import Shape

Block = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """The elements of a variable whose index along each axis is one of a stretch.

    Attributes:
        stretches: per axis the indices, rising; two regions are equal if they hold the same.
    """

    stretches: tuple[range, ...]

    @classmethod
    def of(cls, bounds: Iterable[Sequence[int]]) -> Region:
        """The region of a first index, the one behind the last and perhaps a step for each axis."""
        return cls(tuple(_stretch(*one) for one in bounds))

    def to_value(self) -> list[list[int]]:
        """The inverse of `of`; without the step where it is 1."""
        return [
            [one.start, one.stop] + ([one.step] if one.step > 1 else []) for one in self.stretches
        ]

    @property
    def shape(self) -> Shape:
        """Its size along each axis."""
        return tuple(map(len, self.stretches))

    @property
    def block(self) -> Block:
        """The region as one slice an axis."""
        return tuple(map(_slice, self.stretches))

    def text(self, shape: Shape) -> str:
        """The region as NumPy would index it, one text however a policy wrote it.

        The text does not mention axes that the region takes whole, so that the rest of a variable
        may grow without the region being called otherwise.

        Args:
            shape: of the variable.
        """
        texts = [_text(one, size) for one, size in zip(self.stretches, shape, strict=True)]
        while texts and texts[-1] == ":":
            texts.pop()
        return ", ".join(texts) or "..."

    def fits(self, shape: Shape) -> bool:
        """Whether it lies in a variable of this shape."""
        pairs = zip(self.stretches, shape, strict=False)
        return len(self.stretches) == len(shape) and all(
            one.start >= 0 and one.stop <= size for one, size in pairs
        )

    def overlaps(self, other: Region) -> bool:
        """Whether two regions of one variable have an element in common."""
        pairs = zip(self.stretches, other.stretches, strict=True)
        return all(_meet(one, two) for one, two in pairs)

    def covers(self, other: Region) -> bool:
        """Whether every element of another region of the variable is in this one."""
        pairs = zip(self.stretches, other.stretches, strict=True)
        return all(_within(inner, outer) for outer, inner in pairs)

    def inside(self, block: Block) -> tuple[Block, Block] | None:
        """What of the region lies in a block of the variable.

        Args:
            block: one slice of step 1 an axis, with both its ends.

        Returns:
            The block of the region, and where it lies in the block of the variable; None where
            the two have nothing in common.
        """
        own, there = [], []
        for one, part in zip(self.stretches, block, strict=True):
            first = max(0, -((one.start - part.start) // one.step))
            last = min(len(one), -((one.start - part.stop) // one.step))
            if first >= last:
                return None
            own.append(slice(first, last))
            start = one.start + first * one.step - part.start
            there.append(slice(start, start + (last - first - 1) * one.step + 1, one.step))
        return tuple(own), tuple(there)


def _stretch(start: int, stop: int, step: int = 1) -> range:
    """The indices, written one way: a stop right behind the last, no step for a single one."""
    indices = range(start, stop, step)
    if not indices:
        return range(start, start)
    return range(start, indices[-1] + 1, step if len(indices) > 1 else 1)


def _slice(stretch: range) -> slice:
    return slice(stretch.start, stretch.stop, stretch.step)


def _text(stretch: range, size: int) -> str:
    if stretch == range(size):
        return ":"
    if len(stretch) == 1:
        return str(stretch.start)
    step = f":{stretch.step}" if stretch.step > 1 else ""
    return f"{stretch.start}:{stretch.stop}{step}"


def _meet(one: range, other: range) -> bool:
    """Whether two arithmetic progressions have a number in common: the Chinese remainders."""
    divisor = math.gcd(one.step, other.step)
    ahead, rest = divmod(other.start - one.start, divisor)
    if rest or not one or not other:
        return False
    modulus = other.step // divisor
    steps = ahead * pow(one.step // divisor, -1, modulus) % modulus if modulus > 1 else 0
    common = one.start + steps * one.step
    period = one.step * modulus
    first = max(one.start, other.start)
    common += -((common - first) // period) * period if common < first else 0
    return common < min(one.stop, other.stop)


def _within(inner: range, outer: range) -> bool:
    if not inner:
        return True
    aligned = len(inner) == 1 or inner.step % outer.step == 0
    return aligned and inner[0] in outer and inner[-1] in outer
