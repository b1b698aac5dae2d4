"""Limits on signals, such as `gain>4` or `rms<1e-3 in encoder/**`, which a probe must keep."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from declinit.errors import DeclinitError, Place, Problem, did_you_mean
from declinit.globs import Glob, GlobError
from declinit.probing.labels import EXCUSED, METRICS
from declinit.probing.probe import Probe, Run
from declinit.probing.signal import Signal, mean, significant
from declinit.wording import listed

_WRITTEN = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([^\s<>=]+)(?:\s+in\s+(\S+))?\s*")
_BEYOND: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
)


class LimitError(DeclinitError):
    """A limit that is malformed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What no signal may be.

    Attributes:
        text: as it was written.
        metric: `gain`, `rms`, `backward` or `weights`.
        relation: `>`, `>=`, `<` or `<=`.
        bound: the number beyond which a signal is a finding.
        pattern: of the names of the signals that it is for; None for all.
    """

    text: str
    metric: str
    relation: str
    bound: float
    pattern: Glob | None = None

    @classmethod
    def of(cls, text: str) -> Limit:
        """The limit that a text writes.

        Args:
            text: `METRIC>NUMBER`, with `>=`, `<` or `<=` as well, and ` in PATTERN` behind it.

        Raises:
            LimitError: if it is malformed.
        """
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise LimitError(Problem("DI740", f"limit {text!r}: expected {_EXPECTED}"))
        metric, relation, number, pattern = found.groups()
        if metric not in METRICS:
            message = f"limit {text!r}: unknown metric {metric!r}; there are {', '.join(METRICS)}"
            raise LimitError(Problem("DI740", message, hint=did_you_mean(metric, METRICS)))
        return cls(text, metric, relation, _number(text, number), _pattern(text, pattern))

    def breaches(self, run: Run) -> Iterator[tuple[Signal, float]]:
        """The signals of a run that are beyond the limit, with their values.

        A label of a signal may excuse it: a residual stream grows, a zero gate is shut.
        """
        for signal in run.signals.values():
            if self._is_for(signal):
                values = [one for one in values_of(signal, self.metric) if self._is_beyond(one)]
                if values:
                    yield signal, values[0]

    def _is_for(self, signal: Signal) -> bool:
        if any(self.metric in EXCUSED.get(label, ()) for label in signal.labels):
            return False
        names = {signal.name, signal.path}
        return self.pattern is None or any(map(self.pattern.matches, names))

    def _is_beyond(self, value: float) -> bool:
        """Whether a value is a finding; what is no number always is."""
        return math.isnan(value) or _BEYOND[self.relation](value, self.bound)


_EXPECTED = "METRIC>NUMBER, such as gain>4, rms<1e-3 or gain>4 in encoder/**"


def _number(text: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise LimitError(Problem("DI740", f"limit {text!r}: {number!r} is not a number"))
    return value


def _pattern(text: str, pattern: str | None) -> Glob | None:
    try:
        return None if pattern is None else Glob.parse(pattern)
    except GlobError as error:
        message = f"limit {text!r}: {error.problem.message}"
        raise LimitError(Problem("DI740", message, hint=error.problem.hint)) from error


def values_of(signal: Signal, metric: str) -> Sequence[float]:
    """The values of a metric that a signal has: the means over the seeds."""
    if metric == "weights":
        found = [mean(values) for values in signal.weights.values()]
    else:
        by_metric = {"gain": signal.gains, "rms": signal.forward, "backward": signal.backward}
        found = [mean(by_metric[metric])]
    return [value for value in found if value is not None]


def limit_problems(
    probe: Probe, limits: Iterable[Limit], where: Place | None = None
) -> tuple[Problem, ...]:
    """What is beyond limits: a finding a limit and size, which names the signals.

    Args:
        probe: that must keep them.
        limits: in the order in which they were given.
        where: the place of the policy that drew the weights.
    """
    return tuple(
        _finding(limit, run, beyond, where)
        for limit in limits
        for run in probe.runs
        if (beyond := list(limit.breaches(run)))
    )


def _finding(
    limit: Limit, run: Run, beyond: Sequence[tuple[Signal, float]], where: Place | None
) -> Problem:
    size = f" at {run.title}" if run.title else ""
    names = listed([f"{signal.name} ({significant(value):.3g})" for signal, value in beyond])
    count = "1 signal is" if len(beyond) == 1 else f"{len(beyond)} signals are"
    return Problem("DI741", f"{count} beyond the limit {limit.text!r}{size}: {names}", where=where)
