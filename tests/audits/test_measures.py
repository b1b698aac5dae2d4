"""What an audit records of values follows its specification, whatever the pieces they come in."""

from __future__ import annotations

import hashlib
import itertools
import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.audits import moments
from declinit.audits.measures import Measure, Meter, measure
from declinit.audits.tiles import grid_of

DTYPES = {
    "float16": np.float16,
    "float32": np.float32,
    "float64": np.float64,
    "bfloat16": ml_dtypes.bfloat16,
    "int8": np.int8,
    "bool": np.bool_,
}
EMPTY = hashlib.sha256().digest()


def values_of(dtype: str, shape, seed: int = 0):
    drawn = np.random.default_rng(seed).normal(1.0, 2.0, shape) * 10
    return np.asarray(drawn).astype(DTYPES[dtype])


def whole(shape):
    return tuple(slice(0, size) for size in shape)


def measured(values, dtype: str = "float32", blocks=None) -> Measure:
    blocks = [whole(values.shape)] if blocks is None else blocks
    return measure(((block, values[(*block, ...)]) for block in blocks), values.shape, dtype)


# The specification again, from its page alone: slow and obvious.


def slow_grid(shape):
    parts = []
    for size in shape:
        count = 1
        while size and count < 64 and size % (2 * count) == 0:
            count *= 2
        parts.append(count)
    while math.prod(shape) / math.prod(parts) < 16384 and any(count > 1 for count in parts):
        finest = max(parts)
        last = max(axis for axis, count in enumerate(parts) if count == finest)
        parts[last] //= 2
    return parts


def lane_sum(values):
    lanes = [0.0] * 256
    for index, value in enumerate(values):
        lanes[index % 256] += value
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = [lanes[at] + lanes[half + at] for at in range(half)]
    return lanes[0]


