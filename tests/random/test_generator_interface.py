"""What `draw` and `orthogonal` accept, fill and refuse."""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np
import pytest

from declinit.random import LogUniform, Normal, TruncatedNormal, Uniform, draw, orthogonal
from declinit.random.soundness import digest


def test_ranks_and_empty_shapes() -> None:
    """A scalar is the first element; an empty shape gives an empty array."""
    assert draw(Normal(), 1, ()) == draw(Normal(), 1, (3,))[0]
    assert draw(Normal(), 1, ()).shape == ()
    assert draw(Normal(), 1, (3, 0, 2)).shape == (3, 0, 2)
    assert orthogonal(1, (0, 4)).shape == (0, 4)


def test_shape_is_not_hashed() -> None:
    """The same elements in another shape have the same values."""
    assert np.array_equal(draw(Normal(), 1, (4, 6)).ravel(), draw(Normal(), 1, (24,)))


def test_scale_is_not_hashed() -> None:
    """Another standard deviation rescales the same draw."""
    unit = draw(Normal(), 1, (1000,))

    assert np.array_equal(draw(Normal(0.0, 0.25), 1, (1000,)), unit * np.float32(0.25))


@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16, np.float64, np.dtype("f4")])
def test_formats_round_once(dtype: object) -> None:
    """Every format holds the float32 values, rounded once; by name, by type and by dtype."""
    values = draw(Normal(), 1, (999,), dtype=dtype)

    assert values.dtype == np.dtype(dtype)
    assert np.array_equal(values, draw(Normal(), 1, (999,)).astype(dtype))


def test_half_overflow_is_infinite() -> None:
    """A value too large for float16 becomes infinite, without a warning."""
    with np.errstate(all="raise"):
        values = draw(Normal(0.0, 1e6), 1, (300_000,), dtype="float16", threads=2)

    assert np.isinf(values).any()


def test_half_overflow_of_an_orthogonal_matrix_is_infinite() -> None:
    """The same for matrices, made by one thread and by several; true zeros stay what they are."""
    with np.errstate(all="raise"):
        values = orthogonal(1, (500, 500), gain=1e6, dtype="float16")

    expected = orthogonal(1, (500, 500), gain=1e6)
    assert np.array_equal(np.isinf(values), np.abs(expected) >= 65520)
    assert np.isinf(values).any()
    assert np.isinf(orthogonal(1, (4, 4), gain=1e6, dtype="float16")).any()


@pytest.mark.parametrize("number", [np.float32, np.float64, np.float16, np.asarray])
def test_numbers_of_numpy_are_taken_as_doubles(number) -> None:
    """Parameters of NumPy's types give what Python's floats of the same value give."""
    low, high = float(number(0.1)), float(number(0.7))

    assert Uniform(number(0.1), number(0.7)) == Uniform(low, high)
    assert type(TruncatedNormal(number(0.1)).mean) is float
    assert np.array_equal(
        draw(Uniform(number(0.1), number(0.7)), 1, (1000,)), draw(Uniform(low, high), 1, (1000,))
    )
    assert np.array_equal(orthogonal(1, (3, 3), gain=number(0.7)), orthogonal(1, (3, 3), gain=high))


def test_shapes_of_numpy_integers_do_not_overflow() -> None:
    """The indices of a shape beyond 64 bits are right, whatever integers it is made of."""
    shape = (2**40, 2**40)
    block = (slice(2**39, 2**39 + 2), slice(5, 8))

    received = draw(Normal(), 1, tuple(map(np.int64, shape)), block=block)

    assert np.array_equal(received, draw(Normal(), 1, shape, block=block))


def test_subnormals_are_kept() -> None:
    """Values below the normal range of float32 are kept, whatever NumPy is told to raise."""
    with np.errstate(all="raise"):
        values = draw(Normal(0.0, 1e-42), 1, (1000,))

    assert np.count_nonzero(values) > 900
    assert np.abs(values).max() < 1e-41


