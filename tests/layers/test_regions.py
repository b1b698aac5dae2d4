"""Regions: sets of elements, held against boolean masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.layers.fans import FanAxes
from declinit.layers.regions import Region

SIZES = st.lists(st.integers(1, 9), max_size=3).map(tuple)


@st.composite
def regions(draw, shape, least=0):
    """A region of a variable of this shape, with at least so many indices along each axis."""
    bounds = []
    for size in shape:
        start = draw(st.integers(0, size - least))
        stop = draw(st.integers(start + least, size))
        bounds.append((start, stop, draw(st.integers(1, size))))
    return Region.of(bounds)


def mask(region: Region, shape: tuple[int, ...]) -> np.ndarray:
    """Which elements of a variable a region holds."""
    held = np.zeros(shape, np.bool_)
    held[region.block] = True
    return held


@given(SIZES.flatmap(lambda shape: st.tuples(st.just(shape), regions(shape), regions(shape))))
def test_overlap_and_cover_are_those_of_the_elements(case):
    shape, one, two = case
    first, second = mask(one, shape), mask(two, shape)
    assert one.overlaps(two) == two.overlaps(one) == bool((first & second).any())
    if second.any():
        assert one.covers(two) == bool((first >= second).all())
    assert (one == two) >= (one.to_value() == two.to_value())
    assert Region.of(one.to_value()) == one


@given(SIZES.flatmap(lambda s: st.tuples(st.just(s), regions(s), regions(s), st.booleans())))
def test_a_block_of_a_region_lies_where_it_lies_in_the_whole(case):
    shape, region, other, whole = case
    block = tuple(slice(0, size) for size in shape) if whole else _box(other)
    numbers = np.arange(np.prod(region.shape, dtype=int)).reshape(region.shape)
    expected = np.full(shape, -1)
    expected[region.block] = numbers
    made = np.array(np.full(shape, -1)[block])
    found = region.inside(block)
    if found:
        own, there = found
        made[there] = numbers[own]
    assert np.array_equal(made, expected[block])


def _box(region: Region) -> tuple[slice, ...]:
    return tuple(slice(one.start, one.stop) for one in region.stretches)


TEXTS = [
    ((10, 8), [(0, 1), (0, 8)], "0"),
    ((10, 8), [(0, 10), (0, 4)], ":, 0:4"),
    ((10, 8), [(0, 10), (0, 8)], "..."),
    ((), [], "..."),
    ((10,), [(0, 10, 4)], "0:9:4"),
    ((10,), [(2, 4, 3)], "2"),
    ((4, 0), [(1, 2), (0, 0)], "1"),
    ((4, 5, 6), [(0, 4), (1, 3), (0, 6)], ":, 1:3"),
]


@pytest.mark.parametrize(("shape", "bounds", "text"), TEXTS)
def test_a_region_has_one_text(shape, bounds, text):
    assert Region.of(bounds).text(shape) == text


def test_what_is_not_touched_has_no_say_in_the_text():
    """The vocabulary may grow without the padding row getting another seed."""
    texts = {Region.of([(0, 1), (0, size)]).text((1000 * size, size)) for size in (3, 4, 5)}
    assert texts == {"0"}


FITS = [
    ([(0, 2)], (2,), True),
    ([(0, 3)], (2,), False),
    ([(0, 2)], (2, 2), False),
    ([], (), True),
    ([(0, 0)], (0,), True),
]


@pytest.mark.parametrize(("bounds", "shape", "fits"), FITS)
def test_a_region_fits_a_shape_that_has_all_its_elements(bounds, shape, fits):
    assert Region.of(bounds).fits(shape) is fits


GATED = FanAxes((0,), (1,), divisor=4)
FANS_OF_PARTS = [
    # A gate of four, two of them, one and a half, an element, one element of each, and all.
    (range(3, 6), (5, 3)),
    (range(6), (5, 3)),
    (range(0, 5), (5, 2)),
    (range(7, 8), (5, 1)),
    (range(0, 10, 3), (5, 1)),
    (range(12), (5, 3)),
]


@pytest.mark.parametrize(("outputs", "fans"), FANS_OF_PARTS)
def test_a_part_divides_by_the_kernels_that_it_has_a_share_of(outputs, fans):
    """Twelve units of four gates: the part's fan-out is that of a gate, as far as it has it."""
    assert GATED.of_part((5, 12), outputs).fans((5, len(outputs))) == fans