def slow_measure(values, dtype: str) -> Measure:
    parts = slow_grid(values.shape)
    tile = [size // count for size, count in zip(values.shape, parts, strict=True)]
    digests, first, count, terms, tiles = [], None, math.prod(tile), [], []
    for place in itertools.product(*map(range, parts)):
        box = tuple(slice(i * n, (i + 1) * n) for i, n in zip(place, tile, strict=True))
        inside = values[(*box, ...)].reshape(-1)
        digests.append(hashlib.sha256(inside.tobytes()).digest())
        numbers = [float(value) for value in inside]
        distances = [number - numbers[0] for number in numbers]
        first = numbers[0] if first is None else first
        tiles.append((numbers[0], lane_sum(distances), lane_sum([d * d for d in distances])))
    terms = [(shift - first) * count for shift, _, _ in tiles] + [total for _, total, _ in tiles]
    mean = first + math.fsum(terms) / (count * len(tiles))
    within = [squares - total * total / count for _, total, squares in tiles]
    offsets = [shift + total / count - mean for shift, total, _ in tiles]
    variance = math.fsum(within + [o * o * count for o in offsets]) / (count * len(tiles))
    head = f"declinit/digest/1 {dtype} {','.join(map(str, values.shape))}\n".encode()
    return Measure(
        digest=hashlib.sha256(head + b"".join(digests)).hexdigest(),
        mean=mean,
        stddev=math.sqrt(max(variance, 0.0)),
        min=float(values.min()),
        max=float(values.max()),
    )


SHAPES = [(), (1,), (7,), (4096,), (9001,), (256, 320), (192, 200), (32768, 3), (3, 3, 64, 96)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_measure_is_what_its_specification_says_to_the_last_bit(dtype, shape):
    values = values_of(dtype, shape)
    assert measured(values, dtype) == slow_measure(values, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_measure_equals_what_numpy_computes(dtype):
    values = values_of(dtype, (200, 300))
    taken, wide = measured(values, dtype), values.astype(np.float64)
    assert (taken.min, taken.max) == (wide.min(), wide.max())
    assert taken.mean == pytest.approx(wide.mean(), rel=1e-12)
    assert taken.stddev == pytest.approx(wide.std(), rel=1e-12)


KNOWN = [
    # (values, dtype, digest)
    (
        np.zeros((), np.float32),
        "float32",
        "6fc35224ea1472dbad1d593d4766e5ba24e93ead87e376b4b5cf9ff3800de712",
    ),
    (
        np.arange(6, dtype=np.float32).reshape(2, 3),
        "float32",
        "f946f3f8d6f278c92913ac55909a99d408a2a6b7ecbc4fca8ef3f46fcd855b23",
    ),
    (
        np.arange(256 * 192, dtype=np.float32).reshape(256, 192),
        "float32",
        "357de093697db59c0518b40e2805a44b7bcc390e1a633b4782964602998472a9",
    ),
    (
        np.zeros((0, 3), np.float32),
        "float32",
        "05413d178723c44b6a14814bdd83ef5b558a6f6c86c71eddc63fd983b14d1bee",
    ),
]


@pytest.mark.parametrize(("values", "dtype", "digest"), KNOWN)
def test_known_answers_stay(values, dtype, digest):
    assert measured(values, dtype).digest == digest


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ((), ()),
        ((64,), (1,)),
        ((16384,), (1,)),
        ((32768,), (2,)),
        ((512, 512), (4, 4)),
        ((2048, 2048), (16, 16)),
        ((50257, 768), (1, 64)),
        ((8192, 8192), (64, 64)),
        ((3, 3, 512, 512), (1, 1, 16, 8)),
        ((0, 8), (1, 1)),
    ],
)
def test_the_grid_is_as_fine_as_sharding_may_cut_but_tiles_stay_large(shape, parts):
    assert grid_of(shape).parts == parts == tuple(slow_grid(shape))


@st.composite
def cut_arrays(draw):
    """A shape, and blocks of consecutive elements that follow each other through it."""
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 8, 12, 64, 96]), max_size=3)))
    if not shape:
        return shape, [()]
    deep = draw(st.integers(0, len(shape) - 1)) if math.prod(shape) < 5000 else 0
    cuts = sorted(draw(st.sets(st.integers(1, max(1, shape[deep] - 1)), max_size=4)))
    edges = [0, *(cut for cut in cuts if cut < shape[deep]), shape[deep]]
    rows = [slice(a, b) for a, b in itertools.pairwise(edges)]
    leading = itertools.product(*(range(size) for size in shape[:deep]))
    rest = tuple(slice(0, size) for size in shape[deep + 1 :])
    return shape, [
        (*(slice(at, at + 1) for at in index), row, *rest) for index in leading for row in rows
    ]


@given(cut_arrays(), st.integers(0, 9))
def test_pieces_measure_as_the_whole_does(cut, seed):
    shape, blocks = cut
    values = values_of("float32", shape, seed)
    assert measured(values, blocks=blocks) == measured(values)


@pytest.mark.parametrize("rows", [1, 37, 128, 1000])
@pytest.mark.parametrize("shape", [(5000, 300), (4096, 256), (3001, 64)])
def test_large_pieces_measure_as_the_whole_does(shape, rows):
    values = values_of("float32", shape)
    starts = range(0, shape[0], rows)
    blocks = [(slice(at, min(at + rows, shape[0])), slice(0, shape[1])) for at in starts]
    assert measured(values, blocks=blocks) == measured(values)


def test_a_shard_has_tiles_of_the_whole():
    """What a mesh of 2 x 4 holds is whole tiles: each shard's blocks may come by themselves."""
    values = values_of("float32", (512, 1024))
    blocks = [
        (slice(256 * row, 256 * (row + 1)), slice(256 * column, 256 * (column + 1)))
        for column in range(4)
        for row in range(2)
    ]
    assert measured(values, blocks=blocks) == measured(values)


def test_the_digest_is_of_little_endian_elements_in_row_major_order():
    values = np.arange(6, dtype="float32").reshape(2, 3)
    assert measured(values.astype(">f4")).digest == measured(values).digest
    assert measured(np.asfortranarray(values)).digest == measured(values).digest
    assert measured(values.T.reshape(2, 3)).digest != measured(values).digest


def test_the_digest_tells_shapes_and_dtypes_apart():
    zeros = np.zeros((2, 3), np.float32)
    others = [zeros.reshape(3, 2), zeros.reshape(6)]
    digests = {measured(values).digest for values in (zeros, *others)}
    digests |= {measured(zeros.view(np.int32), "int32").digest}
    assert len(digests) == 4


