"""Several JAX processes agree before anything is drawn, and a fault of one ends all of them.

The checks are in `on_processes.py`, which runs here as two processes joined by gloo collectives.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest

from declinit.errors import CODES

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="Keras runs as several processes on JAX only"
)

WORKER = Path(__file__).with_name("on_processes.py")
TIMEOUT = 200
# The heartbeat of the worker's `jax.distributed.initialize`, and time to notice and to end.
ENDS_WITHIN = 5 + 30


def start(count: int, *arguments: object) -> list[subprocess.Popen[str]]:
    """So many processes."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(WORKER.parents[2])}
    pipe = subprocess.PIPE
    return [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(port), str(count), str(index), *map(str, arguments)],
            env=environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )
        for index in range(count)
    ]


def end(workers: list[subprocess.Popen[str]]) -> None:
    for worker in workers:
        worker.kill()
        worker.wait()


def ended(count: int, mode: str) -> list[dict[str, object]]:
    """What each check ended with, in each process."""
    workers = start(count, mode)
    try:
        said = [worker.communicate(timeout=TIMEOUT) for worker in workers]
    finally:
        end(workers)
    for worker, (out, err) in zip(workers, said, strict=True):
        assert worker.returncode == 0, out + err
    return [json.loads(out.splitlines()[-1]) for out, _ in said]


@pytest.fixture(scope="module")
def both() -> list[dict[str, object]]:
    return ended(2, "together")


@pytest.fixture(scope="module")
def four() -> list[dict[str, object]]:
    return ended(4, "of_any_number")


@pytest.fixture(params=["both", "four"])
def several(request) -> list[dict[str, object]]:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("check", ["apply_without_seed", "build_without_seed", "all_goes_on"])
def test_a_spec_without_seed_gives_all_processes_one_root_one_audit_and_true_verdicts(both, check):
    seed, audit, verified = both[0][check]
    assert both[1][check] == both[0][check]
    assert json.loads(audit)["seed"] == seed
    assert verified is True


def test_every_call_without_seed_draws_another_root(both):
    seeds = [both[0][check][0] for check in ("apply_without_seed", "build_without_seed")]
    assert len(set(seeds)) == len(seeds)


def test_a_plan_without_seed_is_the_same_in_all_processes(both):
    assert both[0]["resolve_without_seed"] == both[1]["resolve_without_seed"]
    assert "seed" in json.loads(both[0]["resolve_without_seed"])


def test_copies_of_an_unsharded_model_receive_the_same_values(both):
    assert both[0]["unsharded_without_seed"] == both[1]["unsharded_without_seed"]
    assert both[0]["unsharded_without_seed"][2] is True


def test_own_initializers_and_kept_variables_are_laid_out_and_measured_by_all(both):
    assert both[0]["own_initializer_on_all"] == both[1]["own_initializer_on_all"]
    seed, _, verified = both[0]["own_initializer_on_all"]
    assert (seed, verified) == (1, True)


def test_copies_of_shards_are_those_of_one_process(both):
    assert [one["copies_of_shards"] for one in both] == [[True, True, True]] * 2


SET = (
    "of 4 variables 2 had been set (first/kernel, first/bias), 2 keep the values they had "
    "(second/kernel, second/bias), and no layer's config was changed"
)
FAILS = "initializing 'second/kernel' by rule 'rules[1]' with raising: OSError: no such device"
ERRORS = {
    "other_spec_on_1": "the processes differ at 'carrying out the plan': "
    "process 0: spec *, root seed 1, plan *, *; process 1: spec *, root seed 1, plan *, * [DI431]",
    "seed_on_1_only": "the processes are at different steps: "
    "process 0: 'drawing a root seed'; process 1: 'carrying out the plan' [DI431]",
    "no_file_on_1": "1 of 2 processes failed: "
    "process 1: cannot read 'missing.yaml': no such file [DI101] [DI430]",
    "other_weights_on_1": "the processes differ at 'carrying out the plan': "
    "process 0: root seed 1, plan *, *; process 1: root seed 1, plan *, * [DI431]",
    "apply_raises_on_1": f"1 of 2 processes failed: process 1: {FAILS}; {SET} [DI409] [DI430]",
    "build_raises_on_1": f"1 of 2 processes failed: process 1: {FAILS} [DI409] [DI430]",
    "building_function_raises_on_1": "1 of 2 processes failed: "
    "process 1: MemoryError: too large [DI430]",
    "applying_on_0_verifying_on_1": "the processes are at different steps: "
    "process 0: 'carrying out the plan'; process 1: 'verifying' [DI431]",
    "other_replicas": "the processes differ at 'verifying': "
    "process 0: <Verification: 4 identical>, verdicts *; "
    "process 1: <Verification: 3 identical, 1 changed>, verdicts * [DI431]",
    "long_text": "1 of 2 processes failed: process 1: cannot read 'é\\né\\n*... [DI430]",
}


