"""The random initializers, and what several modules ask of their values."""

from __future__ import annotations

import hashlib

import keras
import numpy as np
import pytest

from declinit import initializers

# Keras' NumPy backend tells output shapes by computing on memory that nobody filled.
KERAS_NOISE = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*unbuilt state:UserWarning"),
]

# Class name -> arguments that are no defaults, so that a config which loses one is found out.
RANDOM = {
    "RandomNormal": {"mean": 0.5, "stddev": 0.02},
    "TruncatedNormal": {"mean": -0.25, "stddev": 0.1},
    "RandomUniform": {"minval": -0.7, "maxval": -0.33},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_avg", "distribution": "untruncated_normal"},
    "GlorotNormal": {"input_axes": [0], "output_axes": [1]},
    "GlorotUniform": {},
    "HeNormal": {},
    "HeUniform": {"input_axes": [1], "output_axes": [0]},
    "LecunNormal": {},
    "LecunUniform": {},
    "Orthogonal": {"gain": 2.0},
}
# The portable ones that Keras has no class for.
OURS = {
    "GatedOrthogonal": {"gain": 2.0},
    "BoundedTruncatedNormal": {"mean": -0.25, "stddev": 0.1, "bounds": 3.0},
    "BoundedVarianceScaling": {"scale": 2.0, "mode": "fan_avg", "bounds": 1.0},
    "LogUniform": {"minval": 0.001, "maxval": 0.1},
    "Sparse": {"sparsity": 0.25, "stddev": 0.5},
}
ALL = [*RANDOM, *OURS]


def make(kind: str, **arguments) -> keras.initializers.Initializer:
    """A random initializer of ours with its arguments of the table, and those given."""
    defaults = {**RANDOM, **OURS}[kind]
    return getattr(initializers, kind)(**{**defaults, **arguments})


def host(tensor) -> np.ndarray:
    """A tensor of the backend as an array of the same dtype, bfloat16 included."""
    import ml_dtypes

    name = keras.backend.standardize_dtype(tensor.dtype)
    dtype = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    # Keras cannot convert a scalar bfloat16 tensor of TensorFlow's.
    flat = keras.ops.convert_to_numpy(keras.ops.reshape(tensor, (-1,)))
    return np.asarray(flat).astype(dtype, copy=False).reshape(tuple(tensor.shape))


def digest(tensor) -> str:
    """SHA-256 of the elements in row-major order."""
    return hashlib.sha256(np.ascontiguousarray(host(tensor)).tobytes()).hexdigest()


def same_bits(one, other) -> bool:
    """Whether two tensors agree in dtype, shape and every bit."""
    one, other = host(one), host(other)
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
