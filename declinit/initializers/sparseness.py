"""The initializer that leaves a share of each unit's inputs out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit import random
from declinit.initializers.hosts import Array, Block, Shape
from declinit.initializers.portable import Portable, serializable
from declinit.kinds.filling import zeros_of_column

__all__ = [
    "Sparse",
    "sparse",
]

# So many elements are looked through at a time.
AT_A_TIME = 1 << 20


@serializable
class Sparse(Portable, keras.initializers.RandomNormal):
    """Normal, but exactly 0 for a share of each unit's inputs, chosen at random for each unit.

    Of a kernel `(in, out)` that are `ceil(sparsity * in)` elements of each column. Torch's
    `sparse_` does this to the columns of its kernels `(out, in)`, which leaves out outputs of each
    input; here it is what the paper has, as many inputs for every unit. Keras has no class like it.
    A model that holds this class loads only where declinit is imported.

    Args:
        sparsity: share of each column that is 0, from 0 to 1.
        stddev: of the other elements.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: [Martens, 2010](https://icml.cc/Conferences/2010/papers/458.pdf)

    Example:
        >>> values = initializers.Sparse(sparsity=0.75, seed=3)((8, 2))
        >>> [int(one) for one in keras.ops.sum(values == 0.0, axis=0)]
        [6, 6]
    """

    has_pieces = False

    def __init__(self, sparsity: float, stddev: float = 0.01, seed: Any = None) -> None:
        super().__init__(stddev=stddev, seed=seed)
        if not 0 <= sparsity <= 1:
            raise ValueError(f"`sparsity` must be from 0 to 1. Received: {sparsity=}")
        self.sparsity = sparsity

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        if len(shape) != 2:
            raise ValueError(f"`Sparse` fills matrices. Received: {shape=}")
        normal = random.Normal(0.0, float(self.stddev))
        made = random.draw(normal, seed, shape, dtype=dtype, block=block, out=out)
        rows, columns = random.axes_of(shape, block)
        if made.size:
            for at, left_out in self._left_out(seed, shape[0], columns.start, columns.stop):
                part = left_out[:, rows.start : rows.stop].T
                made[:, at - columns.start : at - columns.start + part.shape[1]][part] = 0
        return made

    def _left_out(
        self, seed: int, rows: int, start: int, stop: int
    ) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
        """From which column on, and for each of some columns whether each row is left out."""
        key, count = random.philox_key(seed, "sparse/order"), zeros_of_column(rows, self.sparsity)
        step = max(1, AT_A_TIME // rows)
        for first in range(start, stop, step):
            width = min(step, stop - first)
            numbers = random.raw_numbers(key, first * rows, width * rows).reshape(width, rows)
            yield first, least_of_each(numbers, count)

    def get_config(self) -> dict[str, Any]:
        """The share, and what Keras has of the seed."""
        config = super().get_config()
        return {"sparsity": self.sparsity, "stddev": self.stddev, "seed": config["seed"]}


def least_of_each(numbers: npt.NDArray[Any], count: int) -> npt.NDArray[np.bool_]:
    """Where the `count` least numbers of each row are; of equal ones the first count.

    Args:
        numbers: in two axes.
        count: at most as many as a row has.
    """
    if not count:
        return np.zeros(numbers.shape, np.bool_)
    # Finding the last of the least is ten times faster than putting all in order.
    last = np.partition(numbers, count - 1, axis=1)[:, count - 1 : count]
    chosen: npt.NDArray[np.bool_] = numbers <= last
    for row in np.flatnonzero(np.count_nonzero(chosen, axis=1) > count):
        chosen[row] = False
        chosen[row, np.argsort(numbers[row], kind="stable")[:count]] = True
    return chosen


# The names in snake case.
sparse = Sparse
