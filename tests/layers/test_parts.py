"""Named parts: regions of a variable that follow each other along one axis."""

from __future__ import annotations

import numpy as np
import pytest

from declinit.layers.parts import NamedParts, Part


def test_parts_are_equal_and_follow_each_other():
    assert NamedParts(("a", "b")).of((3, 8)) == (Part("a", 1, 0, 4), Part("b", 1, 4, 8))
    assert NamedParts(("a", "b"), axis=0).of((4,)) == (Part("a", 0, 0, 2), Part("b", 0, 2, 4))


def test_a_block_is_the_part_of_an_array():
    values = np.arange(24).reshape(2, 12)
    first, second, third = NamedParts(("z", "r", "h")).of(values.shape)
    together = [values[part.block(values.shape)] for part in (first, second, third)]
    assert np.array_equal(np.concatenate(together, axis=1), values)
    assert together[1].tolist() == [[4, 5, 6, 7], [16, 17, 18, 19]]


@pytest.mark.parametrize("shape", [(), (3,), (4, 7)])
def test_a_shape_that_cannot_be_divided_has_no_parts(shape):
    assert NamedParts(("a", "b")).of(shape) == ()


def test_an_axis_that_a_shape_lacks_has_no_parts():
    assert NamedParts(("a", "b"), axis=1).of((4,)) == ()


def test_parts_of_an_empty_axis_are_empty():
    assert NamedParts(("a", "b")).of((2, 0)) == (Part("a", 1, 0, 0), Part("b", 1, 0, 0))