@pytest.mark.parametrize("value", [0.1, -3e30, 1e-30])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shape", [(100_003,), (512, 300)])
def test_constants_measure_exactly(dtype, value, shape):
    values = np.full(shape, value, DTYPES[dtype])
    only = float(values.flat[0])
    taken = measured(values, dtype)
    assert (taken.mean, taken.stddev, taken.min, taken.max) == (only, 0.0, only, only)


def test_extremes_are_exact_beside_a_value_of_another_size():
    taken = measured(np.array([1.0, 1e-20, 2.0]), "float64")
    assert (taken.min, taken.max) == (1e-20, 2.0)


@pytest.mark.parametrize("zeros", [[-0.0, 0.0], [0.0, -0.0], [-0.0, -0.0]])
def test_a_zero_has_no_sign(zeros):
    taken = measured(np.array(zeros, np.float32))
    found = (taken.mean, taken.stddev, taken.min, taken.max)
    assert [math.copysign(1.0, value) for value in found] == [1.0] * 4


def test_nothing_has_a_digest_and_no_moments():
    head = b"declinit/digest/1 float32 0,3\n"
    empty = Measure(digest=hashlib.sha256(head + EMPTY).hexdigest())
    assert measured(np.empty((0, 3), "float32")) == empty
    assert (empty.mean, empty.stddev, empty.min, empty.max) == (None, None, None, None)


@pytest.mark.parametrize("at", [0, 2, 4])
@pytest.mark.parametrize("size", [5, 5000])
def test_values_that_are_no_numbers_have_no_moments(at, size):
    values = np.arange(size, dtype="float32")
    values[at] = np.nan
    taken = measured(values, blocks=[(slice(0, 2),), (slice(2, size),)])
    assert taken == Measure(digest=taken.digest)


def test_an_infinite_value_leaves_the_finite_statistics():
    taken = measured(np.array([1.0, -np.inf, 3.0], "float32"))
    assert (taken.mean, taken.stddev, taken.min, taken.max) == (None, None, None, 3.0)


def test_values_whose_squares_overflow_have_no_stddev():
    taken = measured(np.array([-1.7e308, 1.7e308]), "float64")
    assert (taken.stddev, taken.min, taken.max) == (None, -1.7e308, 1.7e308)


@pytest.mark.parametrize("shape", [(100,), (256, 320), (3, 3, 64, 96)])
def test_moments_do_not_hang_on_the_order_of_numpys_own_sums(shape, monkeypatch):
    values = values_of("float32", shape)
    expected = measured(values)
    monkeypatch.setattr(moments, "_reduces_in_order", lambda: False)
    assert measured(values) == expected


def test_missing_values_are_noticed():
    meter = Meter((32768,), "float32")
    meter.add(np.zeros(20000, np.float32), (slice(0, 20000),))
    with pytest.raises(ValueError, match=r"^1 of 2 tiles lack values$"):
        meter.result()


def test_a_measure_survives_being_written():
    taken = measured(values_of("float32", (20, 30)))
    assert Measure.from_dict(taken.to_dict()) == taken
    assert list(taken.to_dict()) == ["digest", "mean", "stddev", "min", "max"]


@pytest.mark.parametrize("values", [np.arange(49152.0), np.full(49152, 3.0), np.full(8, -0.0)])
def test_results_of_tiles_pass_from_one_meter_to_another(values):
    shape = (256, 192) if values.size > 8 else (8,)
    values = values.astype(np.float32).reshape(shape)
    sender, receiver = Meter(shape, "float32"), Meter(shape, "float32")
    sender.add(values, whole(shape))
    grid = grid_of(shape)
    last = tuple(slice(size - tile, size) for size, tile in zip(shape, grid.tile, strict=True))
    numbers = grid.numbers(last)
    assert numbers.tolist() == [grid.count - 1]
    others = np.setdiff1d(grid.numbers(whole(shape)), numbers)
    for tiles in (numbers, others) if others.size else (numbers,):
        receiver.take(tiles, sender.results(tiles))
    assert receiver.result() == sender.result()