@pytest.mark.parametrize("size", [10, 300_000])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_out_is_filled(size: int, dtype: str) -> None:
    """A destination is filled in place and returned."""
    expected = draw(Normal(), 1, (2, size), dtype=dtype, block=[slice(1, 2), slice(None)])
    out = np.empty_like(expected)

    returned = draw(Normal(), 1, (2, size), dtype=dtype, block=[slice(1, 2), slice(None)], out=out)

    assert returned is out
    assert out.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty(3, np.float32), r"out must be float32 \(4,\), received float32 \(3,\)"),
        (np.empty(4), r"out must be float32 \(4,\), received float64 \(4,\)"),
        (np.empty(8, np.float32)[::2], "out must be C-contiguous and writeable"),
    ],
)
def test_unfit_out_is_refused(out: np.ndarray, message: str) -> None:
    """A destination of another shape, format or layout is refused."""
    with pytest.raises(ValueError, match=message):
        draw(Normal(), 1, (4,), out=out)


def test_unfit_blocks_are_refused() -> None:
    """A block needs one slice of step 1 for each axis."""
    with pytest.raises(ValueError, match=r"a block of shape \(4, 5\) needs 2 slices"):
        draw(Normal(), 1, (4, 5), block=[slice(None)])
    with pytest.raises(ValueError, match=r"step 1, received slice\(0, 4, 2\)"):
        draw(Normal(), 1, (4,), block=[slice(0, 4, 2)])


def test_unfit_parameters_are_refused() -> None:
    """A parameter that float32 cannot hold, and an empty interval, are refused."""
    with pytest.raises(ValueError, match="stddev must be a finite float32, received nan"):
        Normal(0.0, float("nan"))
    with pytest.raises(ValueError, match=r"mean must be a finite float32, received 1e\+39"):
        TruncatedNormal(1e39)
    with pytest.raises(ValueError, match=r"low must be less than high, received 1.0 and 1.0"):
        Uniform(1.0, 1.0)
    with pytest.raises(ValueError, match=r"bounds must be at least 0.01, received 0.0"):
        TruncatedNormal(0.0, 1.0, 0)
    with pytest.raises(ValueError, match=r"low must be at least 1e-18, received -1.0"):
        LogUniform(-1, 1)
    with pytest.raises(ValueError, match=r"low must be less than high, received 1.0 and 1.00"):
        LogUniform(1.0, 1.00000001)
    with pytest.raises(TypeError, match=r"mean must be a number, received '0\.5'"):
        Normal("0.5")
    with pytest.raises(TypeError, match="gain must be a number, received None"):
        orthogonal(1, (2, 2), gain=None)
    with pytest.raises(ValueError, match="gain must be a finite float32, received inf"):
        orthogonal(1, (2, 2), gain=float("inf"))


def test_unfit_seeds_formats_and_ranks_are_refused() -> None:
    """A seed is an integer, a format one of four, and a matrix has two axes at least."""
    with pytest.raises(TypeError, match=r"a seed must be a Python int, received True \(bool\)"):
        draw(Normal(), True, (4,))
    with pytest.raises(ValueError, match="float64, received 'int32'"):
        draw(Normal(), 1, (4,), dtype="int32")
    with pytest.raises(ValueError, match=r"needs rank 2 or more, received shape \(4,\)"):
        orthogonal(1, (4,))


def test_threads_of_the_caller() -> None:
    """Many threads may draw at once; each gets what it would get alone."""
    expected = [digest(draw(Normal(), seed, (150_000,), threads=1)) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        received = pool.map(lambda seed: digest(draw(Normal(), seed, (150_000,))), range(6))

        assert list(received) == expected


def _child(expected: str) -> None:
    os._exit(0 if digest(draw(Normal(), 1, (300_000,), threads=2)) == expected else 1)


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
# JAX, where another test imported it, warns of every fork in a way that pytest cannot attribute.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning")
def test_fork() -> None:
    """A forked child makes threads of its own instead of waiting for its parent's."""
    expected = digest(draw(Normal(), 1, (300_000,), threads=2))
    child = multiprocessing.get_context("fork").Process(target=_child, args=(expected,))
    child.start()
    child.join(20)

    assert child.exitcode == 0
