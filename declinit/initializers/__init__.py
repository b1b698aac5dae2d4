"""Drop-in for `keras.initializers`: the same names, the same bits on every backend.

    from declinit import initializers  # in place of: from keras import initializers
    keras.layers.Dense(3, kernel_initializer=initializers.HeNormal(seed=7))

Random initializers are portable versions of Keras' own (subclasses, registered with Keras as
`declinit>HeNormal` and so on); those without random numbers are Keras' own, handed through.

    portable     what all share: seeds, dtypes, layouts
    random       RandomNormal, TruncatedNormal, RandomUniform
    scaled       VarianceScaling and the Glorot, He and Lecun pairs
    orthonormal  Orthogonal
    function     FunctionInitializer, around a user's registered function
    hosts        what makes values on the host: the portable ones, zeros and ones
    sharding     from host values to tensors, shard by shard
    identifiers  get, serialize, deserialize
"""

import keras
from keras.initializers import STFT, Constant, Identity, Initializer, Ones, Zeros

from declinit.initializers.function import FunctionInitializer
from declinit.initializers.identifiers import BY_NAME, deserialize, get, serialize
from declinit.initializers.orthonormal import Orthogonal
from declinit.initializers.portable import Portable
from declinit.initializers.random import RandomNormal, RandomUniform, TruncatedNormal
from declinit.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

# Every other name that Keras exports: snake_case names and older spellings.
globals().update({name: cls for name, cls in BY_NAME.items() if hasattr(keras.initializers, name)})

__all__ = [
    "STFT",
    "Constant",
    "FunctionInitializer",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "Portable",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "serialize",
]
