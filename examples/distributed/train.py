"""Builds a model over the devices of all processes; every process runs this program.

    python -m examples.distributed.train --coordinator HOST:PORT --processes 2 --process 0

Without these options `jax.distributed` asks the cluster: SLURM, Open MPI, Kubernetes, Cloud TPU.
"""

# ruff: noqa: E402 -- processes are joined before Keras looks for devices

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax

# After this many seconds the processes give one up that no longer answers.
HEARTBEAT = 30


def options() -> argparse.Namespace:
    """Where this process finds the others, and where it writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--coordinator", help="host and port of process 0")
    parser.add_argument("--processes", type=int, help="how many there are")
    parser.add_argument("--process", type=int, help="which one this is")
    parser.add_argument("--out", type=Path, default=Path("audit.json"), help="file of the audit")
    return parser.parse_args()


def join(given: argparse.Namespace) -> None:
    """Meet the other processes."""
    if jax.config.jax_platforms == "cpu":
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        given.coordinator, given.processes, given.process, heartbeat_timeout_seconds=HEARTBEAT
    )


GIVEN = options()
join(GIVEN)

import keras
from keras import layers

import declinit

POLICY = Path(__file__).with_name("policy.declinit.yaml")


def network() -> keras.Model:
    """A small transformer."""
    tokens = keras.Input((16,), dtype="int32", name="tokens")
    x = layers.Embedding(512, 64, name="embedding")(tokens)
    y = layers.LayerNormalization(name="norm")(x)
    x = layers.Add(name="add")([x, layers.MultiHeadAttention(8, 8, name="attention")(y, y)])
    y = layers.Dense(256, "gelu", name="up")(x)
    return keras.Model(tokens, layers.Dense(64, name="down")(y), name="network")


def spread() -> keras.distribution.ModelParallel:
    """Kernels in columns over the devices of all processes; the rest is held by each device."""
    mesh = keras.distribution.DeviceMesh((jax.device_count(),), ("model",), jax.devices())
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["(up|down)/kernel"] = (None, "model")
    layouts["attention/(query|key|value)/kernel"] = (None, "model", None)
    return keras.distribution.ModelParallel(layout_map=layouts)


def main() -> None:
    """Build, check, and keep the record; training would follow."""
    # Layers that draw for themselves, as dropout does, have to draw the same in all processes.
    keras.utils.set_random_seed(0)
    with spread().scope():
        model, audit = declinit.build(network, POLICY)
    # All processes call `verify`; only who writes is decided by the number of the process.
    verified = declinit.verify(audit, model)
    if jax.process_index() == 0:
        audit.save(GIVEN.out)
        print(f"root seed {audit.seed}: {verified!r}", flush=True)
    jax.distributed.shutdown()


if __name__ == "__main__":
    main()
