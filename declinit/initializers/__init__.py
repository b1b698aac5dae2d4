"""Drop-in for `keras.initializers`: the same names, the same bits on every backend.

    >>> from declinit import initializers  # in place of: from keras import initializers
    >>> layer = keras.layers.Dense(3, kernel_initializer=initializers.HeNormal(seed=7))

Random initializers are portable versions of Keras' own (subclasses, registered with Keras as
`declinit>HeNormal` and so on); those without random numbers are Keras' own, handed through. What
PyTorch and JAX have beyond that is here too.

    hosts        what makes values on the host: the portable ones, zeros and ones
    portable     what the portable ones share: seeds, dtypes, layouts
    random       RandomNormal, TruncatedNormal, RandomUniform, LogUniform
    scaled       VarianceScaling and the Glorot, He and Lecun pairs
    orthonormal  Orthogonal, and its kin for recurrent kernels and convolutions
    sparseness   Sparse
    arrays       ConstantArray and Dirac, which draw nothing
    keras_own    Zeros, Ones, Constant, Identity, STFT
    parts        Parts, whose parts of a variable have initializers of their own
    function     FunctionInitializer, around a user's registered function
    sharding     from host values to tensors, shard by shard
    identifiers  get, serialize, deserialize
    registration what Keras has to know before it loads a saved model

A module of classes says in its `__all__` what it exports: each class, and its name in snake case.
"""

from declinit.initializers import arrays, keras_own, orthonormal, random, scaled, sparseness
from declinit.initializers.arrays import *
from declinit.initializers.function import FunctionInitializer
from declinit.initializers.identifiers import deserialize, get, serialize
from declinit.initializers.keras_own import *
from declinit.initializers.orthonormal import *
from declinit.initializers.portable import Portable
from declinit.initializers.random import *
from declinit.initializers.scaled import *
from declinit.initializers.sparseness import *

__all__ = ["FunctionInitializer", "Portable", "deserialize", "get", "serialize"]
__all__ += arrays.__all__
__all__ += keras_own.__all__
__all__ += orthonormal.__all__
__all__ += random.__all__
__all__ += scaled.__all__
__all__ += sparseness.__all__
