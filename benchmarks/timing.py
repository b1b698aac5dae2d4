"""Timing that can be compared: contestants take turns, and a median speaks for each.

A contest between Keras backends needs a process for each, because a process has one backend.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BACKENDS = {"numpy": "numpy", "jax": "jax", "tensorflow": "tensorflow", "torch": "torch"}


def seconds_of(work: Callable[[], object], repeats: int = 1) -> float:
    """The time that one call takes, averaged over back-to-back calls."""
    begin = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - begin) / repeats


def spent() -> tuple[float, float]:
    """Seconds on the clock, and of all cores in this process, since some time or other."""
    times = os.times()
    return time.perf_counter(), times.user + times.system


def installed_backends() -> list[str]:
    """The Keras backends that can be imported here."""
    return [name for name, module in BACKENDS.items() if importlib.util.find_spec(module)]


def core_count() -> int:
    """How many cores this process, and each of its children, may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Contestant:
    """A process that times named pieces of work on request."""

    name: str
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, module: str, name: str) -> Contestant:
        """Start `python -m module --serve name`, with the Keras backend of that name if any."""
        backend = name if name in BACKENDS else "numpy"
        environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--serve", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        return cls(name, process)

    def ask(self, work: str, repeats: int) -> float | None:
        """The seconds that a piece of work took; None if the contestant has no such work."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([work, repeats]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process of {self.name} ended with {self.process.wait()}")
        seconds: float | None = json.loads(answer)
        return seconds

    def stop(self) -> None:
        """Let the process end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def serve(works: Mapping[str, Callable[[], object]]) -> None:
    """Answer the requests of `Contestant.ask` until there are no more."""
    # What a backend prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        name, repeats = json.loads(line)
        work = works.get(name)
        print(json.dumps(seconds_of(work, repeats) if work else None), file=answers, flush=True)


def compete(
    module: str, names: Sequence[str], works: Mapping[str, int], rounds: int
) -> dict[str, dict[str, float]]:
    """Let contestants take turns at each piece of work.

    Args:
        module: which to start with `--serve` for each contestant; it calls `serve`.
        names: of the contestants; the name of a Keras backend selects it.
        works: how often to repeat each piece of work within a turn.
        rounds: how many turns each takes, after one for warming up.

    Returns:
        For each work and contestant that has it, the median seconds.
    """
    contestants = [Contestant.start(module, name) for name in names]
    try:
        return {work: _contest(contestants, work, works[work], rounds) for work in works}
    finally:
        for contestant in contestants:
            contestant.stop()


def _contest(
    contestants: Sequence[Contestant], work: str, repeats: int, rounds: int
) -> dict[str, float]:
    able = [one for one in contestants if one.ask(work, repeats) is not None]
    turns: dict[str, list[float]] = {one.name: [] for one in able}
    for _ in range(rounds):
        for one in able:
            turns[one.name].append(one.ask(work, repeats) or 0.0)
    return {name: statistics.median(seconds) for name, seconds in turns.items()}


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Text columns: the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(str(line[column])) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
