"""Signals by depth: how large they are on their way forward and back, on one picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from declinit.probing.probe import Probe, Run
from declinit.probing.signal import Signal, Values, mean
from declinit.report.figures import FIRST, INK, SECOND, Canvas
from declinit.report.pictures import Picture
from declinit.wording import counted

WIDTH, HEIGHT = 1100, 300
MARKERS = "^DsPv*Xp<>h"
MARKED_MOST = 200  # signals of which each is marked; more would hide the lines

Points = list[tuple[int, float]]


def signals_picture(probe: Probe) -> Picture:
    """The RMS of every layer's output and of the gradient to it, by depth, on a scale of powers.

    Args:
        probe: what was measured; of several sizes the first is drawn.
    """
    run = probe.runs[0]
    canvas = Canvas(WIDTH, HEIGHT)
    signals = list(run.signals.values())
    ways = [
        ([one.forward for one in signals], FIRST, "-", "forward"),
        ([one.backward or () for one in signals], SECOND, "--", "back"),
    ]
    shown = 0
    for values, colour, line, name in ways:
        shown += _draw_way(canvas, values, colour, line, name)
    _mark_labels(canvas, signals)
    _finish(canvas, len(signals), is_logarithmic=bool(shown))
    says = f"root mean squares of {counted(len(signals), 'signal')} of {probe.model} by depth"
    return Picture(probe.model, canvas.svg("signals", says), tuple(_notes(run)))


def _draw_way(canvas: Canvas, values: Sequence[Values], colour: str, line: str, name: str) -> int:
    """Draw the means of one way as a line, and each seed as a faint one."""
    seeds = max(map(len, values), default=0)
    for seed in range(seeds if seeds > 1 else 0):
        _plot(canvas, _points([one[seed : seed + 1] for one in values]), colour, line, width=0.6)
    points = _points(values)
    _plot(canvas, points, colour, line, width=1.8, label=name)
    return len(points)


def _points(values: Sequence[Values]) -> Points:
    """The depth and the mean of each signal that a logarithmic scale can show."""
    means = ((depth, mean(one)) for depth, one in enumerate(values))
    return [(depth, one) for depth, one in means if one and math.isfinite(one)]


def _plot(
    canvas: Canvas, points: Points, colour: str, line: str, *, width: float, label: str = ""
) -> None:
    if points:
        depths, sizes = zip(*points, strict=True)
        faint = {} if label else {"alpha": 0.5}
        canvas.axes.plot(
            depths,
            sizes,
            color=colour,
            linestyle=line,
            linewidth=width,
            label=label or "_",
            **faint,
        )


def _mark_labels(canvas: Canvas, signals: Sequence[Signal]) -> None:
    """A sign a label, on the forward line, so that what is meant to be so is seen as such."""
    for label, marker in zip(_labels(signals), MARKERS, strict=False):
        values = [one.forward if label in one.labels else () for one in signals]
        points = _points(values)
        if points and len(signals) <= MARKED_MOST:
            depths, sizes = zip(*points, strict=True)
            canvas.axes.plot(
                depths,
                sizes,
                color=INK,
                linestyle="",
                marker=marker,
                markersize=6,
                markerfacecolor="none",
                label=label,
            )


def _labels(signals: Sequence[Signal]) -> Mapping[str, None]:
    return dict.fromkeys(label for one in signals for label in one.labels)


def _finish(canvas: Canvas, count: int, *, is_logarithmic: bool) -> None:
    axes = canvas.axes
    axes.set_xlim(-0.5, max(count - 0.5, 0.5))
    axes.set_xlabel("layers, in the order in which they run", labelpad=4)
    axes.set_ylabel("root mean square")
    if is_logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
        axes.axhline(1.0, color=INK, linewidth=0.5)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor=INK)


def _notes(run: Run) -> Iterator[str]:
    """What the picture does not show."""
    sizes = [mean(one.forward) or 0.0 for one in run.signals.values()]
    if zeros := sum(not size for size in sizes):
        yield f"{counted(zeros, 'output')} of zeros not shown"
    if infinite := sum(not math.isfinite(size) for size in sizes):
        yield f"{counted(infinite, 'output')} without a finite size not shown"
    if len(run.signals) > MARKED_MOST and _labels(list(run.signals.values())):
        yield "the labels are in the table"
    if not run.backward:
        yield "no gradients were measured"
