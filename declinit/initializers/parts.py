"""An initializer whose parts of a variable have initializers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from declinit.initializers.random import serializable

Part = tuple[Sequence[Sequence[int]], Any]


@serializable
class Parts(keras.initializers.Initializer):
    """Fills a variable with one initializer, and then parts of it with others.

    Args:
        initializer: of the whole variable, or its serialized config.
        parts: pairs of a box and an initializer. A box has a pair for each axis: the first index
            and the one behind the last. Boxes must not overlap.
    """

    def __init__(self, initializer: Any, parts: Sequence[Part]) -> None:
        self.initializer = keras.initializers.get(initializer)
        self.parts = [
            (tuple((int(start), int(stop)) for start, stop in box), keras.initializers.get(part))
            for box, part in parts
        ]

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """The values of a variable.

        Args:
            shape: its shape.
            dtype: its dtype; the default is `keras.backend.floatx()`.
        """
        whole = np.array(keras.ops.convert_to_numpy(self.initializer(shape, dtype=dtype)))
        for box, part in self.parts:
            inner = tuple(stop - start for start, stop in box)
            block = tuple(slice(*bounds) for bounds in box)
            whole[block] = keras.ops.convert_to_numpy(part(inner, dtype=dtype))
        return keras.ops.convert_to_tensor(whole, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """The configs of all initializers, and the boxes."""
        return {
            "initializer": keras.initializers.serialize(self.initializer),
            "parts": [
                [[list(bounds) for bounds in box], keras.initializers.serialize(part)]
                for box, part in self.parts
            ],
        }
