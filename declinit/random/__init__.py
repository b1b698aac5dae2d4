"""The portable generator: random values that are the same bits on every machine.

    seed ─ streams ─► words ─ transforms (tables ◄ quantiles) ─► float32 ─ formats ─► values

| file | what it holds |
|---|---|
| `draws.py` | `draw` and `orthogonal`: whole arrays or any block of them |
| `distributions.py` | `Normal`, `TruncatedNormal`, `Uniform`, `LogUniform`: what can be drawn |
| `streams.py` | from a seed to a key, and from a key to random integers (Philox4x64-10) |
| `quantiles.py` | the normal quantile function, logarithms and exponentials, from operations that IEEE 754 fixes |
| `tables.py` | quantile functions as tables of straight lines |
| `transforms.py` | from random integers to a distribution's float32 values |
| `flushing.py` | threads whose CPU turns very small numbers into zeros |
| `formats.py` | the one rounding to half types |
| `fills.py` | consecutive elements, chunk by chunk |
| `blocks.py` | from a block of an array to stretches of consecutive elements |
| `rotations.py` | orthogonal matrices as a walk of rotations |
| `soundness.py` | the self-test of known answers |
| `scratch.py`, `arrays.py` | each thread's working memory; the types of arrays |

This folder needs NumPy only and knows nothing of Keras. `README.md` beside this file specifies every bit.
"""

from declinit.random.arrays import ALIGNMENT, aligned_empty
from declinit.random.blocks import axes_of
from declinit.random.distributions import Distribution, LogUniform, Normal, TruncatedNormal, Uniform
from declinit.random.draws import draw, orthogonal
from declinit.random.formats import format_of, rounded
from declinit.random.soundness import GeneratorError, ensure_sound
from declinit.random.streams import philox_key, raw_numbers, words

__all__ = [
    "ALIGNMENT",
    "Distribution",
    "GeneratorError",
    "LogUniform",
    "Normal",
    "TruncatedNormal",
    "Uniform",
    "aligned_empty",
    "axes_of",
    "draw",
    "ensure_sound",
    "format_of",
    "orthogonal",
    "philox_key",
    "raw_numbers",
    "rounded",
    "words",
]
