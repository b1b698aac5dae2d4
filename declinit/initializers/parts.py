"""An initializer whose parts of a variable have initializers of their own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from declinit.initializers.hosts import (
    FLOATS,
    Array,
    Block,
    Composite,
    Filled,
    HostValues,
    Shape,
    on_host,
)
from declinit.initializers.portable import float_dtype, serializable
from declinit.initializers.sharding import to_tensor
from declinit.layers.regions import Region
from declinit.random import axes_of

# What Keras' configs call the class.
PARTS = "declinit>Parts"

Part = tuple[Sequence[Sequence[int]], Any]


@serializable
class Parts(Composite, keras.initializers.Initializer):
    """Fills a variable with one initializer, and then parts of it with others.

    What is outside of the parts has the values that it would have without them. Keras has no class
    like it. A model that holds this class loads only where declinit is imported.

    Args:
        initializer: of the whole variable, or its serialized config.
        parts: pairs of a box and an initializer. A box has for each axis the first index, the one
            behind the last, and a step if it is not 1. Boxes must not overlap. The initializer is
            called with the box's own shape, which has all axes of the variable.
    """

    def __init__(self, initializer: Any, parts: Sequence[Part]) -> None:
        self.initializer = keras.initializers.get(initializer)
        self.parts = [(Region.of(box), keras.initializers.get(part)) for box, part in parts]
        for (one, _), (two, _) in itertools.combinations(self.parts, 2):
            if len(one.stretches) == len(two.stretches) and one.overlaps(two):
                raise ValueError(
                    "The boxes of `parts` must not overlap. "
                    f"Received: {one.to_value()} and {two.to_value()}"
                )

    def host_values(self, dtype: str) -> HostValues | None:
        """The values of one call on the host; None where one of the initializers has none there."""
        whole = _host_values(self.initializer, dtype)
        parts = [(region, _host_values(part, dtype)) for region, part in self.parts]
        made = [(region, part) for region, part in parts if part is not None]
        if whole is None or len(made) < len(parts):
            return None
        return _PartsOnHost(whole, made)

    def __call__(self, shape: Sequence[int], dtype: Any = None, layout: Any = None) -> Any:
        """The values of a variable.

        Args:
            shape: its shape.
            dtype: its dtype; the default is `keras.backend.floatx()`.
            layout: a `keras.distribution.TensorLayout` or the backend's own.

        Raises:
            ValueError: for a shape that a part lies outside of.
        """
        shape = tuple(int(size) for size in shape)
        self._require_fit(shape)
        name = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        host = self.host_values(float_dtype(self, dtype)) if name in FLOATS else None
        if host is not None:
            return to_tensor(host, shape, float_dtype(self, dtype), layout)
        value = keras.ops.convert_to_tensor(self._called(shape, dtype), dtype=dtype)
        return value if layout is None else keras.distribution.distribute_tensor(value, layout)

    def _called(self, shape: Shape, dtype: Any) -> Array:
        """The values, each initializer called for all that it fills."""
        whole = np.array(keras.ops.convert_to_numpy(self.initializer(shape, dtype=dtype)))
        for region, part in self.parts:
            values = keras.ops.convert_to_numpy(part(region.shape, dtype=dtype))
            if values.shape != region.shape:  # NumPy would repeat a row, or a number
                raise ValueError(
                    f"`{type(part).__name__}` must return the shape of its part, {region.shape}. "
                    f"Received: shape={values.shape}"
                )
            whole[region.block] = values
        return whole

    def _require_fit(self, shape: Shape) -> None:
        for region, _ in self.parts:
            if not region.fits(shape):
                raise ValueError(
                    f"The boxes of `parts` must lie within the shape. "
                    f"Received: {shape=} and the box {region.to_value()}"
                )

    def get_config(self) -> dict[str, Any]:
        """The configs of all initializers, and the boxes."""
        return {
            "initializer": keras.initializers.serialize(self.initializer),
            "parts": [
                [region.to_value(), keras.initializers.serialize(part)]
                for region, part in self.parts
            ],
        }


def _host_values(initializer: Any, dtype: str) -> HostValues | None:
    """As `on_host`; of Keras' Constant too, whose one number its backend rounds."""
    value = getattr(initializer, "value", None)
    if type(initializer) is keras.initializers.Constant and isinstance(value, int | float):
        made = initializer((1,), dtype=float_dtype(initializer, dtype))
        return Filled(keras.ops.convert_to_numpy(made)[0])
    return on_host(initializer, dtype)


class _PartsOnHost(HostValues):
    """The values of one call: each initializer's seed is taken once, for all blocks alike."""

    def __init__(self, whole: HostValues, parts: Sequence[tuple[Region, HostValues]]) -> None:
        self.whole = whole
        self.seed = whole.call_seed()
        self.parts = [(region, part, part.call_seed()) for region, part in parts]
        self.has_pieces = whole.has_pieces and all(part.has_pieces for _, part in parts)

    def call_seed(self) -> int:
        """The seed of the whole; the parts' are held here."""
        return self.seed

    def _make(
        self, shape: Shape, dtype: str, block: Block | None, seed: int, out: Array | None
    ) -> Array:
        made = self.whole.values(shape, dtype, block, seed=seed, out=out)
        inner = tuple(slice(axis.start, axis.stop) for axis in axes_of(shape, block))
        for region, part, own_seed in self.parts:
            found = region.inside(inner)
            if found:
                own, there = found
                made[there] = part.values(region.shape, dtype, own, seed=own_seed)
        return made
