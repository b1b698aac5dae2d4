"""Each thread's own working memory: one chunk of everything, made once and used for every draw.

A chunk is small enough that its words, indices and values stay in cache between one NumPy call and
the next, and so large that threads, which must hold the interpreter's lock between their calls,
seldom wait for each other: waking a thread takes longer than most of the calls.
"""

from __future__ import annotations

import threading

import numpy as np

CHUNK = 131_072


class Scratch(threading.local):
    """Buffers of one chunk, and a bit generator that is given a new state for every draw."""

    def __init__(self) -> None:
        self.cells = np.empty(CHUNK, np.intp)
        self.bits = np.empty(CHUNK, np.uint32)
        self.chosen = np.empty(CHUNK, np.bool_)
        self.factors = np.empty(CHUNK, np.float32)
        self.values = np.empty(CHUNK, np.float32)
        self.philox = np.random.Philox(key=0)


scratch = Scratch()
