"""One variable of every kind, loaded and copied ones among them, in every layout.

`on_processes.py` imports this in a process whose devices the variables lie on.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import jax
import keras
import numpy as np
from keras.distribution import DeviceMesh, LayoutMap, ModelParallel, TensorLayout
from safetensors.numpy import save_file

import declinit
from declinit.kinds.rows import BUILTIN

SHAPE = (24, 36)
# Kinds that take other shapes, or that have no defaults.
SHAPES = {"delta_orthogonal": (4, 12, 24), "dirac": (4, 12, 24), "stft": (24, 1, 12)}
PARAMETERS = {
    "constant": {"value": [0.5] * 36, "axes": [1]},
    "log_uniform": {"minval": 0.001, "maxval": 0.1},
    "sparse": {"sparsity": 0.25},
    "stft": {"side": "real"},
}
# The axis of a kernel, and the axes of an attention's, that lie over two axes of devices.
CUTS = {
    "rows": ("x", None),
    "columns": (None, "y"),
    "both": ("x", "y"),
    "neither": (None, None),
}
RULES = [
    {"match": "**", "initializer": "glorot_uniform"},
    {"match": "**/bias", "initializer": "zeros"},
    *(
        {"match": f"bank/{kind}", "initializer": {"name": kind, **PARAMETERS.get(kind, {})}}
        for kind in BUILTIN
    ),
    {"match": "bank/loaded", "load": {"from": "base", "transpose": [1, 0]}},
    {"match": "bank/copied", "copy_of": {"path": "bank/orthogonal", "scale": 0.5}},
    {"match": "attention/value/kernel", "initializer": "orthogonal"},
    {"match": "**/recurrent_kernel", "initializer": {"name": "orthogonal", "split": "gates"}},
]


class Bank(keras.layers.Layer):
    """A weight of every kind's name, and a few more."""

    def build(self, shape):
        for name in (*BUILTIN, "loaded", "copied"):
            self.add_weight(shape=SHAPES.get(name, SHAPE), name=name, initializer="zeros")

    def call(self, inputs):
        return inputs


def made(dtype: str) -> keras.Model:
    inputs = keras.Input((5, 24), dtype=dtype)
    bank = Bank(name="bank", dtype=dtype)
    # Zeros: JAX would compile what Keras draws, for every shape and layout.
    zeros = {"kernel_initializer": "zeros", "dtype": dtype}
    attention = keras.layers.MultiHeadAttention(12, 2, name="attention", **zeros)
    recurrent = keras.layers.LSTM(12, name="lstm", recurrent_initializer="zeros", **zeros)
    held = bank(inputs)
    return keras.Model(inputs, recurrent(attention(held, held)), name="model")


def layouts(cut: str) -> LayoutMap:
    """Axes that lie over several processes, and inside one."""
    first, last = CUTS[cut]
    mesh = DeviceMesh((2, jax.device_count() // 2), ("x", "y"), jax.devices())
    found = LayoutMap(mesh)
    found["bank/(delta_orthogonal|dirac|stft)"] = TensorLayout([first, None, last])
    found["bank/"] = TensorLayout([first, last])
    found["lstm/.*kernel"] = TensorLayout([first, last])
    found["attention/(query|key|value)/kernel"] = TensorLayout([first, last, None])
    return found


@contextlib.contextmanager
def with_weights(shape=SHAPE[::-1], seed=1):
    """A folder of this process' own, and a file of weights in it."""
    with tempfile.TemporaryDirectory(prefix=f"process-{os.getpid()}-") as folder:
        path = Path(folder, "base.safetensors")
        values = np.random.default_rng(seed).standard_normal(shape, np.float32)
        save_file({"bank/loaded": values}, path)
        yield Path(folder), path


def in_every_layout() -> dict[str, list]:
    """Variables whose measures are not those of one process, whether it verifies, and how many."""
    found = {}
    with with_weights() as (_, base):
        policy = {"declinit": 1, "seed": 1, "checkpoints": {"base": str(base)}, "rules": RULES}
        for dtype in ("float32", "bfloat16"):
            expected = declinit.apply(policy, made(dtype))
            for cut in CUTS:
                keras.utils.set_random_seed(0)
                with ModelParallel(layout_map=layouts(cut)).scope():
                    model = made(dtype)
                audit = declinit.apply(policy, model)
                others = [p for p, one in audit.items() if one.measure != expected[p].measure]
                verified = bool(declinit.verify(audit, model))
                found[f"{dtype} {cut}"] = [others, verified, len(audit)]
    return found
