"""Orthogonal matrices as a walk of plane rotations, any part of which can be made by itself.

The values of a QR decomposition depend on the order in which a linear algebra library sums. A
walk (Kac, "Foundations of kinetic theory", 1956, here with many rotations at once) has no sums to
reorder: each layer pairs the coordinates at random and turns each pair by a random angle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from declinit.random.arrays import Array, Floats, Indices
from declinit.random.blocks import Axis
from declinit.random.distributions import Normal
from declinit.random.fills import fill
from declinit.random.flushing import silent_floats
from declinit.random.formats import round_into
from declinit.random.streams import philox_key, raw_numbers
from declinit.random.transforms import transform_of
from declinit.workers import run_all

# How many columns walk together: wide enough for the vector units, narrow enough for the cache.
COLUMNS_AT_ONCE = 128

# With a smaller gain, an entry may well become smaller than every normal float32.
SMALL_GAIN = 2.0**-60


@dataclass(frozen=True, slots=True)
class Layer:
    """One step of the walk.

    Attributes:
        order: a permutation of all coordinates; its first half is paired with its second.
        cosines: of each pair's angle, as a column.
        sines: of each pair's angle, as a column.
    """

    order: Indices
    cosines: Floats
    sines: Floats


def layer_count(size: int) -> int:
    """How many layers bring a walk on `size` coordinates close enough to the uniform measure."""
    return 4 * (max(2, size) - 1).bit_length() + 8


def layer_of(seed: int, number: int, size: int) -> Layer:
    """Layer `number` of the walk on `size` coordinates."""
    half = size // 2
    order_key = philox_key(seed, f"walk/{number}/order")
    order = np.argsort(raw_numbers(order_key, 0, size), kind="stable")
    unit = np.empty(2 * half, np.float32)
    fill(transform_of(Normal()), philox_key(seed, f"walk/{number}/angle"), 0, unit)
    a, b = unit.astype(np.float64).reshape(2, half, 1)
    radius = np.sqrt(a * a + b * b)
    return Layer(order, (a / radius).astype(np.float32), (b / radius).astype(np.float32))


def starting_columns(seed: int, size: int, columns: Indices) -> Floats:
    """Where the walk starts: column j holds 1 or -1 at coordinate j and 0 elsewhere."""
    start = np.zeros((size, columns.size), np.float32)
    if columns.size:
        signs = raw_numbers(philox_key(seed, "walk/sign"), 0, int(columns.max()) + 1) >> 63
        start[columns, np.arange(columns.size)] = np.where(signs[columns] == 1, 1, -1)
    return start


def walk(layers: Iterable[Layer], columns: Floats) -> Floats:
    """Take columns through all layers; the given array is overwritten."""
    size = len(columns)
    half = size // 2
    here, there = columns, np.empty_like(columns)
    product = np.empty_like(columns[:half])
    for layer in layers:
        here.take(layer.order, axis=0, out=there, mode="wrap")
        here, there = there, here
        a, b = here[:half], here[half : 2 * half]
        turned_a, turned_b = there[:half], there[half : 2 * half]
        np.multiply(a, layer.cosines, out=turned_a)
        np.multiply(b, layer.sines, out=product)
        np.subtract(turned_a, product, out=turned_a)
        np.multiply(a, layer.sines, out=turned_b)
        np.multiply(b, layer.cosines, out=product)
        np.add(turned_b, product, out=turned_b)
        there[2 * half :] = here[2 * half :]
        here, there = there, here
    return here


@dataclass(frozen=True, slots=True)
class Matrix:
    """Which part of an orthogonal matrix to make, as coordinates and columns of the walk.

    The walk makes tall matrices; a wide matrix is the transpose of a tall one.
    """

    size: int
    coordinates: Indices
    columns: Indices
    tall: bool

    @classmethod
    def of(cls, axes: Sequence[Axis]) -> Matrix:
        """The block given by `axes` of the matrix whose rows are all axes but the last, merged."""
        sizes = [axis.size for axis in axes]
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        lead = tuple(slice(axis.start, axis.stop) for axis in axes[:-1])
        leading = np.arange(rows).reshape(sizes[:-1])[lead].ravel()
        last = np.arange(axes[-1].start, axes[-1].stop)
        tall = rows >= columns
        return cls(max(rows, columns), *((leading, last) if tall else (last, leading)), tall=tall)


def fill_matrix(matrix: Matrix, seed: int, gain: np.float32, out: Array, threads: int) -> None:
    """Write part of an orthogonal matrix, times the gain, into a two-dimensional array.

    Raises:
        FloatingPointError: if a thread turns a number below the normal range into zero.
    """
    target = out if matrix.tall else out.T
    firsts = range(0, matrix.columns.size, COLUMNS_AT_ONCE)
    numbers = range(layer_count(matrix.size))
    layers: Iterable[Layer] = (layer_of(seed, number, matrix.size) for number in numbers)
    if len(firsts) > 1:
        layers = list(layers)

    def fill_columns(first: int) -> None:
        columns = matrix.columns[first : first + COLUMNS_AT_ONCE]
        with silent_floats():
            walked = walk(layers, starting_columns(seed, matrix.size, columns))
            values = walked.take(matrix.coordinates, axis=0)
            if gain != 1:
                np.multiply(values, gain, out=values)
        # Half types have subnormal numbers that no thread flushes: an underflow here is no error.
        with np.errstate(all="ignore"):
            round_into(values, target[:, first : first + COLUMNS_AT_ONCE])

    run_all(fill_columns, firsts, threads)
