"""A block holds the bits that the same part of the whole array would, however it is made."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declinit.random import Normal, TruncatedNormal, Uniform, draw, orthogonal
from declinit.random.blocks import axes_of, merge, stretches
from declinit.random.scratch import CHUNK

same_every_time = settings(deadline=None, derandomize=True, max_examples=60)
DISTRIBUTIONS = [Normal(), TruncatedNormal(0.1, 0.02), Uniform(0.0, 1.0)]
FORMATS = ["float16", "bfloat16", "float32", "float64"]


@st.composite
def shapes_and_blocks(draw_from: st.DrawFn) -> tuple[tuple[int, ...], tuple[slice, ...]]:
    shape = tuple(draw_from(st.lists(st.integers(0, 9), max_size=5)))
    ends = [sorted(draw_from(st.tuples(*[st.integers(0, size)] * 2))) for size in shape]
    return shape, tuple(slice(*pair) for pair in ends)


@same_every_time
@given(
    case=shapes_and_blocks(),
    distribution=st.sampled_from(DISTRIBUTIONS),
    dtype=st.sampled_from(FORMATS),
)
def test_any_block(case, distribution, dtype: str) -> None:
    """A block of an array of any rank equals that slice of the whole, in every format."""
    shape, block = case
    whole = draw(distribution, 3, shape, dtype=dtype)
    part = draw(distribution, 3, shape, dtype=dtype, block=block)

    assert part.tobytes() == whole[block].tobytes()
    assert part.shape == whole[block].shape


@pytest.mark.parametrize(
    "block",
    [
        (slice(0, 300), slice(0, 3000)),
        (slice(7, 290), slice(5, 2999)),
        (slice(None), slice(100, 103)),
        (slice(250, 251), slice(17, 18)),
        (slice(3, 4), slice(None)),
    ],
    ids=str,
)
@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_large_blocks_with_threads(block: tuple[slice, slice], threads: int | None) -> None:
    """Neither the threads nor the way a large block is cut into stretches changes a bit."""
    shape = (300, 3000)
    whole = draw(Normal(), 11, shape, threads=1)

    part = draw(Normal(), 11, shape, block=block, threads=threads)

    assert part.tobytes() == whole[block].tobytes()


@pytest.mark.parametrize("dtype", FORMATS)
def test_tail_across_chunks(dtype: str) -> None:
    """Neighbouring chunks and a fill across their border agree, tails included, in every format."""
    size = 3 * CHUNK + 5
    whole = draw(Normal(), 5, (size,), dtype=dtype)

    part = draw(Normal(), 5, (size,), dtype=dtype, block=[slice(CHUNK - 9, CHUNK + 9)])

    assert part.tobytes() == whole[CHUNK - 9 : CHUNK + 9].tobytes()


def test_far_away() -> None:
    """A block of an array far too large for any memory is made at once."""
    shape = (2**45, 2**40)
    block = (slice(2**44, 2**44 + 2), slice(2**39, 2**39 + 3))

    assert draw(Normal(), 1, shape, block=block).shape == (2, 3)


def test_memory_is_bounded() -> None:
    """A narrow block of columns needs little more memory than itself."""
    draw(Normal(), 1, (4,))
    tracemalloc.start()
    part = draw(Normal(), 1, (2000, 2000), block=(slice(None), slice(0, 8)), threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < part.nbytes + 16 * CHUNK


def test_narrow_columns_are_cut_from_whole_rows() -> None:
    """Stretches of narrow columns hold whole rows; those of wide ones hold nothing but the block."""
    narrow = next(stretches(merge(axes_of((1000, 500), [slice(None), slice(3, 5)])), CHUNK))
    wide = next(stretches(merge(axes_of((100, 10**6), [slice(None), slice(3, 5)])), CHUNK))

    assert narrow.shape == (CHUNK // 500, 500)
    assert (wide.shape, wide.pitch) == ((100, 2), 10**6)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("columns", [slice(1, 2), slice(701, 1503), slice(0, 2999)])
def test_columns_of_several_matrices(distribution, dtype: str, columns: slice) -> None:
    """Runs of many rows that are made together hold the bits of the whole, at any rank."""
    shape, rows = (5, 40, 3000), (slice(1, 4), slice(3, 38))
    whole = draw(distribution, 4, shape, dtype=dtype)

    part = draw(distribution, 4, shape, dtype=dtype, block=(*rows, columns))

    assert part.tobytes() == whole[(*rows, columns)].tobytes()


@same_every_time
@given(case=shapes_and_blocks().filter(lambda case: len(case[0]) >= 2))
def test_any_block_of_an_orthogonal_matrix(case) -> None:
    """A block of an orthogonal matrix equals that slice of the whole, at any rank above 1."""
    shape, block = case

    assert orthogonal(2, shape, block=block).tobytes() == orthogonal(2, shape)[block].tobytes()


@pytest.mark.parametrize("shape", [(70, 200), (200, 70), (3, 5, 200), (200, 1, 70)])
@pytest.mark.parametrize("dtype", FORMATS)
def test_large_orthogonal_block(shape: tuple[int, ...], dtype: str) -> None:
    """Blocks wider than the columns that are walked together agree too, in every format."""
    block = (slice(1, None),) * 1 + (slice(None),) * (len(shape) - 2) + (slice(3, -1),)
    whole = orthogonal(9, shape, dtype=dtype)

    assert orthogonal(9, shape, dtype=dtype, block=block).tobytes() == whole[block].tobytes()
