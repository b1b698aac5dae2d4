"""Models that hold users' own initializers are saved, loaded and verified by the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SHOP = '''
import keras


class Steps(keras.initializers.Initializer):
    """Steps of a width.

    All of them are equal.
    """

    def __init__(self, step: float = 1.0):
        self.step = step

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, self.step, dtype)

    def get_config(self):
        return {"step": self.step}


@keras.saving.register_keras_serializable("Shop")
class Known(Steps):
    """Steps that Keras knows."""


def fives(shape, dtype=None, times: int = 1):
    return keras.ops.full(shape, 5.0 * times, dtype)
'''

REGISTERING = """
import declinit
from shop import Known, Steps, fives

declinit.register("steps", Steps)
declinit.register("known", Known)
declinit.register("fives", fives)
"""

MODELS = """
import keras


def build():
    layers = [keras.layers.Dense(3, name=name) for name in "abc"]
    return keras.Sequential([keras.Input((3,)), *layers])
"""

SPEC = """
declinit: 1
seed: 7
rules:
  - {match: "**/bias", initializer: zeros}
  - {match: a/kernel, initializer: {name: steps, step: 2.0}}
  - {match: b/kernel, initializer: {name: known, step: 3.0}}
  - {match: c/kernel, initializer: {name: fives, times: 2}}
"""

ENTRY_POINTS = """
[declinit.initializers]
steps = shop:Steps
known = shop:Known
fives = shop:fives
"""


@pytest.fixture
def folder(tmp_path):
    """A model, a spec, and a package with initializers that offers nothing."""
    for name, text in {
        "shop.py": SHOP,
        "registering.py": REGISTERING,
        "models.py": MODELS,
        "spec.yaml": SPEC,
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def install(folder: Path) -> None:
    """Have the package offer its initializers."""
    installed = folder / "shop-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(ENTRY_POINTS)


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The command line in a process of its own."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
    command = [sys.executable, "-m", "declinit", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


APPLY = ("apply", "spec.yaml", "--model", "models:build", "--out", "m.keras", "--audit", "a.json")
VERIFY = ("verify", "a.json", "--model", "m.keras")
VERIFIED = (0, "# 6 identical\n", "")


@pytest.mark.parametrize("way", ["entry points", "--import"])
def test_a_model_of_users_own_initializers_is_loaded_again(folder, way):
    """With a class that Keras knows, one that it does not know, and a function."""
    if way == "entry points":
        install(folder)
    imports = () if way == "entry points" else ("--import", "registering")
    code, _, said = run(folder, *APPLY, *imports)
    assert (code, said) == (0, "")
    assert run(folder, *VERIFY, *imports) == VERIFIED


LOADING = """
import keras, declinit
try:
    keras.saving.load_model("m.keras")
except Exception as error:
    print("Steps" in str(error))
declinit.register_with_keras()
model = keras.saving.load_model("m.keras")
print(*[type(one.kernel_initializer).__name__ for one in model.layers])
print(keras.saving.get_registered_object("declinit>HeNormal").__module__)
"""


def test_a_fresh_program_loads_a_saved_model_once_keras_knows_all_initializers(folder):
    install(folder)
    assert run(folder, *APPLY)[0] == 0
    (folder / "loading.py").write_text(LOADING)
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
    command, environment = [sys.executable, "loading.py"], {**os.environ, **paths}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "True",
        "Steps Known FunctionInitializer",
        "declinit.initializers.scaled",
    ]


def test_an_initializer_that_nothing_registers_is_named(folder):
    assert run(folder, *APPLY, "--import", "registering")[0] == 0
    code, _, said = run(folder, *VERIFY)
    assert code == 2
    assert said == (
        "cannot load 'm.keras': TypeError: Could not interpret initializer identifier: "
        "{'module': 'shop', 'class_name': 'Steps', 'config': {'step': 2.0}, "
        "'registered_name': 'declinit.user>steps'}; "
        "custom layers and initializers must be registered: name their module with --import [DI404]\n"
        "1 error\n"
    )


def test_an_initializer_of_a_package_is_described_once_it_is_imported(folder):
    install(folder)
    assert run(folder, "initializers", "steps") == (0, "steps: Offered by shop.\n", "")
    assert run(folder, "initializers", "steps", "--import", "shop") == (
        0,
        "steps: Steps of a width.\ndocumentation\n  All of them are equal.\nparameters\n"
        "  step      number or formula\tdefault 1.0\n",
        "",
    )


def test_the_parameters_of_a_package_are_checked_once_it_is_imported(folder):
    install(folder)
    (folder / "spec.yaml").write_text(SPEC.replace("times: 2", "times: [2]"))
    assert run(folder, "validate", "spec.yaml")[0] == 0
    code, _, said = run(folder, "validate", "spec.yaml", "--import", "shop")
    assert code == 1
    assert said.startswith(
        "spec.yaml:8:57: `times` of 'fives': expected a whole number or a formula, received [2] [DI203]\n"
    )
