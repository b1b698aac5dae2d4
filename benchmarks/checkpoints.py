"""How fast and how lean a checkpoint of 1 GB is loaded: `python -m benchmarks.checkpoints`.

In a process for each backend: Keras' own `load_weights`, against `declinit.apply` of a policy that
loads every weight, from the same `.weights.h5` and from a `.safetensors` file of the same tensors.
What `apply` does beside, it does within its time: the model is looked through, names are matched,
the file's digest and those of all tensors are computed, and an audit is made. The pages of the
files are warm, and each turn meets them as if they had just been written. And the memory that
each takes beside the model itself.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.models import MIB, Peak, waited
from benchmarks.timing import Contestant, core_count, installed_backends, serve, table

ROUNDS = 5
BLOCKS, WIDTH, TOKENS = 18, 1024, 32_000
LIMIT, MOST = 1.3, 64  # times the seconds of Keras, and MiB beside the model
FOLDER = "DECLINIT_BENCHMARK_FILES"
KERAS = "load_weights, .weights.h5"
OURS = {"apply, .weights.h5": "base.weights.h5", "apply, .safetensors": "base.safetensors"}

Works = dict[str, Callable[[], object]]


def transformer() -> Any:
    """259 million weights in 253 variables."""
    import keras
    from keras import layers

    tokens = keras.Input((16,), dtype="int32")
    x = layers.Embedding(TOKENS, WIDTH, name="tokens")(tokens)
    for block in range(BLOCKS):
        y = layers.LayerNormalization(name=f"block_{block}_norm")(x)
        for part in ("query", "key", "value", "output"):
            y = layers.Dense(WIDTH, name=f"block_{block}_{part}")(y)
        y = layers.Dense(4 * WIDTH, activation="gelu", name=f"block_{block}_up")(y)
        x = layers.Add()([x, layers.Dense(WIDTH, name=f"block_{block}_down")(y)])
    return keras.Model(tokens, x)


@cache
def made() -> Any:
    return transformer()


def write(folder: str) -> None:
    """Write both files, with numbers that are drawn."""
    from safetensors.numpy import save_file

    import declinit

    rules = [{"match": "**", "initializer": {"name": "random_normal", "stddev": 0.02}}]
    declinit.apply({"declinit": 1, "seed": 1, "rules": rules}, made())
    made().save_weights(Path(folder, "base.weights.h5"))
    save_file({w.path: w.value for w in made().weights}, Path(folder, "base.safetensors"))


def policy(file: str) -> dict[str, Any]:
    """Every weight is loaded."""
    return {
        "declinit": 1,
        "seed": 1,
        "checkpoints": {"base": str(path_of(file))},
        "rules": [{"match": "**", "load": {"from": "base"}}],
    }


def path_of(file: str) -> Path:
    return Path(os.environ[FOLDER], file)


def by_keras() -> None:
    made().load_weights(path_of("base.weights.h5"))
    waited(made())


def by_declinit(file: str) -> None:
    import declinit

    path_of(file).touch()  # a digest is not computed again while nothing has changed
    declinit.apply(policy(file), made())
    waited(made())


def works() -> Works:
    return {KERAS: by_keras, **{name: partial(by_declinit, file) for name, file in OURS.items()}}


def memory(name: str) -> None:
    """Print the MiB that one of them takes beside the model, in this process' backend."""
    work = works()[name]
    waited(made())
    with Peak() as peak:
        work()
    print(json.dumps((peak.highest - peak.before) / MIB))


def alone(backend: str, *arguments: str) -> str:
    """What this module prints in a process of its own."""
    # Memory that is freed goes back to the system at once, so that what is resident is in use.
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.checkpoints", *arguments],
        env=os.environ | {"KERAS_BACKEND": backend, "MALLOC_MMAP_THRESHOLD_": "262144"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    ).stdout


def medians(backend: str) -> dict[str, float]:
    """The seconds of each, which take turns, so that a busy machine is busy for all of them."""
    contestant = Contestant.start("benchmarks.checkpoints", backend)
    turns: dict[str, list[float]] = {name: [] for name in (KERAS, *OURS)}
    try:
        for turn in range(ROUNDS + 1):
            for name, times in turns.items():
                seconds = contestant.ask(name, 1) or 0.0
                if turn:  # the first warms up
                    times.append(seconds)
    finally:
        contestant.stop()
    return {name: statistics.median(times) for name, times in turns.items()}


def rows(backend: str) -> list[list[str]]:
    found = medians(backend)
    return [row(backend, name, seconds, seconds / found[KERAS]) for name, seconds in found.items()]


def row(backend: str, name: str, seconds: float, ratio: float) -> list[str]:
    mebibytes = json.loads(alone(backend, "--memory", name).splitlines()[-1])
    held = "" if name == KERAS else "held" if ratio <= LIMIT and mebibytes <= MOST else "MISSED"
    return [f"{backend}: {name}", f"{seconds:.2f} s", f"{ratio:.2f}x", f"{mebibytes:.0f} MiB", held]


def main(backends: Sequence[str] = ()) -> None:
    """Run the contest of every backend and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        alone("numpy", "--write", folder)
        found = [line for one in backends or installed_backends() for line in rows(one)]
        size = path_of("base.weights.h5").stat().st_size
    print(f"{core_count()} core(s), a checkpoint of {size / 1e9:.2f} GB; medians of {ROUNDS} turns")
    print(table(["", "median", "of Keras", "beside the model", f"{LIMIT}x, {MOST} MiB"], found))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", _]:
            serve(works())
        case ["--memory", name]:
            memory(name)
        case ["--write", folder]:
            write(folder)
        case backends:
            main(backends)
