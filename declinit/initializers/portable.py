"""What all portable initializers share: seeds, dtypes, layouts, and the way to a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit.random import Distribution, draw
from declinit.seeds import derive_seed

Block = tuple[slice, ...]
FLOATS = ("bfloat16", "float16", "float32", "float64")


class Portable:
    """Mixin before a class of `keras.initializers`: its arguments, the portable generator's values.

    Values are a function of the seed and of an element's index alone: the same bits on every
    backend, in one piece or in shards. An integer seed, or None, repeats its values on every call;
    a `keras.random.SeedGenerator` moves on with each call, as Keras documents it.
    """

    seed: Any
    # Whether a block of consecutive elements costs no more than its share of the whole.
    has_pieces = True

    def law(self, shape: tuple[int, ...]) -> Distribution:
        """The law of one element of a variable of this shape."""
        raise NotImplementedError

    def values(
        self,
        shape: Sequence[int],
        dtype: str,
        block: Block | None = None,
        *,
        seed: int | None = None,
        out: npt.NDArray[Any] | None = None,
    ) -> npt.NDArray[Any]:
        """Values on the host, of a whole variable or of one block of it.

        Args:
            shape: of the whole variable.
            dtype: a float dtype by its Keras name.
            block: one slice an axis; only these elements are made.
            seed: used in place of the initializer's own.
            out: where to write them, of the block's shape and of this dtype.

        Returns:
            A NumPy array of the block's shape, `out` if it was given.
        """
        shape = tuple(int(size) for size in shape)
        seed = self.call_seed() if seed is None else seed
        return draw(self.law(shape), seed, shape, dtype=dtype, block=block, out=out)

    def call_seed(self) -> int:
        """The seed of one call: an integer as it is, a SeedGenerator's next one."""
        if isinstance(self.seed, keras.random.SeedGenerator):
            seed, counter = keras.ops.convert_to_numpy(self.seed.next()).tolist()
            return derive_seed(seed, f"call/{counter}")
        return int(self.seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None, layout: Any = None) -> Any:
        """The values of a variable.

        Args:
            shape: its shape.
            dtype: its dtype, a floating one; the default is `keras.backend.floatx()`.
            layout: a `keras.distribution.TensorLayout` or the backend's own: each device's shard
                is made alone.

        Returns:
            A tensor of the backend.

        Raises:
            ValueError: for a dtype that is not floating.
        """
        from declinit.initializers.sharding import to_tensor

        return to_tensor(self, tuple(int(size) for size in shape), float_dtype(self, dtype), layout)


def float_dtype(initializer: Portable, dtype: Any) -> str:
    """The name of a dtype that the generator can fill.

    Raises:
        ValueError: for one that it cannot.
    """
    name: str = keras.backend.standardize_dtype(dtype or keras.config.floatx())
    if name not in FLOATS:
        raise ValueError(
            f"`{type(initializer).__name__}` requires a floating point `dtype`. "
            f"Received: dtype={dtype}"
        )
    if name == "float64" and keras.backend.backend() == "jax":
        import jax

        return str(jax.dtypes.canonicalize_dtype(np.float64))
    return name
