"""What hostile text may cost at most: `python -m benchmarks.hostile`.

Each of these once took from many seconds to minutes, or gigabytes. A bound that is not held is an
error of this program. Seconds are those of this process, so that a busy machine changes little.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.policies import inventory
from benchmarks.timing import table
from declinit import Spec
from declinit.documents.reading import MAX_BYTES, MAX_LINES
from declinit.errors import DeclinitError
from declinit.globs import Glob
from declinit.plans.resolution import draft
from declinit.policy.extending import load

MIB = 2**20
HEAD = "declinit: 1\nseed: 1\nrules:\n"
RULE = "- {match: a, initializer: zeros}\n"
LONG_NAME = 5_000


@dataclass(frozen=True)
class Bound:
    """Work, and what it may take.

    Attributes:
        work: what to do.
        seconds: at most so many.
        mebibytes: of memory beside what was held before, at most so many.
    """

    work: Callable[[], object]
    seconds: float
    mebibytes: int = 64


def read(text: str) -> None:
    """Load a spec of this text; what is wrong with it is no concern here."""
    path = Path("hostile.yaml")
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(DeclinitError):
        load(path)


def with_rules(rules: str) -> Callable[[], object]:
    return partial(read, HEAD + rules)


def with_options(overrides: Sequence[str] = (), rules: Sequence[str] = ()) -> Callable[[], object]:
    def work() -> None:
        Path("good.yaml").write_text(HEAD + RULE, encoding="utf-8")
        with contextlib.suppress(DeclinitError):
            load("good.yaml", overrides=overrides, rules=rules)

    return work


def match(pattern: str, name: str) -> Callable[[], object]:
    return lambda: Glob.parse(pattern).matches(name)


def resolve(rules: int, unused: str) -> Callable[[], object]:
    """10,000 variables, and rules that match none of them, each with a near miss to be found."""
    entries = [
        {"match": f"decoder/blok_{index}/kernal", "initializer": "zeros"} for index in range(rules)
    ]
    every = {"match": "**", "initializer": "zeros"}
    strict = {"unused": unused}
    config = {"declinit": 1, "seed": 1, "strict": strict, "rules": [every, *entries]}
    infos = inventory()
    draft(Spec.from_config({**config, "rules": [every]}), infos)  # imports Keras
    return partial(draft, Spec.from_config(config), infos)


def bounds() -> dict[str, Bound]:
    letters = map(chr, range(0x4E00, 0x4E00 + 2_000))
    chinese = "".join(map(chr, range(0x4E00, 0x4E00 + LONG_NAME)))
    numbers = "*{0..999999999999999999}" * 16
    return {
        "300,000 bad rules": Bound(with_rules("- {mach: a, keep: true}\n" * 300_000), 20, 640),
        "600 times /dev/zero in extends": Bound(
            partial(read, f"declinit: 1\nextends: [{', '.join(['/dev/zero'] * 600)}]\n"), 1
        ),
        "a file of line breaks": Bound(partial(read, "\n" * (MAX_BYTES - 1)), 2, 320),
        "as many lines as are read": Bound(partial(read, "#\n" * (MAX_LINES - 1)), 3, 640),
        "a pattern of 20 MB": Bound(with_rules(f"- {{match: '{'a*' * 10_000_000}'}}\n"), 2, 320),
        "60 MB of good patterns": Bound(
            with_rules(
                "".join(f"- {{match: '{'a*' * 2040}{i}', keep: true}}\n" for i in range(14_000))
            ),
            20,
            640,
        ),
        "1,000 patterns of open braces": Bound(
            with_rules(("- {match: '{" + "." * 4_000 + "', keep: true}\\n") * 1_000), 4
        ),
        "--rule of 10,000 blanks": Bound(with_options(rules=["a=b" + " " * 9_990 + "x("]), 1),
        "--rule of 2,490 arguments": Bound(with_options(rules=[f"a=b({'c=1,' * 2_490})"]), 4),
        "--set of 100,000 dots": Bound(with_options(overrides=["seed" + "." * 100_000]), 1),
        f"'*?' x 2,048 on {LONG_NAME:,} characters": Bound(match("*?" * 2_048, "a" * LONG_NAME), 1),
        f"2,000 letters on {LONG_NAME:,} others": Bound(match(f"*{'*'.join(letters)}", chinese), 1),
        f"16 ranges on {LONG_NAME:,} digits": Bound(match(f"{numbers}x", "9" * LONG_NAME), 2),
        "1,000 unused rules, allowed": Bound(resolve(1_000, "allow"), 1.5),
        "1,000 unused rules, warned of": Bound(resolve(1_000, "warn"), 5),
    }


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """A process of its own, whose memory is its own, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(bound: Bound) -> tuple[float, int]:
    """Seconds and MiB of some work, in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before, begin = peak(), time.process_time()
        bound.work()
        seconds = time.process_time() - begin
        os.write(writing, f"{seconds} {peak() - before}".encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as stream:
        answer = stream.read().split()
    return float(answer[0]), int(answer[1])


def main() -> int:
    """Measure everything and print a table; 1 if a bound is not held."""
    rows, failed = [], 0
    with apart():
        for name, bound in bounds().items():
            seconds, mebibytes = measure(bound)
            held = seconds <= bound.seconds and mebibytes <= bound.mebibytes
            failed += not held
            figures = [f"{seconds:.2f} s", f"{mebibytes} MiB"]
            aims = [f"{bound.seconds:g} s", f"{bound.mebibytes} MiB"]
            rows.append([name, *figures, *aims, "held" if held else "MISSED"])
    print(table(["", "seconds", "memory", "at most", "at most", ""], rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
