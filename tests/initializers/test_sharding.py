"""Values laid out over devices are the unsharded bits, and each device's shard is made alone.

The checks are in `on_devices.py`, which runs here on 8 virtual devices of one process, and on two
processes of 4 devices each that JAX joins by gloo collectives.
"""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="Keras lays variables out over devices on JAX only"
)

WORKER = Path(__file__).with_name("on_devices.py")
ROOT = WORKER.parents[2]
TIMEOUT = 300


def names_of_checks() -> list[str]:
    """The functions that are marked as checks, read without running them."""
    functions = [n for n in ast.parse(WORKER.read_text()).body if isinstance(n, ast.FunctionDef)]
    return [f.name for f in functions if "check" in map(ast.unparse, f.decorator_list)]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)


def results(workers: list[subprocess.Popen[str]]) -> list[dict[str, str | None]]:
    """What each worker found, once all are done; none outlives this call."""
    try:
        said = [worker.communicate(timeout=TIMEOUT) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    for worker, (out, err) in zip(workers, said, strict=True):
        assert worker.returncode == 0, out + err
    return [json.loads(out.splitlines()[-1]) for out, _ in said]


def require_none(found: list[dict[str, str | None]], check: str) -> None:
    for index, failures in enumerate(found):
        assert failures[check] is None, f"process {index}: {failures[check]}"


@pytest.fixture(scope="module")
def eight_devices() -> list[dict[str, str | None]]:
    return results([start("eight")])


@pytest.fixture(scope="module")
def two_processes() -> list[dict[str, str | None]]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    return results([start("two", port, index) for index in range(2)])


@pytest.mark.parametrize("check", names_of_checks())
def test_on_eight_devices(eight_devices, check):
    """The check holds on 8 virtual devices."""
    require_none(eight_devices, check)


@pytest.mark.parametrize("check", names_of_checks())
def test_on_two_processes(two_processes, check):
    """The check holds in each of two processes, for the shards that it can see."""
    require_none(two_processes, check)
