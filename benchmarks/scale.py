"""What a model costs that lies over several processes: `python -m benchmarks.scale`.

The same transformer in bfloat16, cut into the same eight shards, is built and verified by 1, 2, 4
and 8 processes of this machine. They share its cores, so CPU seconds are what counts. From these
figures and a few small ones it says what a process would spend on larger models on many hosts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.timing import core_count, spent, table

SHARDS = 8
BLOCKS, WIDTH = 19, 2048
HEAD = 128
TURNS = 2000
MIB, GB = 2**20, 1e9
POLICY = {
    "declinit": 1,
    "seed": 1,
    "rules": [
        {"match": "**", "initializer": {"name": "random_normal", "stddev": 0.02}},
        {"match": ["**/bias", "**/beta"], "initializer": "zeros"},
        {"match": "**/gamma", "initializer": "ones"},
    ],
}
# As a transformer is spread for training: heads and inner features over the devices.
LAYOUTS = {
    ".*/(query|key|value)/kernel": (None, "model", None),
    ".*/attention_output/kernel": ("model", None, None),
    ".*_up/kernel": (None, "model"),
    ".*_down/kernel": ("model", None),
    "embedding/embeddings": ("model", None),
}


@dataclass(frozen=True)
class Large:
    """A model to be told the cost of.

    Attributes:
        name: what it is called.
        hosts: processes that it lies over, each with eight devices.
        elements: how many weights it has.
        width: of its blocks, of twelve times its square each.
        cuts: into how many parts the two axes of a kernel are cut.
    """

    name: str
    hosts: int
    elements: float
    width: int
    cuts: tuple[int, int]

    @property
    def variables(self) -> int:
        """Sixteen a block."""
        return 16 * round(self.elements / (12 * self.width**2))


LARGE = (
    Large("70 billion on 64 hosts", 64, 70e9, 8192, (8, 64)),
    Large("1 trillion on 1,024 hosts", 1024, 1e12, 24576, (64, 64)),
)


def layouts() -> Any:
    import jax
    from keras.distribution import DeviceMesh, LayoutMap, ModelParallel

    found = LayoutMap(DeviceMesh((SHARDS,), ("model",), jax.devices()))
    for path, axes in LAYOUTS.items():
        found[path] = axes
    return ModelParallel(layout_map=found)


def work(index: int, count: int, port: int, blocks: int, width: int) -> None:
    """What each process does: build and verify, and print what that cost it."""
    import jax

    if count > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(f"localhost:{port}", count, index)
    import keras

    import declinit
    from benchmarks.models import transformer

    keras.config.set_dtype_policy("bfloat16")
    with layouts().scope():
        small, audit = declinit.build(lambda: transformer(1, 64 * SHARDS, SHARDS), POLICY)
        declinit.verify(audit, small)  # tables, threads, what JAX compiles
        del small
        heads = max(SHARDS, width // HEAD)
        began = spent()
        model, audit = declinit.build(lambda: transformer(blocks, width, heads), POLICY)
        built = spent()
        verified = bool(declinit.verify(audit, model))
    wall, cpu = (after - before for before, after in zip(began, built, strict=True))
    wall_again, cpu_again = (after - before for before, after in zip(built, spent(), strict=True))
    found = {
        "elements": model.count_params(),
        "variables": len(audit),
        "build": [wall, cpu],
        "verify": [wall_again, cpu_again],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "digest": audit.summary()["declinit/weights_digest"],
    }
    assert verified
    print(json.dumps(found), flush=True)
    if count > 1:
        jax.distributed.shutdown()


def measured(count: int, blocks: int, width: int) -> list[dict[str, Any]]:
    """What each of so many processes printed."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    flags = f"--xla_force_host_platform_device_count={SHARDS // count}"
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scale", "--work"]
            + [str(number) for number in (index, count, port, blocks, width)],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(count)
    ]
    said = [worker.communicate() for worker in workers]
    for worker, (_, errors) in zip(workers, said, strict=True):
        if worker.returncode:
            raise RuntimeError(f"of {count} processes one ended with:\n{errors}")
    return [json.loads(out.splitlines()[-1]) for out, _ in said]


def row(found: Sequence[dict[str, Any]]) -> list[str]:
    """A line of the table of what was measured."""
    cells = [str(len(found))]
    for step in ("build", "verify"):
        walls, cpus = zip(*(one[step] for one in found), strict=True)
        cells += [f"{max(walls):.1f}", f"{sum(cpus) / len(cpus):.1f}", f"{max(cpus):.1f}"]
    peaks = [one["peak"] / 1024 for one in found]
    return [*cells, f"{max(peaks):.2f}", f"{sum(peaks):.2f}"]


