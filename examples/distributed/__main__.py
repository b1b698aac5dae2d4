"""Starts `train.py` as several processes of this machine: `python -m examples.distributed`.

Each has two devices that JAX makes of the CPU's cores. It ends with the first exit code that is not
zero, after all processes have ended.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys

DEVICES = "--xla_force_host_platform_device_count=2"


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
    return port


def started(index: int, count: int, port: int, options: list[str]) -> subprocess.Popen[bytes]:
    """One process of several."""
    joined = ["--coordinator", f"localhost:{port}", "--processes", str(count)]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "examples.distributed.train",
            *joined,
            f"--process={index}",
            *options,
        ],
        env=os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": DEVICES},
    )


def main() -> int:
    """Start them, and wait for all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--processes", type=int, default=2)
    given, options = parser.parse_known_args()
    port = free_port()
    workers = [started(n, given.processes, port, options) for n in range(given.processes)]
    codes = [worker.wait() for worker in workers]
    return next((abs(code) for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
