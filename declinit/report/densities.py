"""Densities: what a distribution puts into each cell of a frame, by its distribution function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from declinit.kinds.distributions import Distribution
from declinit.report.frames import BINS, Frame

Doubles = npt.NDArray[np.float64]

FINE = 4
"""Cells a bin, of a smooth density."""


@dataclass(frozen=True, slots=True)
class Density:
    """A density, exact in the mean over each cell.

    Attributes:
        edges: of the cells, in standard deviations from the mean.
        heights: one a cell.
    """

    edges: Doubles
    heights: Doubles


class Drawn(NamedTuple):
    """Values that are drawn from one distribution.

    Attributes:
        distribution: of one value.
        frame: that it is seen in.
        size: how many values there are.
    """

    distribution: Distribution
    frame: Frame
    size: int

    @property
    def form(self) -> tuple[object, ...]:
        """What distributions have in common that differ in their scale alone."""
        one, frame = self.distribution, self.frame
        places = (one.mean, one.low, one.high, frame.mean + one.stddev)
        scaled = (round((place - frame.mean) / frame.stddev, 9) for place in places)
        return one.family, one.bounds, one.zeros, *scaled


def density_of(drawn: Iterable[Drawn]) -> Density | None:
    """The density of values that are drawn from several distributions.

    Args:
        drawn: values, in frames that have one grid.

    Returns:
        None where there are no values.
    """
    first: dict[tuple[object, ...], Drawn] = {}
    sizes: dict[tuple[object, ...], int] = {}
    for one in drawn:
        first.setdefault(one.form, one)
        sizes[one.form] = sizes.get(one.form, 0) + one.size
    total = sum(sizes.values())
    if not total:
        return None
    # A spike fills one bin, as it does in a histogram.
    cells = BINS if any(_has_spike(one.distribution) for one in first.values()) else BINS * FINE
    frame = next(iter(first.values())).frame
    edges = np.linspace(frame.low, frame.high, cells + 1)
    shares = np.zeros(cells)
    for form, one in first.items():
        shares += sizes[form] / total * _shares(one, edges)
    return Density(edges, shares / np.diff(edges))


def _has_spike(one: Distribution) -> bool:
    return bool(one.zeros) or not one.stddev


def _shares(one: Drawn, edges: Doubles) -> Doubles:
    values = one.frame.mean + edges * one.frame.stddev
    return np.diff([one.distribution.cdf(value) for value in values.tolist()])
