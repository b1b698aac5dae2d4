"""The initializers without random numbers that Keras lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from declinit.initializers.hosts import Array, Block, Shape
from declinit.initializers.portable import Unseeded, require_kernel, serializable
from declinit.kinds.filling import array_misfit, axes_of_array, dirac_misfit, shape_of_numbers
from declinit.random import aligned_empty, axes_of, format_of, rounded

__all__ = [
    "ConstantArray",
    "Dirac",
    "dirac",
]


@serializable
class ConstantArray(Unseeded, keras.initializers.Initializer):
    """An array, repeated along the axes of a variable that it has not.

    Keras' `Constant` is one number. A model that holds this class loads only where declinit is
    imported. In float64 the numbers are what they are; float32 rounds them once, and half types
    round that.

    Args:
        value: a number, or nested lists of numbers.
        axes: of the variable, those that the axes of the array lie along, in this order; the last
            ones if None, as NumPy broadcasts. An axis of size 1 fits any.

    Example:
        >>> values = initializers.ConstantArray([1.0, 2.0])((3, 2))
        >>> [float(one) for one in values[2]]
        [1.0, 2.0]
    """

    def __init__(self, value: Any = 0.0, axes: Sequence[int] | None = None) -> None:
        self.value = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        self.axes = None if axes is None else list(axes)
        self._shape = shape_of_numbers(self.value)
        if self.axes is not None and len(self.axes) != len(self._shape):
            raise ValueError(
                f"`axes` must name one axis for each of `value`, which has {len(self._shape)}. "
                f"Received: {axes=}"
            )

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        if reason := array_misfit(shape, self._shape, self.axes):
            raise ValueError(
                f"`ConstantArray` cannot fill this shape: {reason}. Received: {shape=}"
            )
        whole = np.broadcast_to(self._in_place(dtype, len(shape)), shape)
        values = whole if block is None else whole[block]
        made = aligned_empty(values.shape, format_of(dtype)) if out is None else out
        made[...] = values
        return made

    def _in_place(self, dtype: str, rank: int) -> Array:
        """The array with as many axes as the variable, its own where they belong."""
        exact = np.array(self.value, np.float64).reshape(self._shape)
        with np.errstate(over="ignore"):
            array = (
                exact if dtype == "float64" else rounded(exact.astype(np.float32), format_of(dtype))
            )
        along = [axis % rank for axis in axes_of_array(array.ndim, self.axes)]
        sizes = [1] * rank
        for axis, size in zip(along, array.shape, strict=True):
            sizes[axis] = size
        return array.transpose(np.argsort(along)).reshape(sizes)

    def get_config(self) -> dict[str, Any]:
        """The array as nested lists, and the axes."""
        return {"value": self.value, "axes": self.axes}


@serializable
class Dirac(Unseeded, keras.initializers.Initializer):
    """A convolution that passes each channel on as it is, as `torch.nn.init.dirac_` does.

    Of a kernel `(..., in / groups, out)`, the center of the window is the identity, for each group
    of outputs anew; outputs beyond the number of inputs are zero. Keras has no class like it. A
    model that holds this class loads only where declinit is imported.

    Args:
        groups: of the convolution.

    Reference: [Zagoruyko & Komodakis, 2017](https://arxiv.org/abs/1706.00388)

    Example:
        >>> kernel = initializers.Dirac()((3, 3, 2, 2))
        >>> [[float(one) for one in row] for row in kernel[1, 1]]
        [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, groups: int = 1) -> None:
        if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
            raise ValueError(f"`groups` must be a positive integer. Received: {groups=}")
        self.groups = groups

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        require_kernel(self, shape, lambda kernel: dirac_misfit(kernel, self.groups))
        axes = axes_of(shape, block)
        lengths = [axis.length for axis in axes]
        made = aligned_empty(lengths, format_of(dtype)) if out is None else out
        made[...] = 0
        places = [at - axis.start for at, axis in zip(self._ones(shape), axes, strict=True)]
        inside = np.ones(places[-1].shape, np.bool_)
        for place, length in zip(places, lengths, strict=True):
            inside &= (place >= 0) & (place < length)
        made[tuple(place[inside] for place in places)] = 1
        return made

    def _ones(self, shape: Shape) -> list[Any]:
        """Where the elements are 1: the index along each axis, one array each."""
        inputs, per_group = shape[-2], shape[-1] // self.groups
        channel = np.tile(np.arange(min(inputs, per_group)), self.groups)
        group = np.repeat(np.arange(self.groups), min(inputs, per_group))
        center = [np.full(channel.shape, size // 2) for size in shape[:-2]]
        return [*center, channel, group * per_group + channel]

    def get_config(self) -> dict[str, Any]:
        """The number of groups."""
        return {"groups": self.groups}


# The names in snake case.
dirac = Dirac
