"""How fast and how lean whole models are initialized: `python -m benchmarks.models`.

In a process for each installed backend: Keras building a model with its own initializers, against
`declinit.apply` on the built model and `declinit.build`, with the policy that `declinit.export`
writes of the model, so that both draw from the same distributions. And the same in a new process for each
model, as a user meets it who builds one model: some backends compile what they draw with. And the
memory that `apply` takes beside the model itself.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.timing import compete, core_count, installed_backends, serve, table

ROUNDS = 5
FIRST_ROUNDS = 3
MIB = 2**20
BLOCKS, WIDTH, HEADS, TOKENS = 12, 768, 12, 32_000

Works = dict[str, Callable[[], object]]
MODELS = ("ResNet50", "transformer")
WAYS = ("keras", "apply", "build")


def resnet50() -> Any:
    """25.6 million weights in 320 variables."""
    import keras

    return keras.applications.ResNet50(weights=None)


def transformer(blocks: int = BLOCKS, width: int = WIDTH, heads: int = HEADS) -> Any:
    """110 million weights in 196 variables, of Keras' own layers; or more of them."""
    import keras
    from keras import layers

    tokens = keras.Input((128,), dtype="int32", name="tokens")
    x = layers.Embedding(TOKENS, width, name="embedding")(tokens)
    for block in range(blocks):
        y = layers.LayerNormalization(name=f"block_{block}_norm_1")(x)
        attention = layers.MultiHeadAttention(
            heads, width // heads, name=f"block_{block}_attention"
        )
        y = attention(y, y)
        x = layers.Add(name=f"block_{block}_add_1")([x, y])
        y = layers.LayerNormalization(name=f"block_{block}_norm_2")(x)
        y = layers.Dense(4 * width, activation="gelu", name=f"block_{block}_up")(y)
        y = layers.Dense(width, name=f"block_{block}_down")(y)
        x = layers.Add(name=f"block_{block}_add_2")([x, y])
    return keras.Model(tokens, layers.LayerNormalization(name="norm")(x), name="transformer")


def deep() -> Any:
    """64 million weights in 800 variables."""
    import keras

    x = inputs = keras.Input((400,))
    for _ in range(400):
        x = keras.layers.Dense(400)(x)
    return keras.Model(inputs, x)


MAKERS = {"ResNet50": resnet50, "transformer": transformer, "400 Dense": deep}


@cache
def made(name: str) -> Any:
    return MAKERS[name]()


@cache
def policy(name: str) -> Any:
    import declinit

    return declinit.export(made(name), seed=1)


def waited(model: Any) -> None:
    """Wait until every weight is there: some backends compute in the background."""
    for variable in model.weights:
        wait = getattr(variable.value, "block_until_ready", None)
        if wait:
            wait()


def by_keras(name: str) -> None:
    waited(MAKERS[name]())


def by_apply(name: str) -> None:
    import declinit

    declinit.apply(policy(name), made(name))
    waited(made(name))


def by_build(name: str) -> None:
    import declinit

    model, _audit = declinit.build(MAKERS[name], policy(name))
    waited(model)


def works() -> Works:
    ways = {"keras": by_keras, "apply": by_apply, "build": by_build}
    return {f"{name} {way}": partial(ways[way], name) for name in MODELS for way in WAYS}


def first(name: str, way: str, spec: str) -> None:
    """Print the seconds of the first model that a process builds."""
    import keras

    import declinit

    policy = declinit.load(spec)
    build = declinit.build if way == "build" else None
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])  # the backend itself starts
    begin = time.perf_counter()
    waited(build(MAKERS[name], policy)[0] if build else MAKERS[name]())
    print(json.dumps(time.perf_counter() - begin))


