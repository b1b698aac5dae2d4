"""Flushing: threads whose CPU turns numbers below the normal range into zeros.

The mode belongs to a thread, and a new thread inherits it from the one that starts it. Libraries
turn it on for speed (`torch.set_flush_denormal`), and NumPy does not report it.
"""

from __future__ import annotations

import numpy as np

_SMALLEST_NORMAL = np.full(1, 2.0**-126, np.float32)
_HALF = np.float32(0.5)


def flushes() -> bool:
    """Whether the calling thread turns half of the smallest normal float32 into zero."""
    return not (_SMALLEST_NORMAL * _HALF).view(np.uint32)[0]


def silent_floats() -> np.errstate:
    """Error handling under which NumPy neither warns of floats nor lets a flushed one pass.

    If the calling thread flushes, the first number that it turns into zero raises
    FloatingPointError.
    """
    return np.errstate(all="ignore", under="raise" if flushes() else "ignore")