@pytest.mark.parametrize("check", ERRORS)
def test_a_fault_of_one_process_is_the_same_error_in_all(both, check):
    assert both[0][check] == both[1][check]
    kind, message = both[0][check]["error"]
    pattern = re.escape(ERRORS[check]).replace(r"\*", ".+")
    assert kind == "ProcessesError"
    assert re.fullmatch(pattern, message)


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("copies_of_process_1_differ", "process 1 holds another copy of it than process 0"),
        ("copies_inside_process_0_differ", "the devices of process 0 hold different copies of it"),
    ],
)
def test_copies_that_differ_unseen_are_a_change_and_all_processes_tell_it(both, check, reason):
    verdicts = "<Verification: 3 identical, 1 changed>"
    assert [one[check] for one in both] == [[True, verdicts, reason]] * 2


DRAWN_OF_THE_WHOLE = {"rows": 2, "columns": 1, "both": 2, "neither": 1}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("cut", DRAWN_OF_THE_WHOLE)
def test_each_process_draws_its_shards_once_and_all_find_the_unsharded_measures(both, dtype, cut):
    drawn = 240 * 768 // DRAWN_OF_THE_WHOLE[cut]
    found = [one["every_layout"][f"{dtype} {cut}"] for one in both]
    assert found == [[True, True, drawn]] * 2


VARIABLES = 33


def test_every_kind_has_the_measures_of_one_process_in_every_layout(several):
    first, *others = [one["every_kind_in_every_layout"] for one in several]
    assert all(one == first for one in others)
    assert set(first) == {f"{dtype} {cut}" for dtype in ("float32", "bfloat16") for cut in CUTS}
    assert all(found == [[], True, VARIABLES] for found in first.values()), first


CUTS = ("rows", "columns", "both", "neither")


def test_hosts_may_keep_the_same_files_in_different_folders(several):
    changed = "<Verification: 3 identical, 1 changed>"
    found = [one["files_in_other_folders"] for one in several]
    assert found == [[True, [True, True, True], changed]] * len(several)


def test_a_failure_of_one_of_four_is_the_same_error_in_all(four):
    said = f"1 of 4 processes failed: process 1: {FAILS}; {SET} [DI409] [DI430]"
    assert [one["apply_raises_on_1"] for one in four] == [{"error": ["ProcessesError", said]}] * 4


def test_large_sharded_values_that_changed_are_told_and_not_brought_together(both):
    consistent = "consistent with the recorded truncated_normal (mean 0, stddev 0.5)"
    expected = [["changed", consistent, True, 1], ["changed", "", None, 0]]
    assert [one["large_values_that_changed"] for one in both] == [expected] * 2


def test_a_fault_of_all_processes_is_raised_as_in_one_process(both):
    expected = {"error": ["UnreadableError", "cannot read 'missing.yaml': no such file [DI101]"]}
    assert [one["no_file_on_any"] for one in both] == [expected, expected]


def test_after_one_process_is_killed_the_others_end_with_an_error_and_write_nothing(tmp_path):
    workers = start(3, "killed", tmp_path)
    killed, *others = workers[1], workers[0], workers[2]
    try:
        killed.communicate(timeout=TIMEOUT)
        died = time.monotonic()
        said = [other.communicate(timeout=ENDS_WITHIN)[1] for other in others]
        lasted = time.monotonic() - died
    finally:
        end(workers)
    assert killed.returncode < 0
    assert all(other.returncode for other in others)
    assert lasted < ENDS_WITHIN
    message = "at \"initializing 'second/kernel'\", another process cannot be reached: "
    assert all(message in one and "[DI432]" in one for one in said)
    assert list(tmp_path.iterdir()) == []


def test_the_codes_of_several_processes_are_those_tested_here():
    said = " ".join(ERRORS.values()) + " [DI432]"
    assert {code for code in CODES if f"[{code}]" in said and code.startswith("DI43")} == {
        code for code in CODES if code.startswith("DI43")
    }
