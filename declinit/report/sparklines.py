"""Sparklines: a histogram as one short SVG path, small enough for ten thousand on a page."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from declinit.report.frames import BINS
from declinit.report.histograms import Counts, Histogram

MERGED = 3  # bins of a histogram that make one of a sparkline
BARS = BINS // MERGED
STEP = 4  # units of width a bar
WIDTH, HEIGHT = BARS * STEP, 24


def sparkline_path(histogram: Histogram | None) -> str:
    """The outline of a histogram; one bar for values that are all equal.

    Returns:
        The `d` of a path in a box of `WIDTH` by `HEIGHT`; empty where there are no values.
    """
    if histogram is None:
        return _outline([HEIGHT if bar == BARS // 2 else 0 for bar in range(BARS)])
    heights = _heights(histogram.counts)
    return _outline(heights) if any(heights) else ""


def _heights(counts: Counts) -> list[int]:
    """Whole numbers up to `HEIGHT`; what is there at all is seen."""
    bars = counts.reshape(BARS, MERGED).sum(axis=1)
    heights = np.ceil(bars * (HEIGHT / max(int(bars.max()), 1))).astype(int)
    return [int(height) for height in heights]


def _outline(heights: list[int]) -> str:
    """Steps from left to right; bars of one height are one step, and empty ends are left out."""
    steps = [(height, len(list(bars))) for height, bars in groupby(heights)]
    start = 0
    if steps[0][0] == 0:
        start = steps.pop(0)[1]
    if steps and steps[-1][0] == 0:
        steps.pop()
    drawn = "".join(f"V{HEIGHT - height}h{bars * STEP}" for height, bars in steps)
    return f"M{start * STEP} {HEIGHT}{drawn}V{HEIGHT}z"
