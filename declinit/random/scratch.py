"""Each thread's own working memory: buffers of one chunk, made once and used for every draw.

A chunk is small enough for its words, indices and values to stay in cache from one NumPy call to
the next. It is large enough that threads seldom wait for each other: they hold the interpreter's
lock between their calls, and waking a thread takes longer than most of the calls.
"""

from __future__ import annotations

import threading

import numpy as np

CHUNK = 131_072


class Scratch(threading.local):
    """Buffers of one chunk, and a bit generator whose state is set anew for every draw."""

    def __init__(self) -> None:
        self.cells = np.empty(CHUNK, np.intp)
        self.bits = np.empty(CHUNK, np.uint32)
        self.runs = np.empty(CHUNK, np.uint32)
        self.words = np.empty(CHUNK, np.uint32)
        self.products = np.empty(CHUNK, np.uint64)
        self.chosen = np.empty(CHUNK, np.bool_)
        self.factors = np.empty(CHUNK, np.float32)
        self.values = np.empty(CHUNK, np.float32)
        self.philox = np.random.Philox(key=0)


scratch = Scratch()
