"""The Hydra experiment of `examples`: a policy's path and what a run changes are in its config."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hydra
import pytest

import declinit
from declinit.errors import SpecError

ROOT = Path(declinit.__file__).parents[1]


@pytest.fixture
def initialized(monkeypatch):
    """Initializes the model of the experiment under overrides, as Hydra composes them."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)
    from examples.experiment import train

    def initialized(*overrides: str):
        with hydra.initialize_config_dir(str(ROOT / "examples/experiment/conf"), version_base=None):
            config = hydra.compose("config", list(overrides))
        return train.initialized(config)

    return initialized


def actions(audit) -> dict[str, str]:
    return {path: str(record.assignment.initializer.name) for path, record in audit.items()}


def test_the_config_of_an_experiment_chooses_the_seed_and_the_last_rules(initialized):
    _, audit = initialized()
    assert (audit.seed, actions(audit)["hidden_0/kernel"]) == (7, "he_normal")
    model, audit = initialized("seed=3", "policy.rules=['hidden_0/kernel=zeros']", "model.depth=2")
    assert (audit.seed, actions(audit)["hidden_0/kernel"]) == (3, "zeros")
    assert declinit.verify(audit, model)


def test_a_fault_in_the_overrides_of_a_config_is_told_as_on_the_command_line(initialized):
    with pytest.raises(SpecError) as caught:
        initialized("policy.overrides=['haed.seed=3']")
    assert [problem.headline for problem in caught.value.problems] == [
        "--set: 'haed' is neither a setting nor the id of a rule; did you mean 'head'? [DI223]"
    ]


def test_an_override_that_is_no_text_is_refused_by_name(initialized):
    with pytest.raises(TypeError) as caught:
        initialized("policy.overrides=[{seed: 3}]")
    assert str(caught.value) == (
        "declinit.load: expected a list of texts as `overrides`, received ListConfig [DI414]"
    )


def test_a_run_of_the_experiment_keeps_its_audit(tmp_path):
    run = f"hydra.run.dir={tmp_path}/run"
    command = [sys.executable, "-m", "examples.experiment.train", run, "seed=5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    audit = declinit.Audit.load(tmp_path / "run" / "audit.json")
    assert (audit.seed, audit["head/kernel"].origin) == (5, "drawn")
