"""`Parts`: one initializer over a variable, others over parts of it."""

from __future__ import annotations

import itertools

import keras
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.initializers import (
    Constant,
    GatedOrthogonal,
    Orthogonal,
    RandomNormal,
    TruncatedNormal,
    Zeros,
)
from declinit.initializers.hosts import on_host
from declinit.initializers.parts import Parts

DTYPES = ["float16", "bfloat16", "float32", "float64"]
NORMAL = RandomNormal(seed=1)


@keras.saving.register_keras_serializable("TestParts")
class Mine(keras.initializers.Initializer):
    """A user's own: the shape that it is called with, and nothing on the host."""

    def __call__(self, shape, dtype=None):
        numbers = np.arange(np.prod(shape), dtype="float32").reshape(shape)
        return keras.ops.convert_to_tensor(numbers, dtype=dtype)

    def get_config(self):
        return {}


@keras.saving.register_keras_serializable("TestParts")
def a_row_for_all(shape, dtype=None):
    """A function that returns another shape than it is asked for."""
    return keras.ops.ones(shape[-1:], dtype)


def array(value) -> np.ndarray:
    # Keras makes no array of a scalar in bfloat16 of TensorFlow's.
    flat = np.asarray(keras.ops.convert_to_numpy(keras.ops.reshape(value, (-1,))))
    return flat.reshape(value.shape)


# Initializer of the whole, shape, and the parts.
CASES = {
    "row": (NORMAL, (6, 8), [([[0, 1], [0, 8]], Zeros())]),
    "two": (NORMAL, (6, 8), [([[0, 1], [0, 8]], Zeros()), ([[2, 6, 3], [1, 8, 2]], Constant(3.0))]),
    "drawn": (Zeros(), (6, 8), [([[1, 4], [0, 5]], TruncatedNormal(seed=2))]),
    "orthogonal": (NORMAL, (6, 8), [([[0, 6], [2, 5]], Orthogonal(seed=2))]),
    "over orthogonal": (Orthogonal(seed=2), (6, 8), [([[0, 6], [2, 5]], NORMAL)]),
    "gates": (GatedOrthogonal(seed=2), (2, 8), [([[0, 2], [2, 4]], Constant(1.0))]),
    "scalar": (NORMAL, (), [([], Constant(2.0))]),
    "vector": (NORMAL, (9,), [([[0, 9, 2]], Zeros())]),
    "empty": (NORMAL, (3, 0), [([[0, 1], [0, 0]], Zeros())]),
    "cube": (NORMAL, (3, 4, 5), [([[0, 3], [1, 3], [4, 5]], RandomNormal(seed=3))]),
    "none": (NORMAL, (6, 8), []),
}
EACH = pytest.mark.parametrize("case", CASES)


def expected(case: str, dtype: str) -> np.ndarray:
    """The whole, and then each part written over it as NumPy does."""
    whole, shape, parts = CASES[case]
    values = np.array(on_host(whole, dtype).values(shape, dtype))
    for box, part in parts:
        block = tuple(slice(*bounds) for bounds in box)
        host = on_host(part, dtype)  # none of Keras' Constant
        values[block] = host.values(values[block].shape, dtype) if host else part.value
    return values


@EACH
@pytest.mark.parametrize("dtype", DTYPES)
def test_parts_are_written_over_the_whole(case, dtype):
    whole, shape, parts = CASES[case]
    made = on_host(Parts(whole, parts), dtype).values(shape, dtype)
    assert made.dtype == np.dtype(getattr(ml_dtypes, dtype, dtype))
    assert made.tobytes() == expected(case, dtype).tobytes()


@EACH
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_call_gives_the_values_of_the_host(case, dtype):
    whole, shape, parts = CASES[case]
    called = Parts(whole, parts)(shape, dtype=dtype)
    assert tuple(called.shape) == shape
    # JAX without x64 makes float32 of float64.
    real = keras.backend.standardize_dtype(called.dtype)
    assert array(called).tobytes() == expected(case, real).tobytes()


@EACH
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_block_holds_the_bits_of_the_whole(case, dtype):
    """Cut in two along every axis, into memory that is given and into new memory."""
    whole, shape, parts = CASES[case]
    host = on_host(Parts(whole, parts), dtype)
    values = expected(case, dtype)
    halves = [(slice(0, n // 2), slice(n // 2, n), slice(None)) for n in shape]
    for block in itertools.product(*halves):
        wanted = values[(*block, ...)]
        out = np.empty(wanted.shape, values.dtype)
        assert host.values(shape, dtype, block).tobytes() == wanted.tobytes()
        assert host.values(shape, dtype, block, out=out).tobytes() == out.tobytes()
        assert out.tobytes() == wanted.tobytes()


@given(st.data())
def test_any_block_of_any_parts_holds_the_bits_of_the_whole(data):
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    bounds = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 4))) for n in shape]
    steps = [data.draw(st.integers(1, 4)) for _ in shape]
    box = [[b[0], b[2], step] for b, step in zip(bounds, steps, strict=True)]
    block = tuple(slice(b[1], b[3]) for b in bounds)
    parts = Parts(NORMAL, [(box, RandomNormal(seed=7))])
    host = on_host(parts, "float32")
    assert np.array_equal(host.values(shape, "float32", block), array(parts(shape))[block])


