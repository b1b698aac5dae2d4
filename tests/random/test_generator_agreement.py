"""A second, slow and obvious implementation of the specification gives the same bits."""

from __future__ import annotations

import numpy as np
import pytest
import slow_generator as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from declinit.random import (
    Distribution,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
    draw,
    orthogonal,
    philox_key,
    raw_numbers,
    words,
)
from declinit.random.transforms import transform_of

settings.register_profile("generator", deadline=None, derandomize=True, max_examples=40)
same_every_time = settings(settings.get_profile("generator"))

seeds = st.integers(-(2**70), 2**70)
starts = st.integers(0, 50) | st.integers(0, 2**80)
scales = st.floats(2.0**-60, 2.0**60, width=32)
shifts = st.just(0.0) | st.floats(-100, 100)


@st.composite
def uniforms(draw_from: st.DrawFn) -> Uniform:
    low = draw_from(st.floats(-100, 100))
    return Uniform(low, low + draw_from(st.floats(1e-3, 100)))


@st.composite
def log_uniforms(draw_from: st.DrawFn) -> LogUniform:
    low = draw_from(st.floats(1e-18, 1e10))
    return LogUniform(low, low * draw_from(st.floats(1.001, 1e20)))


distributions = (
    st.builds(Normal, shifts, scales)
    | st.builds(TruncatedNormal, shifts, scales)
    | st.builds(TruncatedNormal, shifts, scales, st.floats(0.01, 7) | st.sampled_from([3, 100]))
    | log_uniforms()
    | uniforms()
    | st.builds(lambda limit: Uniform(-limit, limit), scales)
)


def slow_value(distribution: Distribution, word: int) -> float:
    match distribution:
        case Normal(mean, stddev):
            return slow.normal(word, mean, stddev)
        case TruncatedNormal(mean, stddev, bounds):
            return slow.truncated(word, mean, stddev, bounds)
        case LogUniform(low, high):
            return slow.log_uniform(word, low, high)
        case Uniform(low, high):
            return slow.uniform(word, low, high)


@same_every_time
@given(seed=seeds, stream=st.text(max_size=20), start=starts, count=st.integers(0, 20))
def test_integers(seed: int, stream: str, start: int, count: int) -> None:
    """Keys, raw numbers and words agree with a Philox written out in Python, at any index."""
    key = slow.key_of(seed, stream)
    indices = range(start, start + count)

    assert philox_key(seed, stream) == key
    assert raw_numbers(key, start, count).tolist() == [slow.raw_number(key, i) for i in indices]
    assert words(key, start, count).tolist() == [slow.word(key, i) for i in indices]


@same_every_time
@given(
    distribution=distributions,
    seed=seeds,
    start=starts,
    dtype=st.sampled_from(sorted(slow.ROUNDINGS)),
)
def test_draws(distribution: Distribution, seed: int, start: int, dtype: str) -> None:
    """Draws of any distribution agree at any index and in any format."""
    key = slow.key_of(seed)
    values = draw(distribution, seed, (2**90,), dtype=dtype, block=[slice(start, start + 40)])
    wanted = [slow_value(distribution, slow.word(key, i)) for i in range(start, start + 40)]

    if dtype == "float16":
        wanted = np.clip(wanted, -65504, 65504).tolist()
        values = np.clip(values, np.float16(-65504), np.float16(65504))
    assert values.astype(float).tolist() == [slow.ROUNDINGS[dtype](value) for value in wanted]


@same_every_time
@given(octave=st.integers(0, 31), offset=st.integers(0, 2**31 - 1), upper=st.booleans())
def test_normal_of_any_word(octave: int, offset: int, upper: bool) -> None:
    """The normal distribution agrees on words at every distance from the ends of their range."""
    word = (1 << octave) + offset % (1 << octave)
    word = 2**32 - 1 - word if upper else word
    transform = transform_of(Normal())
    values = np.empty(1, np.float32)
    drawn = np.array([word], np.uint32)
    transform.unit(drawn, values)

    assert values.tolist() == [slow.unit_normal(word)]


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 6), (6, 1), (9, 4), (5, 12), (16, 16)])
@pytest.mark.parametrize("seed", [0, -3])
def test_orthogonal_matrices(seed: int, shape: tuple[int, int]) -> None:
    """Orthogonal matrices agree: square, tall, wide, of even, odd and least size."""
    wanted = np.array(slow.orthogonal(seed, *shape, gain=1.5), np.float32)

    assert orthogonal(seed, shape, gain=1.5).tobytes() == wanted.tobytes()
