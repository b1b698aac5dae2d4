"""Probes: how large signals are, forward and back, a line an output of a layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from declinit.probing.labels import EXCUSED, GAIN
from declinit.probing.probe import Probe, Run
from declinit.probing.signal import Signal, mean
from declinit.render.layout import Cell, Layout, Table, Tone, row
from declinit.wording import counted, number_text, shape_text

COLUMNS = ("layer", "class", "shape", "rms", "gain", "expected", "back", "weights", "labels")

# A gain further from what is expected than this factor is shown as a warning.
FAR = 2.0


def probe_layout(probe: Probe) -> Layout:
    """The signals of a model; where its size was varied, how they grow with it.

    Args:
        probe: what was measured.
    """
    first, *others = probe.runs
    moved = probe.step is not None
    tables = _sizes(probe.runs, moved=moved) if others else (_signals(first, moved=moved),)
    return Layout(
        document=probe.to_dict,
        title=f"signals of {probe.model}",
        tables=tables,
        summary=_summary(probe),
        notes=tuple(Cell(f"note: {note}", "muted") for note in (*_given(first), *probe.notes)),
    )


def _summary(probe: Probe) -> str:
    run = probe.runs[0]
    mode = "in training" if probe.training else "in inference"
    sizes = f", {counted(len(probe.runs), 'size')}" if len(probe.runs) > 1 else ""
    count = counted(len(run.signals), "signal")
    return f"{count}, means over {counted(len(run.seeds), 'seed')}{sizes}, layers run as {mode}"


def _given(run: Run) -> Iterator[str]:
    for one in run.inputs:
        yield f"input {one.name} {shape_text(one.shape)} {one.dtype}: {one.says}"


def _signals(run: Run, *, moved: bool) -> Table:
    columns = (*COLUMNS[:-1], "step", COLUMNS[-1]) if moved else COLUMNS
    rows = tuple(_signal_row(one, moved=moved) for one in run.signals.values())
    return Table(columns=columns, rows=rows)


def _signal_row(one: Signal, *, moved: bool) -> tuple[Cell, ...]:
    return row(
        one.name,
        one.layer,
        shape_text(one.shape),
        number_text(mean(one.forward)),
        Cell(number_text(one.gain), _tone(one)),
        number_text(one.expected),
        number_text(mean(one.backward)),
        number_text(_weights(one)),
        *((number_text(mean(one.update)),) if moved else ()),
        ", ".join(one.labels),
    )


def _tone(one: Signal) -> Tone:
    excused = any(GAIN in EXCUSED.get(label, ()) for label in one.labels)
    if one.gain is None or excused:
        return "muted" if excused else "plain"
    if not math.isfinite(one.gain):
        return "bad"
    expected = 1.0 if one.expected is None else one.expected
    near = expected / FAR <= one.gain <= expected * FAR
    return "plain" if near else "warning"


def _weights(one: Signal) -> float | None:
    """The largest of the gradients of its weights."""
    found = [value for values in one.weights.values() if (value := mean(values)) is not None]
    return max(found, default=None)


def _sizes(runs: Sequence[Run], *, moved: bool) -> tuple[Table, ...]:
    """Each measure, a column a size, and by what power of the size it grows."""
    power = _exponent_base(runs)
    names = list(dict.fromkeys(name for run in runs for name in run.signals))
    columns = ("layer", *(run.title for run in runs), *(("power",) if power else ()))
    measured = [
        ("rms, forward", [run.forward for run in runs]),
        ("rms, back", [run.backward for run in runs]),
    ]
    if moved:
        measured.append(("rms of the change by one step", [run.update for run in runs]))
    return tuple(
        Table(
            columns=columns,
            title=title,
            rows=tuple(
                row(name, *_grown([one.get(name) for one in sizes], power))
                for name in names
                if any(name in one for one in sizes)
            ),
        )
        for title, sizes in measured
    )


def _exponent_base(runs: Sequence[Run]) -> list[float] | None:
    """The sizes as numbers, where one argument was varied and has numbers for values."""
    values = [list(run.varied.values()) for run in runs]
    plain = all(len(one) == 1 and isinstance(one[0], (int, float)) and one[0] > 0 for one in values)
    sizes = [float(one[0]) for one in values] if plain else []
    return sizes if len(set(sizes)) > 1 else None


def _grown(values: Sequence[float | None], sizes: Sequence[float] | None) -> Iterator[str]:
    yield from map(number_text, values)
    if sizes:
        power = _power(values, sizes)
        yield "-" if power is None else f"{power:+.2f}"


def _power(values: Sequence[float | None], sizes: Sequence[float]) -> float | None:
    """The slope of a line through the logarithms: 0 for a signal that no size changes."""
    pairs = [
        (math.log(size), math.log(value))
        for value, size in zip(values, sizes, strict=True)
        if value and math.isfinite(value)
    ]
    if len(pairs) < len(sizes):
        return None
    mid_x = math.fsum(x for x, _ in pairs) / len(pairs)
    mid_y = math.fsum(y for _, y in pairs) / len(pairs)
    spread = math.fsum((x - mid_x) ** 2 for x, _ in pairs)
    return math.fsum((x - mid_x) * (y - mid_y) for x, y in pairs) / spread
