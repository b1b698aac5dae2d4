"""Drawing whole arrays or any block of them: the two functions that other folders call."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from declinit.random.arrays import Array, aligned_empty
from declinit.random.blocks import Axis, Block, Stretch, axes_of, merge, stretches
from declinit.random.distributions import Distribution, finite_float
from declinit.random.fills import fill, fill_runs
from declinit.random.formats import format_of
from declinit.random.rotations import SMALL_GAIN, Matrix, fill_matrix
from declinit.random.scratch import CHUNK
from declinit.random.soundness import FLUSHED, GeneratorError, ensure_sound, refuse_flushing
from declinit.random.streams import philox_key
from declinit.random.transforms import Transform, meets_subnormals, transform_of
from declinit.workers import available_cores, run_all

# With fewer elements, handing work to a second thread takes as long as doing it.
ELEMENTS_WORTH_A_THREAD = 131_072


def draw(
    distribution: Distribution,
    seed: int,
    shape: Sequence[int],
    *,
    dtype: npt.DTypeLike = "float32",
    block: Block | None = None,
    out: Array | None = None,
    threads: int | None = None,
) -> Array:
    """Draw an array of independent values, or a block of one.

    Each value depends only on the seed and on its own index in the whole array, so a block holds
    the same bits as that part of the whole.

    Args:
        distribution: what to draw from.
        seed: any integer.
        shape: of the whole array, which need not fit into memory.
        dtype: float16, bfloat16, float32 or float64; values are made in float32 and rounded once.
        block: one slice of step 1 for each axis; the default is the whole array.
        out: a C-contiguous array of the block's shape and the given dtype, to write to.
        threads: the largest number to use; the default is as many as help.

    Returns:
        The block's values: `out` if it was given, otherwise a new array.

    Raises:
        GeneratorError: if the generator does not give its known answers on this machine, or values
            are so small that they need subnormal numbers, which are turned off in this thread.
        TypeError: if the seed is not a Python int.
        ValueError: if the dtype, the block or `out` is not as described.
    """
    ensure_sound()
    axes = axes_of(shape, block)
    values = _destination(axes, format_of(dtype), out)
    if values.size:
        with np.errstate(all="ignore"):
            _draw_into(values, distribution, philox_key(seed), merge(axes), threads)
    return values


def orthogonal(
    seed: int,
    shape: Sequence[int],
    *,
    gain: float = 1.0,
    dtype: npt.DTypeLike = "float32",
    block: Block | None = None,
) -> Array:
    """Draw a random orthogonal matrix, or a block of one.

    The matrix has shape `(prod(shape[:-1]), shape[-1])`. Its columns are orthonormal to about 5e-7
    in float32; where it has more columns than rows, its rows are.

    Args:
        seed: any integer.
        shape: of the whole array, of rank 2 or more.
        gain: multiplies the matrix.
        dtype: float16, bfloat16, float32 or float64; values are made in float32 and rounded once.
        block: one slice of step 1 for each axis; the default is the whole matrix. A block takes
            time only for its own columns (of a wide matrix, its own rows).

    Returns:
        A new array of the block's values.

    Raises:
        GeneratorError: if the generator does not give its known answers on this machine, or values
            are so small that they need subnormal numbers, which are turned off in this thread.
        TypeError: if the seed is not a Python int or the gain not a number.
        ValueError: if the rank is below 2, or the gain, dtype or block is not as described.
    """
    ensure_sound()
    if len(shape) < 2:
        raise ValueError(f"an orthogonal matrix needs rank 2 or more, received shape {shape}")
    factor = finite_float("gain", gain)
    axes = axes_of(shape, block)
    values = aligned_empty([axis.length for axis in axes], format_of(dtype))
    if values.size:
        _rotate_into(values, Matrix.of(axes), seed, factor)
    return values


def _rotate_into(values: Array, matrix: Matrix, seed: int, gain: float) -> None:
    small = 0 < abs(gain) < SMALL_GAIN
    if small:
        refuse_flushing()
    threads = 1 if small else _thread_count(None, values.size)
    flat = values.reshape(-1, values.shape[-1])
    try:
        with np.errstate(all="ignore"):
            fill_matrix(matrix, seed, np.float32(gain), flat, threads)
    except FloatingPointError:
        raise GeneratorError(FLUSHED) from None


def _destination(axes: Sequence[Axis], dtype: np.dtype[np.generic], out: Array | None) -> Array:
    shape = tuple([axis.length for axis in axes])
    if out is None:
        return aligned_empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out must be {dtype} {shape}, received {out.dtype} {out.shape}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ValueError("out must be C-contiguous and writeable")
    return out


def _draw_into(
    values: Array, distribution: Distribution, key: int, axes: Sequence[Axis], threads: int | None
) -> None:
    if meets_subnormals(distribution):
        # Other threads may flush even if this one does not, so it makes all values itself.
        refuse_flushing()
        threads = 1
    transform = transform_of(distribution)
    if len(axes) == 1 and values.size <= CHUNK:
        fill(transform, key, axes[0].start, values.reshape(-1))
        return
    merged = values.reshape([axis.length for axis in axes])
    count = _thread_count(threads, values.size)

    def make(stretch: Stretch) -> None:
        # NumPy's handling of float errors is set for each thread.
        with np.errstate(all="ignore"):
            _make(transform, key, stretch, merged[stretch.target])

    run_all(make, stretches(axes, _stretch_limit(values.size, count)), count)


def _make(transform: Transform, key: int, stretch: Stretch, target: Array) -> None:
    if stretch.pitch:
        fill_runs(transform, key, stretch.start, stretch.pitch, target)
    elif stretch.kept is None:
        fill(transform, key, stretch.start, target)
    else:
        rows = np.empty(math.prod(stretch.shape), target.dtype)
        fill(transform, key, stretch.start, rows)
        target[...] = rows.reshape(stretch.shape)[stretch.kept]


def _thread_count(asked: int | None, size: int) -> int:
    if asked is not None:
        return max(1, asked)
    return available_cores() if size >= ELEMENTS_WORTH_A_THREAD else 1


def _stretch_limit(size: int, threads: int) -> int:
    """The size of equal stretches of at most a chunk, of which every thread gets equally many."""
    rounds = -(-size // (threads * CHUNK))
    return -(-size // (threads * rounds))
