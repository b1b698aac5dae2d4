"""Putting the tests to the values of one variable: draws, matrices, and values known to the bit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.statistics.consistency import outcomes_of
from declinit.audits.statistics.equality import equality
from declinit.audits.statistics.fingerprints import Fingerprint, Fingerprints
from declinit.audits.statistics.gathering import gather
from declinit.audits.statistics.orthogonality import gates, orthogonality, randomness
from declinit.audits.statistics.outcomes import Outcome
from declinit.audits.statistics.views import view_of
from declinit.audits.tiles import Block, Shape
from declinit.kinds.distributions import Distribution
from declinit.wording import number_text

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A variable to which the tests have been put.

    Attributes:
        path: of the variable.
        source: what its values should be, in words.
        size: its number of elements.
        is_exact: whether its values are known to the bit, so that nothing is left to chance.
        freedom: degrees of freedom of its variance; None where none is tested.
        outcomes: of all tests, the most telling first; none if there is nothing to test.
        fingerprint: of its values, where another variable cannot hold the same by chance.
        seed: that its values are drawn with.
    """

    path: str
    source: str
    size: int
    is_exact: bool = False
    freedom: float | None = None
    outcomes: tuple[Outcome, ...] = ()
    fingerprint: Fingerprint | None = None
    seed: int | None = None

    def with_outcome(self, outcome: Outcome) -> Examined:
        """The variable with one more outcome, before all others."""
        return replace(self, outcomes=(outcome, *self.outcomes))


def untested(path: str, shape: Sequence[int], source: str) -> Examined:
    """A variable that there is no test for.

    Args:
        path: of the variable.
        shape: of the variable.
        source: what its values should be, in words.
    """
    return Examined(path=path, source=source, size=math.prod(shape))


def examined_draws(
    path: str,
    shape: Shape,
    pieces: Iterable[tuple[Block, Array]],
    expected: Distribution,
    seed: int | None = None,
) -> Examined:
    """A variable that should hold independent draws.

    Args:
        path: of the variable.
        shape: of the variable.
        pieces: blocks of consecutive elements in order, with their values.
        expected: the distribution of one element.
        seed: that they are drawn with.
    """
    if not _is_known(expected):
        return untested(path, shape, expected.family)
    view = view_of(expected)
    draws = gather(pieces, shape, view)
    freedom = 2.0 * draws.count / (view.moments.kurtosis - 1.0)
    return Examined(
        path=path,
        source=_text(expected),
        size=draws.size,
        freedom=freedom or None,
        outcomes=outcomes_of(draws, expected, view),
        fingerprint=None if draws.is_constant else draws.fingerprint,
        seed=seed,
    )


def _is_known(expected: Distribution) -> bool:
    """Whether the numbers that an audit holds are those of a distribution."""
    if expected.family == "log_uniform":
        return 0.0 < expected.low < expected.high < math.inf
    return expected.zeros < 1.0


def _text(expected: Distribution) -> str:
    mean, stddev = number_text(expected.mean), number_text(expected.stddev)
    return f"{expected.family} (mean {mean}, stddev {stddev})"


def examined_exact(
    path: str,
    shape: Shape,
    pairs: Iterable[tuple[Array, Array]],
    source: str,
    *,
    to_the_bit: bool = False,
) -> Examined:
    """A variable whose values are known to the bit.

    Args:
        path: of the variable.
        shape: of the variable.
        pairs: values and what they should be, which may be one number, of the same dtype.
        source: what its values should be, in words.
        to_the_bit: whether rounding counts.
    """
    outcomes = (equality(pairs, to_the_bit=to_the_bit),)
    size = math.prod(shape)
    return Examined(path=path, source=source, size=size, is_exact=True, outcomes=outcomes)


def examined_orthogonal(
    path: str, values: Array, source: str, *, gain: float, is_split: bool, seed: int | None
) -> Examined:
    """A variable that should hold an orthogonal matrix.

    Args:
        path: of the variable.
        values: of the whole variable.
        source: what its values should be, in words.
        gain: of the matrix.
        is_split: whether each gate has a matrix of its own.
        seed: that it is drawn with.
    """
    matrix = values.reshape(-1, values.shape[-1]) if values.size else np.empty((0, 0))
    blocks = gates(matrix) if is_split else [matrix]
    outcomes = [orthogonality(block, gain) for block in blocks if block.size]
    return _matrix(path, values, source, (*outcomes, *_random(matrix)), seed)


def examined_delta(
    path: str, values: Array, source: str, *, gain: float, seed: int | None
) -> Examined:
    """A kernel that should hold an orthogonal matrix at the center of its window, and zeros.

    Args:
        path: of the variable.
        values: of the whole variable.
        source: what its values should be, in words.
        gain: of the matrix.
        seed: that it is drawn with.
    """
    if not values.size:
        return untested(path, values.shape, source)
    center = tuple((size - 1) // 2 for size in values.shape[:-2])
    matrix, around = values[center], values.copy()
    around[center] = 0
    outcomes = (orthogonality(matrix, gain), equality([(around, np.zeros((), values.dtype))]))
    return _matrix(path, values, source, (*outcomes, *_random(matrix)), seed)


def _random(matrix: Array) -> list[Outcome]:
    return [randomness(matrix)] if matrix.size else []


def _matrix(
    path: str, values: Array, source: str, outcomes: tuple[Outcome, ...], seed: int | None
) -> Examined:
    prints = Fingerprints(values.shape)
    prints.add(values, tuple(slice(0, size) for size in values.shape))
    return Examined(
        path=path,
        source=source,
        size=values.size,
        outcomes=outcomes,
        fingerprint=prints.result(values.size),
        seed=seed,
    )
