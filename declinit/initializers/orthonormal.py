"""The portable orthogonal initializers: a walk of rotations in place of a QR factorization."""

from __future__ import annotations

import keras

from declinit import random
from declinit.initializers.hosts import Array, Block, Shape
from declinit.initializers.portable import Portable, require_kernel, serializable
from declinit.kinds.filling import delta_orthogonal_misfit
from declinit.seeds import derive_seed

__all__ = [
    "DeltaOrthogonal",
    "GatedOrthogonal",
    "Orthogonal",
    "OrthogonalInitializer",
    "delta_orthogonal",
    "orthogonal",
]


@serializable
class Orthogonal(Portable, keras.initializers.Orthogonal):
    """A random orthogonal matrix times a gain.

    Shapes of rank above 2 are filled as `(prod(shape[:-1]), shape[-1])`. Unlike Keras' own, it
    works in half types.

    Args:
        gain: factor of the matrix.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: [Saxe et al., 2014](https://openreview.net/forum?id=_wzZwKpTDF_9C)

    Example:
        >>> q = initializers.Orthogonal(seed=3)((4, 4))
        >>> abs(round(float(keras.ops.sum(q[0] * q[1])), 3))
        0.0
    """

    has_pieces = False

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        _require_matrix(shape)
        return random.orthogonal(seed, shape, gain=float(self.gain), dtype=dtype, block=block)


@serializable
class GatedOrthogonal(Portable, keras.initializers.Orthogonal):
    """An orthogonal block for each gate of a fused recurrent kernel `(units, gates * units)`.

    Keras has no class like it, and `Orthogonal` makes one matrix for all gates: of a wide kernel
    its rows are orthonormal, and no gate's block is orthogonal. A model that holds this class
    loads only where declinit is imported.

    Args:
        gain: factor of each block.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Example:
        >>> kernel = initializers.GatedOrthogonal(seed=3)((2, 8))  # of an LSTM with two units
        >>> abs(round(float(keras.ops.sum(kernel[0, :2] * kernel[1, :2])), 3))
        0.0
    """

    has_pieces = False

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        _require_matrix(shape)
        units = shape[-2]
        if 0 in shape:
            return random.orthogonal(seed, shape, dtype=dtype, block=block)
        if shape[-1] % units:
            raise ValueError(
                f"`GatedOrthogonal` needs a shape (..., units, gates * units). Received: {shape=}"
            )
        *leading, last = random.axes_of(shape, block)
        rows = [slice(axis.start, axis.stop) for axis in leading]
        lengths = [axis.length for axis in (*leading, last)]
        made = random.aligned_empty(lengths, random.format_of(dtype)) if out is None else out
        for gate in range(last.start // units, -(-last.stop // units)):
            start, stop = max(last.start, gate * units), min(last.stop, (gate + 1) * units)
            made[..., start - last.start : stop - last.start] = random.orthogonal(
                derive_seed(seed, f"gate/{gate}"),
                (*shape[:-1], units),
                gain=float(self.gain),
                dtype=dtype,
                block=(*rows, slice(start - gate * units, stop - gate * units)),
            )
        return made


@serializable
class DeltaOrthogonal(Portable, keras.initializers.Orthogonal):
    """An orthogonal map of channels at the center of a convolution's window, zeros around it.

    Of a kernel `(..., in, out)` with no more inputs than outputs, the convolution keeps norms. Keras
    has no class like it. A model that holds this class loads only where declinit is imported.

    Args:
        gain: factor of the matrix.
        seed: an integer, None or a `keras.random.SeedGenerator`.

    Reference: [Xiao et al., 2018](https://arxiv.org/abs/1806.05393)

    Example:
        >>> kernel = initializers.DeltaOrthogonal(seed=3)((3, 3, 2, 2))
        >>> float(keras.ops.sum(keras.ops.abs(kernel[0])))
        0.0
    """

    has_pieces = False

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        require_kernel(self, shape, delta_orthogonal_misfit)
        axes = random.axes_of(shape, block)
        made = random.aligned_empty([axis.length for axis in axes], random.format_of(dtype))
        made[...] = 0
        window, channels = axes[:-2], axes[-2:]
        center = [(axis.size - 1) // 2 for axis in window]
        if all(axis.start <= at < axis.stop for at, axis in zip(center, window, strict=True)):
            within = tuple(at - axis.start for at, axis in zip(center, window, strict=True))
            part = tuple(slice(axis.start, axis.stop) for axis in channels)
            gain = float(self.gain)
            made[within] = random.orthogonal(seed, shape[-2:], gain=gain, dtype=dtype, block=part)
        return made


def _require_matrix(shape: Shape) -> None:
    """Refuse a shape with the words that Keras has for it."""
    if len(shape) < 2:
        raise ValueError(
            "The tensor to initialize must be at least two-dimensional. Received: "
            f"{shape=} of rank {len(shape)}."
        )


# The names in snake case, and another one that Keras exports.
delta_orthogonal = DeltaOrthogonal
OrthogonalInitializer = Orthogonal
orthogonal = Orthogonal
