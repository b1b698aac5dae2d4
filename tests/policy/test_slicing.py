"""Slicings: NumPy's basic indexing as text."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.errors import DeclinitError
from declinit.policy.slicing import Slicing, SlicingError

ENDS = st.one_of(st.none(), st.integers(-7, 7))
BLANKS = st.sampled_from(["", " ", "  "])


@st.composite
def items(draw) -> str:
    """An index or a slice, as one may write it."""
    if draw(st.booleans()):
        return str(draw(st.integers(-7, 7)))
    ends = ["" if end is None else str(end) for end in (draw(ENDS), draw(ENDS))]
    if draw(st.booleans()):
        ends.append(draw(st.sampled_from(["", "1", "2", "3", "9"])))
    return draw(BLANKS).join(":".join(ends).partition(":"))


@st.composite
def slicings(draw) -> str:
    """Indices and slices, with dots or without."""
    given_items = draw(st.lists(items(), min_size=1, max_size=4))
    if draw(st.booleans()):
        given_items.insert(draw(st.integers(0, len(given_items))), "...")
    return ",".join(draw(BLANKS) + item + draw(BLANKS) for item in given_items)


SHAPES = st.lists(st.integers(1, 6), max_size=4).map(tuple)


@given(slicings(), SHAPES)
def test_a_slicing_takes_what_numpy_takes_or_is_refused(text, shape):
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    try:
        taken = eval(f"numbers[{text}]", {"numbers": numbers})
    except IndexError:
        taken = None
    try:
        region = Slicing.parse(text).region(shape)
    except DeclinitError as error:
        # NumPy cuts slices to the shape; what is empty or cut there is refused here.
        (problem,) = error.problems
        assert problem.code == "DI330" or not np.size(taken)
        return
    assert taken is not None
    assert numbers[region.block].reshape(-1).tolist() == np.ravel(taken).tolist()
    assert region.fits(shape)
    assert Slicing.parse(region.text(shape)).region(shape) == region


TAKEN = [
    ("0", (4, 3), [[0, 1], [0, 3]]),
    ("-1", (4, 3), [[3, 4], [0, 3]]),
    ("..., :2", (4, 3), [[0, 4], [0, 2]]),
    (" 1 : 3 , ... ", (4, 3), [[1, 3], [0, 3]]),
    ("-4:4:2, 2", (4, 3), [[0, 3, 2], [2, 3]]),
    ("1:, ..., -3:-1", (4, 5, 3), [[1, 4], [0, 5], [0, 2]]),
    ("::9", (4,), [[0, 1]]),
]


@pytest.mark.parametrize(("text", "shape", "bounds"), TAKEN)
def test_a_slicing_keeps_every_axis(text, shape, bounds):
    assert Slicing.parse(text).region(shape).to_value() == bounds


MALFORMED = {
    "": (1, "part '': expected an index, a slice as `8:16`, or `...`, found nothing"),
    "0,": (3, "part '0,': expected an index, a slice as `8:16`, or `...`, found nothing"),
    "0,, 1": (3, "part '0,, 1': expected an index, a slice as `8:16`, or `...`, found nothing"),
    "1.5": (1, "part '1.5': expected an index, a slice as `8:16`, or `...`, received '1.5'"),
    ":, x": (4, "part ':, x': expected an index, a slice as `8:16`, or `...`, received 'x'"),
    "0 1": (1, "part '0 1': expected an index, a slice as `8:16`, or `...`, received '0 1'"),
    "[0]": (1, "part '[0]': expected an index, a slice as `8:16`, or `...`, received '[0]'"),
    "+1": (1, "part '+1': expected an index, a slice as `8:16`, or `...`, received '+1'"),
    "1_0": (1, "part '1_0': expected an index, a slice as `8:16`, or `...`, received '1_0'"),
    "\u0661": (
        1,
        "part '\u0661': expected an index, a slice as `8:16`, or `...`, received '\u0661'",
    ),
    "0\n": (1, r"part '0\n': expected an index, a slice as `8:16`, or `...`, received '0\n'"),
    "None": (1, "part 'None': expected an index, a slice as `8:16`, or `...`, received 'None'"),
    "1:2:3:4": (
        1,
        "part '1:2:3:4': expected an index, a slice as `8:16`, or `...`, received '1:2:3:4'",
    ),
    "..., 0, ...": (
        9,
        "part '..., 0, ...': `...` stands for all other axes, so there can be one",
    ),
    "::-1": (1, "part '::-1': a step is 1 or more, since a part has no direction, received -1"),
    "0, ::0": (4, "part '0, ::0': a step is 1 or more, since a part has no direction, received 0"),
    "9" * 19: (
        1,
        f"part '{'9' * 19}': expected an index, a slice as `8:16`, or `...`, received '{'9' * 19}'",
    ),
    ":" * 1_000_000: (
        201,
        f"part '{':' * 20}...': at most 200 characters, received 1,000,000",
    ),
}


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:20])
def test_a_malformed_slicing_is_refused_at_its_character(text):
    begin = time.perf_counter()
    with pytest.raises(SlicingError) as caught:
        Slicing.parse(text)
    assert time.perf_counter() - begin < 0.1
    assert caught.value.problem.code == "DI260"
    assert (caught.value.column, caught.value.problem.message) == MALFORMED[text]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


OUTSIDE = [
    ("8", (8, 2), "it lies outside of shape 8x2, whose axis 0 has size 8"),
    ("-9", (8, 2), "it lies outside of shape 8x2, whose axis 0 has size 8"),
    (":, :3", (8, 2), "it lies outside of shape 8x2, whose axis 1 has size 2"),
    ("-3:, 0", (2, 2), "it lies outside of shape 2x2, whose axis 0 has size 2"),
    ("999999999999999999", (2,), "it lies outside of shape 2, whose axis 0 has size 2"),
    ("0, 0", (8,), "2 indices for shape 8 of rank 1"),
    ("0", (), "1 index for shape () of rank 0"),
    ("5:5", (8,), "no element of shape 8 is in it, along axis 0"),
    ("..., 6:2", (3, 8), "no element of shape 3x8 is in it, along axis 1"),
    (":0", (0,), "no element of shape 0 is in it, along axis 0"),
]


@pytest.mark.parametrize(("text", "shape", "message"), OUTSIDE)
def test_what_a_shape_does_not_hold_is_refused(text, shape, message):
    with pytest.raises(DeclinitError) as caught:
        Slicing.parse(text).region(shape)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_all_of_a_scalar_and_all_of_an_empty_axis_are_parts():
    assert Slicing.parse("...").region(()).shape == ()
    assert Slicing.parse("1").region((2, 0)).shape == (1, 0)
    assert Slicing.parse(":, :").region((2, 0)).shape == (2, 0)
