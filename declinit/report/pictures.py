"""Pictures: what a rule drew, beside the exact density of what it was to draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from declinit.audits.audit import Record
from declinit.report.densities import Density, Drawn, density_of
from declinit.report.figures import FIRST, SECOND, Canvas
from declinit.report.frames import BESIDE, BINS, Frame
from declinit.report.histograms import Histogram
from declinit.report.results import Result
from declinit.report.rules import RuleResult, size_of
from declinit.report.stddevs import range_text
from declinit.wording import counted, number_text

Doubles = npt.NDArray[np.float64]
Pair = tuple[Record, Histogram]

MOST = 60  # pictures on a page; the rules with the most parameters have them
WIDTH, HEIGHT = 360, 150
SMALL = 200, 62  # a picture of constants
FEW = 4000  # values that are shown in wider bins
WIDER = 3  # bins that are one of those
ROOM = 1.12  # above the highest bar
TICKS = 5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of what a rule drew.

    Attributes:
        label: of the rule.
        svg: an element of a page.
        notes: what it does not show, a line each.
        is_constant: whether it shows values without a spread.
    """

    label: str
    svg: str
    notes: tuple[str, ...] = ()
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Values of several variables in one frame, ready to be drawn.

    Attributes:
        frame: where the bins lie; that of the first variable.
        is_common: whether it is that of all of them, so that it can be read in values.
        counts: one number a bin.
        size: how many values there are, those in no bin included.
        density: what was to be drawn, where that is known.
        others: variables whose values are spread otherwise.
        beside: how many values lie in no bin.
        infinite: how many are no finite number.
    """

    frame: Frame
    is_common: bool
    counts: npt.NDArray[np.int64]
    size: int
    density: Density | None
    others: int = 0
    beside: int = 0
    infinite: int = 0


def pictures_of(result: Result, found: Sequence[RuleResult]) -> tuple[Picture, ...]:
    """A picture for each rule that drew, loaded, copied or kept values."""
    shown = sorted(found, key=lambda one: -one.parameters)[:MOST]
    labels = {one.label for one in shown}
    return tuple(
        picture
        for place, one in enumerate(found)
        if one.label in labels and (picture := _picture(result, one, f"r{place}"))
    )


def _picture(result: Result, found: RuleResult, key: str) -> Picture | None:
    drawing = drawing_of(result, found.records)
    if drawing is None:
        return _constant_picture(found, key)
    canvas = Canvas(WIDTH, HEIGHT)
    draw(canvas, drawing, FIRST, SECOND)
    finish(canvas, [drawing])
    says = f"histogram of {drawing.size:,} values of {found.label}"
    return Picture(found.label, canvas.svg(key, says), tuple(notes_of(drawing)))


def drawing_of(result: Result, records: Iterable[Record]) -> Drawing | None:
    """The values of variables that can be shown together: of those with one grid, the most.

    Returns:
        None where none has a spread.
    """
    grids: dict[tuple[float, float, bool], list[Pair]] = defaultdict(list)
    for record in records:
        histogram = result.histograms.get(record.path)
        if histogram is not None:
            grids[histogram.frame.grid].append((record, histogram))
    if not grids:
        return None
    most = max(grids.values(), key=lambda pairs: sum(size_of(record) for record, _ in pairs))
    return _drawing(most, others=sum(map(len, grids.values())) - len(most))


def _drawing(pairs: Sequence[Pair], others: int) -> Drawing:
    frame = pairs[0][1].frame
    drawn = [
        Drawn(record.assignment.expected, one.frame, size_of(record))
        for record, one in pairs
        if record.assignment.expected and one.frame.is_expected
    ]
    return Drawing(
        frame=frame,
        is_common=all(_is_near(frame, one.frame) for _, one in pairs),
        counts=np.sum([one.counts for _, one in pairs], axis=0),
        size=sum(one.size for _, one in pairs),
        density=density_of(drawn) if len(drawn) == len(pairs) else None,
        others=others,
        beside=sum(one.beside for _, one in pairs),
        infinite=sum(one.infinite for _, one in pairs),
    )


def _is_near(one: Frame, other: Frame) -> bool:
    near = 1e-6 * one.stddev
    return abs(one.mean - other.mean) <= near and abs(one.stddev - other.stddev) <= near


def draw(canvas: Canvas, drawing: Drawing, bars: str, line: str, style: str = "-") -> None:
    """Draw values as bars and their density as a line.

    Args:
        canvas: to draw on.
        drawing: the values.
        bars: colour of the bars.
        line: colour of the line.
        style: of the line.
    """
    heights, edges = _bars(drawing)
    canvas.axes.stairs(heights, edges, fill=True, color=bars, alpha=0.45, linewidth=0)
    density = drawing.density
    if density is not None:
        canvas.axes.stairs(
            density.heights, density.edges, color=line, linewidth=1.6, linestyle=style
        )


def _bars(drawing: Drawing) -> tuple[Doubles, Doubles]:
    """The share of values a standard deviation, and the edges of the bars."""
    frame, merged = drawing.frame, WIDER if drawing.size < FEW else 1
    counts = drawing.counts.reshape(-1, merged).sum(axis=1)
    edges = np.linspace(frame.low, frame.high, BINS // merged + 1)
    return counts / (max(drawing.size, 1) * np.diff(edges)), edges


def finish(canvas: Canvas, drawings: Sequence[Drawing]) -> None:
    """Set the axes: their ends, and an axis that is read in values where all share one."""
    axes, frame = canvas.axes, drawings[0].frame
    ends = _shown_ends(drawings)
    axes.set_xlim(*ends)
    axes.set_ylim(0, ROOM * (max(map(_top, drawings)) or 1.0))
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=TICKS)
    is_common = all(one.is_common for one in drawings) and _can_be_read(frame)
    if is_common:
        ticks = _round_ticks(frame, ends)
        axes.set_xticks([(tick - frame.mean) / frame.stddev for tick in ticks])
        axes.set_xticklabels(list(map(number_text, ticks)))
    axes.set_xlabel(_axis_text(drawings, is_common), labelpad=3)


def _shown_ends(drawings: Sequence[Drawing]) -> tuple[float, float]:
    """The ends of the frame; of what nothing is expected of, those of what there is."""
    frame = drawings[0].frame
    counts = sum((one.counts for one in drawings), np.zeros(BINS, np.int64))
    filled = np.flatnonzero(counts)
    if any(one.density for one in drawings) or not filled.size:
        return frame.low, frame.high
    edges = np.linspace(frame.low, frame.high, BINS + 1)
    first, last = max(filled[0] - BESIDE, 0), min(filled[-1] + BESIDE, BINS - 1)
    return float(edges[first]), float(edges[last + 1])


def _top(drawing: Drawing) -> float:
    """The highest bar, but for a spike that would leave nothing else to see."""
    heights = np.sort(_bars(drawing)[0])
    density = drawing.density.heights if drawing.density else heights
    top = max(heights[-1], density.max())
    second = max(heights[-2], np.sort(density)[-2])
    return float(1.6 * second if 0 < 4 * second < top else top)


def _can_be_read(frame: Frame) -> bool:
    """Whether four digits tell its values apart, none of them near the ends of doubles."""
    return 1e-200 < frame.stddev < 1e200 and abs(frame.mean) < 1000 * frame.stddev


def _round_ticks(frame: Frame, ends: tuple[float, float]) -> list[float]:
    """Round values between the ends of what is shown of a frame."""
    low, high = (frame.mean + end * frame.stddev for end in ends)
    step = _round_step((high - low) / TICKS)
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [step * count for count in range(first, last + 1)]


def _round_step(least: float) -> float:
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= least * 0.999))


def _axis_text(drawings: Sequence[Drawing], is_common: bool) -> str:
    if is_common:
        return "value"
    whose = "expected" if drawings[0].frame.is_expected else "measured"
    shifted = any(one.frame.mean for one in drawings)
    return f"{'distance from the mean' if shifted else 'value'}, in {whose} stddevs"


def notes_of(drawing: Drawing) -> Iterable[str]:
    """What a picture does not show."""
    if drawing.others:
        yield f"{counted(drawing.others, 'variable')} of another spread not shown"
    if drawing.beside:
        yield f"{counted(drawing.beside, 'value')} beyond the ends"
    if drawing.infinite:
        yield f"{counted(drawing.infinite, 'value')} not finite"


def _constant_picture(found: RuleResult, key: str) -> Picture | None:
    """One spike a value, of variables without a spread."""
    sizes: dict[float, int] = defaultdict(int)
    for record in found.records:
        if record.measure.mean is not None:
            sizes[record.measure.mean] += size_of(record)
    if not sizes:
        return None
    total = sum(sizes.values())
    values = sorted(sizes)
    canvas = Canvas(*SMALL)
    for place, value in enumerate(values):
        share = sizes[value] / total
        canvas.axes.plot([place, place], [0, share], color=FIRST, linewidth=4)
    _finish_constants(canvas, values)
    said = range_text(f"all {number_text(value)}" for value in sizes)
    svg = canvas.svg(key, f"{total:,} values of {found.label}: {said}")
    return Picture(found.label, svg, is_constant=True)


def _finish_constants(canvas: Canvas, values: Sequence[float]) -> None:
    """Values side by side, however far apart they are."""
    axes, last = canvas.axes, len(values) - 1
    axes.set_xlim(-1, last + 1)
    axes.set_ylim(0, ROOM)
    axes.set_yticks([])
    places = range(last + 1) if last < TICKS else (0, last)
    axes.set_xticks(list(places))
    axes.set_xticklabels([number_text(values[place]) for place in places])
