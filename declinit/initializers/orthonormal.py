"""The portable orthogonal initializer: a walk of rotations in place of a QR factorization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from declinit.initializers.portable import Block, Portable
from declinit.initializers.random import serializable
from declinit.random import orthogonal
from declinit.seeds import derive_seed

GATES = "gates"


@serializable
class Orthogonal(Portable, keras.initializers.Orthogonal):
    """A random orthogonal matrix times a gain.

    Shapes of rank above 2 are filled as `(prod(shape[:-1]), shape[-1])`. Unlike Keras' own, it
    works in half types.

    Args:
        gain: factor of the matrix.
        seed: an integer, None or a `keras.random.SeedGenerator`.
        split: `"gates"` makes an orthogonal block for each gate of a fused recurrent kernel
            `(units, gates * units)`, in place of one matrix for all; None does not.

    Reference: [Saxe et al., 2014](https://openreview.net/forum?id=_wzZwKpTDF_9C)
    """

    has_pieces = False

    def __init__(self, gain: float = 1.0, seed: Any = None, split: str | None = None) -> None:
        if split not in (None, GATES):
            raise ValueError(f"Argument `split` must be None or 'gates'. Received: split={split}")
        self.split = split
        super().__init__(gain=gain, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, and `split` where it is given."""
        config: dict[str, Any] = super().get_config()
        return config | ({"split": self.split} if self.split else {})

    def values(
        self,
        shape: Sequence[int],
        dtype: str,
        block: Block | None = None,
        *,
        seed: int | None = None,
        out: npt.NDArray[Any] | None = None,
    ) -> npt.NDArray[Any]:
        """Values on the host; see `Portable.values`.

        Raises:
            ValueError: for a rank below 2, or a shape that cannot be split into square gates.
        """
        shape = tuple(int(size) for size in shape)
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. Received: "
                f"shape={shape} of rank {len(shape)}."
            )
        seed = self.call_seed() if seed is None else seed
        if self.split == GATES and 0 not in shape:
            made = self._gates(seed, shape, dtype)[block if block else ...]
        else:
            made = orthogonal(seed, shape, gain=float(self.gain), dtype=dtype, block=block)
        if out is None:
            return made
        out[...] = made
        return out

    def _gates(self, seed: int, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
        units = shape[-2]
        if shape[-1] % units:
            raise ValueError(
                "`split='gates'` needs a shape (..., units, gates * units). "
                f"Received: shape={shape}"
            )
        gates = range(shape[-1] // units)
        part = (*shape[:-1], units)
        gain = float(self.gain)
        blocks = [
            orthogonal(derive_seed(seed, f"gate/{gate}"), part, gain=gain, dtype=dtype)
            for gate in gates
        ]
        return np.concatenate(blocks, axis=-1)
