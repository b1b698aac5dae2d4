"""How large models are built: `python -m benchmarks.large`.

Keras building a transformer with its own initializers against `declinit.build` with a policy that
draws from the same distributions, on every installed backend, in float32 and bfloat16. Each way has
a process of its own, which builds twice: the first model of a process also touches its memory for
the first time. CPU seconds are those of all threads, and depend little on who else is at work.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import sys

from benchmarks.models import told_alone, transformer, waited
from benchmarks.timing import core_count, installed_backends, spent, table

BLOCKS, WIDTH, HEADS = 28, 1536, 12
DTYPES = ("float32", "bfloat16")
WAYS = ("keras", "build")
POLICY = {
    "declinit": 1,
    "seed": 1,
    "rules": [
        {"match": "**", "initializer": "glorot_uniform"},
        {"match": ["**/bias", "**/beta"], "initializer": "zeros"},
        {"match": "**/gamma", "initializer": "ones"},
        {"match": "**/embeddings", "initializer": "random_uniform"},
    ],
}


def built(way: str, dtype: str, blocks: int) -> None:
    """Print what each of two builds cost: seconds on the clock, and of all cores."""
    import keras

    import declinit

    def make() -> keras.Model:
        return transformer(blocks, WIDTH, HEADS)

    keras.config.set_dtype_policy(dtype)
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])  # the backend itself starts
    turns = []
    for _ in range(2):
        began = spent()
        model = declinit.build(make, POLICY)[0] if way == "build" else make()
        waited(model)
        turns.append([after - before for before, after in zip(began, spent(), strict=True)])
        elements = model.count_params()
        del model
        gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"turns": turns, "elements": elements, "peak": peak}))


def row(backend: str, dtype: str, blocks: int, rounds: int) -> list[str]:
    """A line of the table: medians, and how many times as fast declinit is."""
    found = {
        way: [
            told_alone(backend, "benchmarks.large", "--built", way, dtype, str(blocks))
            for _ in range(rounds)
        ]
        for way in WAYS
    }
    cells = [f"{backend}, {dtype}", f"{found['keras'][0]['elements'] / 1e6:,.0f}"]
    for turn in range(2):
        for unit in range(2):
            keras, ours = (
                statistics.median(one["turns"][turn][unit] for one in found[way]) for way in WAYS
            )
            cells.append(f"{keras:.1f} / {ours:.1f} ({keras / ours:.1f}x)")
    peaks = [max(one["peak"] for one in found[way]) for way in WAYS]
    return [*cells, " / ".join(f"{peak:.1f}" for peak in peaks)]


COLUMNS = (
    *("Keras / declinit", "millions", "first: wall s", "first: CPU s", "second: wall s"),
    *("second: CPU s", "peak GiB"),
)


def main() -> None:
    """Run all builds, one after the other, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backends", nargs="+", default=installed_backends())
    parser.add_argument("--dtypes", nargs="+", default=DTYPES)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(f"{core_count()} core(s); medians of {given.rounds} processes")
    rows = [
        row(backend, dtype, given.blocks, given.rounds)
        for backend in given.backends
        for dtype in given.dtypes
    ]
    print(table(COLUMNS, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--built"]:
        built(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
