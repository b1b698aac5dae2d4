"""Fuzz for some time: `python -m fuzz --seconds 60`."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from itertools import count
from pathlib import Path
from random import Random

import hypothesis

from fuzz.targets import TARGETS, turns
from fuzz.watching import Tally, Watcher, peak

FOUND = Path("build/fuzz")
LEAST_READ = 0.3
"""The share of mutated documents that must get past the reader, or only it would be tested."""

BATCH = 50
GENERATED = 10
"""One turn of so many is a batch of texts made from nothing."""

MOST_FAILURES = 20


def arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long")
    parser.add_argument("--documents", type=int, default=sys.maxsize, help="at most how many texts")
    parser.add_argument("--seed", type=int, default=None, help="the default is drawn, and printed")
    parser.add_argument("--target", choices=[*TARGETS], help="this one only")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="one text, of --target")
    return parser.parse_args()


def main() -> int:
    """Fuzz, and print what was done and found."""
    options = arguments()
    watcher = Watcher()
    if options.replay:
        text = options.replay.read_bytes().decode("utf-8", "surrogatepass")
        watcher.watch(options.target, text, Tally())
        return told(watcher)
    seed = Random().randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}; the same run again: --seed {seed}", flush=True)
    warm_up()
    begin = time.monotonic()
    for turn, name in zip(count(), turns(), strict=False):
        over = time.monotonic() - begin > options.seconds
        if over or tried(watcher) >= options.documents or len(watcher.failures) >= MOST_FAILURES:
            break
        if options.target in (None, name):
            take_turn(watcher, name, seed, turn)
    print(report(watcher, time.monotonic() - begin))
    return told(watcher) or read_enough(watcher)


def warm_up() -> None:
    """Import and compile what the first text of each target would have to wait for."""
    throwaway = Watcher()
    for name, target in TARGETS.items():
        for text in target.texts:
            throwaway.watch(name, text, Tally())
        assert target.notation is None or target.data


def take_turn(watcher: Watcher, name: str, seed: int, turn: int) -> None:
    """A batch of mutated texts of a target, or of texts made from nothing."""
    if turn % GENERATED:
        random = Random(f"{seed}/{turn}")
        for _ in range(BATCH):
            watcher.watch(name, TARGETS[name].mutated(random), watcher.mutated[name])
        return

    @hypothesis.settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    @hypothesis.seed(f"{seed}/{turn}")
    @hypothesis.given(TARGETS[name].strategy)
    def generate(text: str) -> None:
        watcher.watch(name, text, watcher.generated[name])

    generate()


def tried(watcher: Watcher) -> int:
    """How many texts there were."""
    tallies = (*watcher.mutated.values(), *watcher.generated.values())
    return sum(tally.tried for tally in tallies)


def report(watcher: Watcher, seconds: float) -> str:
    """A line for each target and kind of text."""
    lines = [f"{'':24}{'texts':>10}{'read':>7}{'fine':>7}{'slowest':>10}"]
    for kind, tallies in (("mutated", watcher.mutated), ("generated", watcher.generated)):
        for name, tally in tallies.items():
            if tally.tried:
                shares = [one / tally.tried for one in (tally.past_reader, tally.accepted)]
                row = f"{tally.tried:>10,}{shares[0]:>7.0%}{shares[1]:>7.0%}"
                lines.append(f"{name + ', ' + kind:24}{row}{tally.slowest:>8.2f} s")
    rate = tried(watcher) / max(seconds, 1e-9)
    lines.append(f"{tried(watcher):,} texts in {seconds:.0f} s ({rate:.0f}/s), peak {peak()} MiB")
    return "\n".join(lines)


def told(watcher: Watcher) -> int:
    """Print every failure and keep its text; the exit code."""
    for name, reason, text in watcher.failures:
        data = text.encode("utf-8", "surrogatepass")
        file = FOUND / f"{hashlib.sha256(data).hexdigest()[:16]}.txt"
        FOUND.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        print(f"FAILED {name}: {reason!r}\n  {text[:300]!a}")
        print(f"  again: python -m fuzz --target '{name}' --replay {file}")
    print(f"{len(watcher.failures)} failures")
    return 1 if watcher.failures else 0


def read_enough(watcher: Watcher) -> int:
    """Whether enough mutated documents were read; the exit code."""
    documents = [watcher.mutated[name] for name in TARGETS if TARGETS[name].notation]
    number = sum(tally.tried for tally in documents)
    share = sum(tally.past_reader for tally in documents) / max(number, 1)
    print(f"{share:.0%} of {number:,} mutated documents got past the reader")
    return 0 if share >= LEAST_READ or not number else 1


if __name__ == "__main__":
    sys.exit(main())
