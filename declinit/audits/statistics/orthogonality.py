"""The tests of orthogonal matrices: how far they are from it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from declinit.audits.statistics.outcomes import Outcome, certain, finite
from declinit.audits.statistics.rounding import precision

Array = npt.NDArray[Any]

# So many columns are held against each other; one of them that is not orthogonal to the others
# says as much as all.
MOST = 512


def tolerance(size: int, gain: float, dtype: np.dtype[Any]) -> float:
    """What rounding may come to, in an entry of `Q'Q`.

    Args:
        size: the length of the vectors.
        gain: of the matrix.
        dtype: of its elements.
    """
    return 8.0 * precision(dtype)[0] * math.sqrt(size) * gain * gain


def orthogonality(matrix: Array, gain: float) -> Outcome:
    """Whether the columns of a matrix, or its rows if they are fewer, are orthogonal.

    Args:
        matrix: a matrix.
        gain: the length that each of them has.
    """
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    step = -(-tall.shape[1] // MOST)
    vectors = tall[:, ::step].astype(np.float64)
    with np.errstate(all="ignore"):
        gram = vectors.T @ vectors
        lengths = np.einsum("ij,ij->j", tall, tall, dtype=np.float64)
        gram[np.diag_indices_from(gram)] -= gain * gain
        residual = float(
            max(np.abs(gram).max(initial=0.0), np.abs(lengths - gain * gain).max(initial=0.0))
        )
    allowed = tolerance(tall.shape[0], gain, matrix.dtype)
    fault = None
    if not residual <= allowed:
        fault = f"Q'Q is off by {residual:.3g} from {gain * gain:.6g} times the identity"
    return certain("orthogonality", fault, finite(residual), allowed)


def randomness(matrix: Array) -> Outcome:
    """Whether a matrix is one that is drawn: the identity is orthogonal too, and mostly zeros."""
    zeros = int(np.count_nonzero(matrix == 0))
    sparse = min(matrix.shape) >= 4 and 2 * zeros > matrix.size
    fault = f"{zeros} of {matrix.size} elements are 0" if sparse else None
    return certain("randomness", fault, zeros, 0)


def gates(matrix: Array) -> list[Array]:
    """The square blocks of a fused recurrent kernel, one a gate."""
    return np.split(matrix, max(matrix.shape[1] // max(matrix.shape[0], 1), 1), axis=1)
