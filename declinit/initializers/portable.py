"""What all portable initializers share: seeds, dtypes, layouts, and the way to a tensor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np

from declinit.initializers.hosts import FLOATS, Array, Block, HostValues, Shape
from declinit.initializers.sharding import to_tensor
from declinit.random import LogUniform, Normal, TruncatedNormal, Uniform, draw
from declinit.seeds import derive_seed

Drawable: TypeAlias = Normal | TruncatedNormal | Uniform | LogUniform

serializable = keras.saving.register_keras_serializable("declinit")


class Portable(HostValues):
    """Mixin before a class of `keras.initializers`: its arguments, the portable generator's values.

    Values are a function of the seed and of an element's index alone: the same bits on every
    backend, in one piece or in shards. An integer seed, or None, repeats its values on every call;
    a `keras.random.SeedGenerator` moves on with each call, as Keras documents it.

    Example:
        >>> isinstance(initializers.HeNormal(seed=3), initializers.Portable)
        True
    """

    seed: Any

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
        return to_tensor(self, tuple(int(size) for size in shape), float_dtype(self, dtype), layout)


class Drawn(Portable):
    """Mixin of the initializers whose elements are independent draws from one distribution."""

    @abstractmethod
    def distribution_for(self, shape: Shape) -> Drawable:
        """The distribution of one element of a variable of this shape."""

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        return draw(self.distribution_for(shape), seed, shape, dtype=dtype, block=block, out=out)


class Unseeded(Portable):
    """Mixin of the initializers of ours that draw nothing."""

    def call_seed(self) -> int:
        """Any seed."""
        return 0


def require_kernel(initializer: Any, shape: Shape, misfit: Callable[[Shape], str | None]) -> None:
    """Refuse what is no kernel of a convolution, or one that cannot be filled.

    Raises:
        ValueError: if the rank is not 3 to 5, or there is a misfit.
    """
    name = type(initializer).__name__
    if not 3 <= len(shape) <= 5:
        raise ValueError(f"`{name}` fills kernels of rank 3 to 5. Received: {shape=}")
    if reason := misfit(shape):
        raise ValueError(f"`{name}` cannot fill this shape: {reason}. Received: {shape=}")


def float_dtype(initializer: Any, dtype: Any) -> str:
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
