"""Drop-in for `keras.initializers`: the same names, the same bits on every backend.

    from declinit import initializers  # in place of: from keras import initializers
    keras.layers.Dense(3, kernel_initializer=initializers.HeNormal(seed=7))

Random initializers are portable versions of Keras' own (subclasses, registered with Keras as
`declinit>HeNormal` and so on); those without random numbers are Keras' own, handed through.

    hosts        what makes values on the host: the portable ones, zeros and ones
    portable     what the portable ones share: seeds, dtypes, layouts
    random       RandomNormal, TruncatedNormal, RandomUniform
    scaled       VarianceScaling and the Glorot, He and Lecun pairs
    orthonormal  Orthogonal, and GatedOrthogonal for recurrent kernels
    parts        Parts, whose parts of a variable have initializers of their own
    function     FunctionInitializer, around a user's registered function
    sharding     from host values to tensors, shard by shard
    identifiers  get, serialize, deserialize
"""

from keras.initializers import STFT, Constant, Identity, Initializer, Ones, Zeros

from declinit.initializers.function import FunctionInitializer
from declinit.initializers.identifiers import deserialize, get, serialize
from declinit.initializers.orthonormal import GatedOrthogonal, Orthogonal
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

# The other names that Keras exports.
IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
STFTInitializer = STFT
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

__all__ = [
    "STFT",
    "Constant",
    "FunctionInitializer",
    "GatedOrthogonal",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "Portable",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]
