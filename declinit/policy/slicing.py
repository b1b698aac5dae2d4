"""Slicings: which part of a variable a rule means, as NumPy's basic indexing writes it.

`0`, `-1`, `:64`, `..., 8:16`, `::2`: indices and slices separated by commas, with `...` at most once
for all the axes that are not named. Other than NumPy, a part keeps every axis (`0` is `0:1`), so
that axes that an initializer counts fans by are those of the whole variable; nothing is clipped to
the shape; and a step is positive, since a part is a set of elements, which has no direction.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import DeclinitError, Problem, TextError
from declinit.layers.fans import Shape
from declinit.layers.regions import Region
from declinit.wording import shape_text

MAX_LENGTH = 200
MAX_DIGITS = 18

_WHOLE_NUMBER = rf"-?[0-9]{{1,{MAX_DIGITS}}}"
_INDEX = re.compile(_WHOLE_NUMBER)
_SLICE = re.compile(
    rf"(?P<start>{_WHOLE_NUMBER})? *: *(?P<stop>{_WHOLE_NUMBER})? *"
    rf"(?:: *(?P<step>{_WHOLE_NUMBER})?)?"
)
_DOTS = "..."


class SlicingError(TextError):
    """A malformed slicing."""


@dataclass(frozen=True, slots=True)
class _Index:
    """One index along an axis, counted from the end if it is negative."""

    value: int

    def stretch(self, size: int) -> range | None:
        """The index as a stretch; None where the axis is too short."""
        if not -size <= self.value < size:
            return None
        start = self.value % size
        return range(start, start + 1)


@dataclass(frozen=True, slots=True)
class _Slice:
    """Some indices along an axis."""

    start: int | None = None
    stop: int | None = None
    step: int = 1

    def stretch(self, size: int) -> range | None:
        """The indices; None where an end lies outside of the axis."""
        ends = [end for end in (self.start, self.stop) if end is not None]
        if not all(-size <= end <= size for end in ends):
            return None
        return range(*slice(self.start, self.stop, self.step).indices(size))


_ALL = _Slice()


@dataclass(frozen=True, slots=True)
class Slicing:
    """A slicing that is well formed.

    Attributes:
        text: as it is written.
        before: what it says of the first axes.
        after: what it says of the last axes, behind `...`.
    """

    text: str
    before: tuple[_Index | _Slice, ...]
    after: tuple[_Index | _Slice, ...]

    @classmethod
    def parse(cls, text: str) -> Slicing:
        """The slicing that a text writes.

        Raises:
            SlicingError: if it writes none.
        """
        return _parsed(text)

    def region(self, shape: Shape) -> Region:
        """The elements of a variable of this shape.

        Raises:
            DeclinitError: if some lie outside of it, or there are none.
        """
        given = len(self.before) + len(self.after)
        if given > len(shape):
            message = f"{given} {'index' if given == 1 else 'indices'} for shape {shape_text(shape)} of rank {len(shape)}"
            raise DeclinitError(Problem("DI330", message))
        items = (*self.before, *[_ALL] * (len(shape) - given), *self.after)
        stretches = [_stretch(item, shape, axis) for axis, item in enumerate(items)]
        return Region.of((one.start, one.stop, one.step) for one in stretches)


def malformed_slicing(node: Node | None) -> Iterator[Problem]:
    """The fault of a text that is no slicing; of anything but a text, its schema tells."""
    if node is None or not isinstance(node.value, str) or not node.value:
        return
    try:
        Slicing.parse(node.value)
    except SlicingError as error:
        yield error.problem.at(character_place(node, error.column))


def _stretch(item: _Index | _Slice, shape: Shape, axis: int) -> range:
    stretch = item.stretch(shape[axis])
    if stretch is None:
        message = f"it lies outside of shape {shape_text(shape)}, whose axis {axis} has size"
        raise DeclinitError(Problem("DI330", f"{message} {shape[axis]}"))
    if not stretch and item != _ALL:  # all of an empty axis is as meant
        message = f"no element of shape {shape_text(shape)} is in it, along axis {axis}"
        raise DeclinitError(Problem("DI331", message))
    return stretch


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> Slicing:
    if len(text) > MAX_LENGTH:
        message = f"at most {MAX_LENGTH} characters, received {len(text):,}"
        raise _fault(f"{text[:20]}...", message, MAX_LENGTH + 1)
    items = list(_items(text))
    dots = [at for at, (item, _) in enumerate(items) if item is None]
    if len(dots) > 1:
        raise _fault(
            text, "`...` stands for all other axes, so there can be one", items[dots[1]][1]
        )
    split = dots[0] if dots else len(items)
    found = [item for item, _ in items if item is not None]
    return Slicing(text, tuple(found[:split]), tuple(found[split:]))


def _items(text: str) -> Iterator[tuple[_Index | _Slice | None, int]]:
    """The items between commas, None for `...`, each with its column."""
    at = 0
    for piece in text.split(","):
        written = piece.strip(" ")
        column = at + len(piece) - len(piece.lstrip(" ")) + 1
        yield (None if written == _DOTS else _item(text, written, column)), column
        at += len(piece) + 1


def _item(text: str, written: str, column: int) -> _Index | _Slice:
    if _INDEX.fullmatch(written):
        return _Index(int(written))
    found = _SLICE.fullmatch(written)
    if not found:
        received = f"received {written!r}" if written else "found nothing"
        message = f"expected an index, a slice as `8:16`, or `...`, {received}"
        raise _fault(text, message, column)
    start, stop, step = (None if one is None else int(one) for one in found.groups())
    if step is not None and step < 1:
        message = f"a step is 1 or more, since a part has no direction, received {step}"
        raise _fault(text, message, column)
    return _Slice(start, stop, step or 1)


def _fault(text: str, message: str, column: int) -> SlicingError:
    return SlicingError(Problem("DI260", f"part {text!r}: {message}"), column)
