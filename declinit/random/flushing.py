"""Flushing: threads whose CPU turns numbers below the normal range into zeros.

The mode belongs to a thread, which inherits it from the thread that starts it. Libraries turn it on
for speed (`torch.set_flush_denormal`), and nothing that NumPy computes says that it is on.
"""

from __future__ import annotations

import numpy as np

_SMALLEST_NORMAL = np.full(1, 2.0**-126, np.float32)
_HALF = np.float32(0.5)


def flushes() -> bool:
    """Whether the calling thread turns half of the smallest normal float32 into zero."""
    return not (_SMALLEST_NORMAL * _HALF).view(np.uint32)[0]


def silent_floats() -> np.errstate:
    """NumPy's error handling for one thread: nothing is said of infinities and small numbers.

    Where the thread flushes, the first number that is turned into zero raises FloatingPointError.
    """
    return np.errstate(all="ignore", under="raise" if flushes() else "ignore")
