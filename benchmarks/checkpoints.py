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
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.models import MIB, Peak, waited
from benchmarks.timing import compete, core_count, installed_backends, serve, table

ROUNDS = 7
BLOCKS, WIDTH, TOKENS = 18, 1024, 32_000
LIMIT = 1.3
FOLDER = "DECLINIT_BENCHMARK_FILES"
KERAS = "load_weights, .weights.h5"
OURS = {"apply, .weights.h5": "base.weights.h5", "apply, .safetensors": "base.safetensors"}

Works = dict[str, Callable[[], object]]


def transformer() -> Any:
    """259 million weights in 184 variables."""
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


def row(backend: str, name: str, medians: dict[str, dict[str, float]]) -> list[str]:
    seconds, keras = medians[name][backend], medians[KERAS][backend]
    mebibytes = json.loads(alone(backend, "--memory", name).splitlines()[-1])
    ratio = seconds / keras
    held = "" if name == KERAS else "held" if ratio <= LIMIT and mebibytes <= 64 else "MISSED"
    return [f"{backend}: {name}", f"{seconds:.2f} s", f"{ratio:.2f}x", f"{mebibytes:.0f} MiB", held]


def main(backends: list[str]) -> None:
    """Run the contest of every backend and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        alone("numpy", "--write", folder)
        medians = compete("benchmarks.checkpoints", backends, dict.fromkeys(works(), 1), ROUNDS)
        rows = [row(backend, name, medians) for backend in backends for name in works()]
    size = f"a checkpoint of {4 * 259.5e6 / 1e9:.2f} GB"
    print(f"{core_count()} core(s), {size}; medians of {ROUNDS} rounds")
    print(table(["", "median", "of Keras", "beside the model", f"{LIMIT}x, 64 MiB"], rows))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", _]:
            serve(works())
        case ["--memory", name]:
            memory(name)
        case ["--write", folder]:
            write(folder)
        case backends:
            main(backends or installed_backends())