def test_the_rest_keeps_its_bits_when_a_part_is_added():
    before = array(NORMAL((6, 8)))
    one = ([[0, 1], [0, 8]], Zeros())
    two = ([[2, 6, 3], [0, 8]], RandomNormal(seed=4))
    for parts in ([one], [two], [one, two], [two, one]):
        after = array(Parts(NORMAL, parts)((6, 8)))
        touched = np.zeros((6, 8), np.bool_)
        for box, _ in parts:
            touched[tuple(slice(*bounds) for bounds in box)] = True
        assert np.array_equal(after[~touched], before[~touched])
    assert np.array_equal(
        array(Parts(NORMAL, [one, two])((6, 8))), array(Parts(NORMAL, [two, one])((6, 8)))
    )


USERS = {
    "whole": (Mine(), [([[0, 1], [0, 3]], Zeros())], [[0, 0, 0], [3, 4, 5]]),
    "part": (Zeros(), [([[1, 2], [0, 3]], Mine())], [[0, 0, 0], [0, 1, 2]]),
    "both": (Mine(), [([[0, 2], [0, 3, 2]], Mine())], [[0, 1, 1], [2, 4, 3]]),
}


@pytest.mark.parametrize("case", USERS)
def test_users_own_initializers_are_called_with_the_shape_that_they_fill(case):
    whole, parts, values = USERS[case]
    initializer = Parts(whole, parts)
    assert on_host(initializer, "float32") is None
    assert array(initializer((2, 3))).tolist() == values
    again = keras.initializers.deserialize(keras.initializers.serialize(initializer))
    assert array(again((2, 3))).tolist() == values


@EACH
def test_a_config_makes_the_same_values(case):
    whole, shape, parts = CASES[case]
    initializer = Parts(whole, parts)
    again = keras.initializers.deserialize(keras.initializers.serialize(initializer))
    assert again.get_config() == initializer.get_config()
    assert array(again(shape)).tobytes() == array(initializer(shape)).tobytes()
    assert array(initializer.clone()(shape)).tobytes() == array(initializer(shape)).tobytes()


def test_a_config_says_a_step_only_where_there_is_one():
    boxes = [box for box, _ in Parts(NORMAL, CASES["two"][2]).get_config()["parts"]]
    assert boxes == [[[0, 1], [0, 8]], [[2, 6, 3], [1, 8, 2]]]


def test_a_seed_generator_moves_on_once_a_call():
    """All pieces of one call belong together."""
    generator = keras.random.SeedGenerator(3)
    box = [[0, 2], [0, 4]]
    parts = Parts(Zeros(), [(box, RandomNormal(seed=generator))])
    first, second = array(parts((4, 4))), array(parts((4, 4)))
    assert not np.array_equal(first, second)
    host = on_host(parts, "float32")
    halves = [host.values((4, 4), "float32", (slice(a, a + 1), slice(0, 4))) for a in range(4)]
    assert np.array_equal(np.concatenate(halves), host.values((4, 4), "float32"))


REFUSED = [
    (
        [([[0, 3]], Zeros()), ([[2, 4]], Zeros())],
        (5,),
        "The boxes of `parts` must not overlap. Received: [[0, 3]] and [[2, 4]]",
    ),
    (
        [([[0, 3]], Zeros())],
        (2,),
        "The boxes of `parts` must lie within the shape. Received: shape=(2,) and the box [[0, 3]]",
    ),
    (
        [([[0, 3]], Zeros())],
        (4, 4),
        "The boxes of `parts` must lie within the shape. "
        "Received: shape=(4, 4) and the box [[0, 3]]",
    ),
    (
        [([[0, 2], [0, 4]], a_row_for_all)],
        (4, 4),
        "`function` must return the shape of its part, (2, 4). Received: shape=(4,)",
    ),
]


@pytest.mark.parametrize(("parts", "shape", "message"), REFUSED)
def test_what_does_not_fit_is_refused(parts, shape, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the whole message is compared)
        Parts(NORMAL, parts)(shape)
    assert str(caught.value) == message
