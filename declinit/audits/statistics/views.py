"""Which numbers a distribution is tested on: those for which the tests are exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.kinds.distributions import Distribution

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the values of a distribution are looked at.

    Attributes:
        values: the distribution of the values that are tested.
        moments: the distribution of the numbers whose mean and stddev are tested.
        drops_zeros: whether zeros are left out; they are counted instead.
        takes_logarithms: whether mean and stddev are those of the logarithms.
    """

    values: Distribution
    moments: Distribution
    drops_zeros: bool = False
    takes_logarithms: bool = False

    @property
    def noun(self) -> str:
        """What mean and stddev are told of."""
        if self.takes_logarithms:
            return " of the logarithms"
        return " of what is not zero" if self.drops_zeros else ""

    def numbers(self, values: Array) -> Array:
        """The numbers whose mean and stddev are tested, in double precision."""
        doubles = values.astype(np.float64)
        return np.log(doubles) if self.takes_logarithms else doubles


def view_of(distribution: Distribution) -> View:
    """The view in which a distribution is normal, uniform, or a normal that is cut.

    A sparse kernel has a fixed number of zeros in each column, and what is left is normal. The
    logarithms of a log-uniform distribution are uniform.
    """
    if distribution.family == "sparse_normal":
        own = distribution.stddev / math.sqrt(1.0 - distribution.zeros)
        normal = Distribution.normal(0.0, own)
        return View(values=normal, moments=normal, drops_zeros=True)
    if distribution.family == "log_uniform":
        bounds = math.log(distribution.low), math.log(distribution.high)
        uniform = Distribution.uniform(*bounds)
        return View(values=distribution, moments=uniform, takes_logarithms=True)
    return View(values=distribution, moments=distribution)
