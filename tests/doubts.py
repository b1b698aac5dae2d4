"""What the tests of plausibility say of an array, for tests that draw one."""

from __future__ import annotations

from typing import Any

import numpy as np

from declinit.audits.examination import Examined, examined_draws
from declinit.audits.plausibility import judge
from declinit.kinds.distributions import Distribution


def examined(values: np.ndarray[Any, Any], distribution: Distribution) -> Examined:
    """An array, to which all tests of its distribution have been put."""
    block = tuple(slice(0, size) for size in values.shape)
    return examined_draws("a", values.shape, [(block, values)], distribution)


def doubt(values: np.ndarray[Any, Any], distribution: Distribution) -> str | None:
    """Why an array is no plausible draw, at a probability of 1e-6; None if it is."""
    judged = judge([examined(values, distribution)], significance=1e-6)["a"]
    return judged.reason if judged.rejected else None