def alone(backend: str, *command: str, **environment: str) -> str:
    """What `python -m` of a command prints, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=os.environ | {"KERAS_BACKEND": backend, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    ).stdout


def told_alone(backend: str, *command: str, **environment: str) -> Any:
    """What `python -m` of a command prints last, as JSON."""
    return json.loads(alone(backend, *command, **environment).split("\n")[-2])


def told_by(backend: str, *arguments: str, **environment: str) -> Any:
    """What this module prints last, as JSON."""
    return told_alone(backend, "benchmarks.models", *arguments, **environment)


def exported(name: str, folder: str) -> str:
    """A file with the policy that Keras follows for a model."""
    spec = f"{folder}/{name}.yaml"
    model = f"benchmarks.models:{MAKERS[name].__name__}"
    alone("numpy", "declinit", "export", "--model", model, "--out", spec)
    return spec


def firsts(backends: list[str]) -> str:
    """The table of the first model of a process."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            spec = exported(name, folder)
            for backend in backends:
                turns = [
                    [told_by(backend, "--first", name, way, spec) for way in ("keras", "build")]
                    for _ in range(FIRST_ROUNDS)
                ]
                keras, ours = (statistics.median(times) for times in zip(*turns, strict=True))
                cell = f"{1e3 * ours:.0f} ({keras / ours:.1f}x)"
                rows.append([f"{name}, {backend}", f"{1e3 * keras:.0f}", cell])
    return table(["", "Keras builds", "declinit.build"], rows)


class Peak:
    """The most resident memory that this process holds while a block of code runs."""

    def __enter__(self) -> Peak:
        self.before = self.highest = resident()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self) -> None:
        while not self.done.wait(0.001):
            self.highest = max(self.highest, resident())

    def __exit__(self, *_exception: object) -> None:
        self.done.set()
        self.thread.join()


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory() -> None:
    """Print the MiB that `apply` takes beside each model, in this process' backend."""
    import declinit

    found = {}
    declinit.apply(policy("ResNet50"), made("ResNet50"))  # tables, threads, compiled helpers
    for name in MAKERS:
        plan = declinit.resolve(policy(name), made(name))
        with Peak() as peak:
            declinit.apply(plan, made(name))
            waited(made(name))
        found[name] = (peak.highest - peak.before) / MIB
    print(json.dumps(found))


def memory_of(backend: str) -> dict[str, float]:
    # Memory that is freed goes back to the system at once, so that what is resident is in use.
    found: dict[str, float] = told_by(backend, "--memory", MALLOC_MMAP_THRESHOLD_="262144")
    return found


def report(medians: dict[str, dict[str, float]], backends: list[str]) -> str:
    rows = []
    for name in MODELS:
        for backend in backends:
            keras, *ours = (medians[f"{name} {way}"][backend] for way in WAYS)
            cells = [f"{1e3 * seconds:.0f} ({keras / seconds:.1f}x)" for seconds in ours]
            rows.append([f"{name}, {backend}", f"{1e3 * keras:.0f}", *cells])
    return table(["", "Keras builds", "declinit.apply", "declinit.build"], rows)


def main() -> None:
    """Run the contest of every backend and print the tables."""
    backends = installed_backends()
    names = {f"{name} {way}": 1 for name in MODELS for way in WAYS}
    medians = compete("benchmarks.models", backends, names, ROUNDS)
    print(f"{core_count()} core(s); medians of {ROUNDS} rounds, milliseconds (times as fast)")
    print(report(medians, backends))
    print(
        f"\nThe first model of a process: medians of {FIRST_ROUNDS}, milliseconds (times as fast)"
    )
    print(firsts(backends))
    print("\nMemory while applying, beside the model: MiB (to be at most 64)")
    rows = [
        [backend, *(f"{mib:.0f}" for mib in memory_of(backend).values())] for backend in backends
    ]
    print(table(["", *MAKERS], rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(works())
    elif sys.argv[1:2] == ["--first"]:
        first(*sys.argv[2:])
    elif sys.argv[1:] == ["--memory"]:
        memory()
    else:
        main()