COLUMNS = (
    *("processes", "build: wall s", "CPU s each", "most", "verify: wall s", "CPU s each", "most"),
    *("peak GiB each", "in all"),
)


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """What is spent anyway, and a unit: the least squares through points."""
    units, seconds = map(np.asarray, zip(*points, strict=True))
    (fixed, unit), *_ = np.linalg.lstsq(
        np.stack([np.ones_like(units), units], axis=1), seconds, rcond=None
    )
    return max(0.0, float(fixed)), float(unit)


@dataclass(frozen=True)
class Prices:
    """CPU seconds of a process.

    Attributes:
        variable: of each variable, wherever it lies.
        element: of each element of its own shards.
        share: of each shard of each shape of a kernel: who measures what.
        taken: of each variable and process: taking over what it measured.
    """

    variable: float
    element: float
    share: float
    taken: float

    def of(self, large: Large) -> list[tuple[str, float]]:
        """What a process spends on a model."""
        shards = large.cuts[0] * large.cuts[1]
        return [
            ("its own elements", self.element * large.elements / large.hosts),
            ("variables", self.variable * large.variables),
            ("shares", self.share * shards * len(LAYOUTS)),
            ("results of others", self.taken * large.variables * large.hosts),
        ]


class Devices:
    """A stand-in for the sharding of a matrix over the devices of many hosts."""

    def __init__(self, shape: tuple[int, int], cuts: tuple[int, int]) -> None:
        self._map = dict(self._indices(shape, cuts))

    def _indices(
        self, shape: tuple[int, int], cuts: tuple[int, int]
    ) -> Iterator[tuple[Any, tuple[slice, slice]]]:
        rows, columns = (size // cut for size, cut in zip(shape, cuts, strict=True))
        for row in range(cuts[0]):
            for column in range(cuts[1]):
                device = Device((row * cuts[1] + column) // 8, row * cuts[1] + column)
                where = slice(row * rows, (row + 1) * rows)
                yield device, (where, slice(column * columns, (column + 1) * columns))

    def devices_indices_map(self, shape: tuple[int, int]) -> dict[Any, tuple[slice, slice]]:
        """As of a `jax.sharding.Sharding`."""
        return self._map


@dataclass(frozen=True)
class Device:
    process_index: int
    id: int


def small_prices(large: Large) -> tuple[float, float]:
    """The prices of a share, and of taking over the results of one process."""
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    from declinit.audits.measures import Meter
    from declinit.model.shares import shares_of

    shape = (large.width, 4 * large.width)
    begin = time.process_time()
    shares = shares_of(shape, Devices(shape, large.cuts))
    seconds = time.process_time() - begin
    meter, (_, tiles) = Meter(shape, "bfloat16"), shares.numbers[0]
    results = meter.results(tiles)
    begin = time.process_time()
    for _ in range(TURNS):
        meter.take(tiles, results)
    return seconds / len(shares.whole), (time.process_time() - begin) / TURNS


def told(large: Large, fixed: float, element: float, variables: int) -> list[str]:
    """A line of the table of what larger models would cost."""
    share, taken = small_prices(large)
    parts = Prices(fixed / variables, element, share, taken).of(large)
    tiles = 72 * 4096 * large.variables * 6 / 16 / MIB  # of six kernels among sixteen variables
    return [
        large.name,
        *(f"{seconds:.1f}" for _, seconds in parts),
        f"{sum(seconds for _, seconds in parts):.1f}",
        f"{2 * large.elements / large.hosts / GB:.1f}",
        f"{tiles:.0f}",
    ]


TOLD = (
    *("CPU s of a process", "elements", "variables", "shares", "results", "in all"),
    *("weights GB", "results MiB"),
)
ASSUMED = """Assumed: a host has eight devices; axes of kernels are cut into powers of two of at most 64 parts,
so that tiles straddle no shards; blocks hold 12 times the square of their width in 16 variables, and
five shapes of kernels; a process is one host, and what it does is spread over its cores but for
shares, variables and results, which take one. The network is not counted: it carries the bytes in
the last column to each host, once."""


def main() -> None:
    """Measure, and print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--width", type=int, default=WIDTH)
    given = parser.parse_args()
    found = [measured(count, given.blocks, given.width) for count in given.processes]
    assert len({one["digest"] for turn in found for one in turn}) == 1, "digests differ"
    first = found[0][0]
    elements, variables = first["elements"], first["variables"]
    print(f"A transformer of {elements / 1e6:,.0f} million weights, bfloat16; {core_count()} cores")
    print(table(COLUMNS, [row(turn) for turn in found]))
    for step in ("build", "verify"):
        points = [(elements / len(turn), one[step][1]) for turn in found for one in turn]
        fixed, element = line(points)
        print(f"\n{step}: {fixed:.2f} s, and {1e9 * element:.2f} ns of each element of its own")
        print(
            table(
                TOLD,
                [told(large, fixed, element, variables) for large in LARGE],
            )
        )
    print(f"\n{ASSUMED}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*map(int, sys.argv[2:]))
    else:
        main()
