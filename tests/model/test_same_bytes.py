"""The same bytes come from wherever a policy is applied: threads, forks, other processes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import pytest
from keras import layers

import declinit

SPEC = {
    "declinit": 1,
    "seed": 3,
    "rules": [
        {"match": "**/kernel", "initializer": "he_normal"},
        {"match": "**/recurrent_kernel", "initializer": "orthogonal"},
        {"match": "**/bias", "initializer": "zeros"},
    ],
}

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from test_same_bytes import audited
for _ in range(5):
    audited().save("audit.json")
"""


def audited() -> declinit.Audit:
    """The audit of a small model, newly built."""
    inputs = keras.Input((4, 3))
    x = layers.GRU(2, name="cells")(inputs)
    return declinit.apply(SPEC, keras.Model(inputs, layers.Dense(2, name="head")(x)))


def test_eight_threads_make_the_same_audit():
    with ThreadPoolExecutor(8) as threads:
        audits = threads.map(lambda _: audited().to_json(), range(16))
    assert set(audits) == {audited().to_json()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.skipif(keras.backend.backend() != "numpy", reason="other backends have own threads")
def test_a_fork_makes_the_same_audit(tmp_path):
    path = tmp_path / "audit.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX warns if it was imported, though it is not used
        child = os.fork()
    if child == 0:
        try:
            audited().save(path)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert path.read_text(encoding="utf-8") == audited().to_json()


def test_what_python_leaves_out_under_its_option_o_only_tells_types():
    """A run under `-O` would have to compile all of Keras to show that nothing depends on it."""
    nodes = [
        node
        for file in Path(declinit.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    ]
    tests = [ast.unparse(node.test) for node in nodes if isinstance(node, ast.Assert)]
    assert [test for test in tests if not test.startswith("isinstance(")] == []
    assert "__debug__" not in {node.id for node in nodes if isinstance(node, ast.Name)}


def test_two_processes_with_other_hashes_and_one_output_make_the_same_file(tmp_path):
    root = str(Path(declinit.__file__).parent.parent)
    here = str(Path(__file__).parent)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, here],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert [one.wait(timeout=120) for one in running] == [0, 0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["audit.json"]
    assert (tmp_path / "audit.json").read_text(encoding="utf-8") == audited().to_json()
