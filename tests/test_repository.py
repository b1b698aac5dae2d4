"""What other repositories take from this one: hooks for pre-commit, and an example of a workflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import declinit

ROOT = Path(declinit.__file__).parent.parent
EXAMPLE = ROOT / "examples/repository"
WORKFLOW = EXAMPLE / ".github/workflows/policy.yaml"


def read(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


HOOKS = {hook["id"]: hook for hook in read(ROOT / ".pre-commit-hooks.yaml")}
STEPS = [step for step in read(WORKFLOW)["jobs"]["policy"]["steps"] if "run" in step]
INSTALL = "install"  # of what is tested here


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A copy of the example, where `declinit` is the program that is tested."""
    there = tmp_path / "repository"
    shutil.copytree(EXAMPLE, there, ignore=shutil.ignore_patterns("__pycache__"))
    program = tmp_path / "bin/declinit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m declinit "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(there)
    return there


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """As GitHub runs a step."""
    arguments = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return subprocess.run(arguments, check=False, text=True, capture_output=True, timeout=120)


def results() -> list[tuple[int, str]]:
    """Exit code and standard output of each step of the workflow."""
    done = (shell(step["run"]) for step in STEPS if step["name"] != INSTALL)
    return [(one.returncode, one.stdout) for one in done]


def test_the_steps_of_the_workflow_do_as_they_say(repository, tmp_path):
    assert results() == [(0, ""), (0, ""), (0, "")]
    policy = Path("policy.declinit.yaml")
    policy.write_text(policy.read_text().replace("he_normal", "glorot_normal"))
    annotation = (
        "::error file=policy.declinit.yaml,line=4,col=5,title=DI722::"
        "kernels: 2 variables, initializer he_normal -> glorot_normal\n"
    )
    assert results() == [(0, ""), (0, ""), (1, annotation)]
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| rule | variables | change | stddev |" in summary


def test_the_hooks_check_the_policies_and_the_plan(repository):
    config = read(EXAMPLE / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    validate, plan = (HOOKS[hook["id"]]["entry"] for hook in config)
    arguments = " ".join(config[1]["args"])
    assert shell(f"{validate} policy.declinit.yaml").returncode == 0
    assert shell(f"{plan} {arguments}").returncode == 0
    Path("policy.declinit.yaml").write_text("declinit: 1\nrules: [{match: a}]\n")
    assert shell(f"{validate} policy.declinit.yaml").returncode == 1


def test_the_hooks_are_for_policies_by_their_reserved_name():
    pattern = re.compile(HOOKS["declinit-validate"]["files"])
    fine = ("policy.declinit.yaml", "configs/a.declinit.yml", "b.declinit.json")
    assert all(map(pattern.search, fine))
    assert not any(map(pattern.search, ("a.yaml", "declinit.yaml", "a.declinit.yaml.txt")))


def test_the_hooks_are_a_manifest_of_pre_commit():
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    command = [sys.executable, "-m", "pre_commit", "validate-manifest"]
    done = subprocess.run([*command, str(ROOT / ".pre-commit-hooks.yaml")], check=False)
    assert done.returncode == 0
