"""Which shapes the structured kinds can fill, and how arrays lie along the axes of a variable.

What is said here is said twice: by a plan, before anything is touched, and by the initializer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shape = tuple[int, ...]

DEEPEST = 5


def dirac_misfit(shape: Shape, groups: int) -> str | None:
    """Why no identity of a grouped convolution has a shape `(..., in / groups, out)`."""
    if shape[-1] % groups:
        return f"its {shape[-1]} output channels are not {groups} groups of equal size"
    return None


def delta_orthogonal_misfit(shape: Shape) -> str | None:
    """Why no orthogonal map of channels fits into a kernel `(..., in, out)`."""
    inputs, outputs = shape[-2:]
    if inputs > outputs:
        return f"it needs at least as many output as input channels, not {outputs} for {inputs}"
    return None


def zeros_of_column(rows: int, sparsity: float) -> int:
    """How many of the inputs of each unit a sparse initializer leaves out."""
    # Without the last factor 0.1 of 30 would be four, since both are inexact by a little.
    exact = sparsity * rows * (1 - 2.0**-40)
    return min(rows, -int(-exact // 1))


def shape_of_numbers(value: Any) -> Shape:
    """The shape of a number, or of nested lists of numbers.

    Raises:
        ValueError: if lists that lie side by side differ in shape, or lie too deep.
    """
    if not isinstance(value, (list, tuple)):
        return ()
    inner: Any = value
    for _ in range(DEEPEST):
        inner = inner[0] if isinstance(inner, (list, tuple)) and inner else None
    if isinstance(inner, (list, tuple)):
        raise ValueError(f"lists lie in each other, more than {DEEPEST} deep")
    shapes = {shape_of_numbers(item) for item in value}
    if len(shapes) > 1:
        raise ValueError("lists that lie side by side must have equal shapes")
    return (len(value), *(shapes.pop() if shapes else ()))


def axes_of_array(rank: int, axes: Sequence[int] | None) -> tuple[int, ...]:
    """The axes of a variable that those of an array lie along: the last ones unless given."""
    return tuple(range(-rank, 0)) if axes is None else tuple(axes)


def array_misfit(shape: Shape, array: Shape, axes: Sequence[int] | None) -> str | None:
    """Why an array cannot be broadcast over a shape along these axes."""
    along, rank = axes_of_array(len(array), axes), len(shape)
    outside = [axis for axis in along if not -rank <= axis < rank]
    if outside and axes is None:
        return f"its value has rank {len(array)}"
    if outside:
        return f"it has no axis {outside[0]}"
    if len({axis % rank for axis in along}) < len(along):
        return f"axes {list(along)} name one twice"
    for size, axis in zip(array, along, strict=True):
        if size not in (1, shape[axis]):
            return f"its value has {size} elements along axis {axis}"
    return None
