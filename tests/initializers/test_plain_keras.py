"""A model that declinit filled loads where declinit is not installed.

Keras takes its own class of the same name there, so every config must suit that class.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras_layers import CASES, LayerCase, build_model
from random_kinds import KERAS_NOISE

import declinit
from declinit.kinds.extensions import registering
from declinit.kinds.registry import KERAS, PORTABLE
from declinit.kinds.rows import BUILTIN, ROWS
from declinit.plans.inventory import FLOATS

pytestmark = KERAS_NOISE

HERE = keras.backend.backend()
# A file is the same whatever the backend: NumPy's, which needs JAX, reads most, since it compiles
# nothing.
READER = "numpy" if importlib.util.find_spec("jax") else HERE
LOADER = Path(__file__).parent / "loading_plainly.py"

# Variables of these are made of values, or of other variables.
MADE_OF_VALUES = {"lstm_stateful"}

# These hold code, which Keras loads back from no file, whatever filled their variables.
HOLD_CODE = {"jax_layer", "flax_layer", "torch_module_wrapper", "tfsm_layer"}

# Parameters that are not the defaults, so that configs hold as much as they can.
PARAMETERS = {
    "constant": {"value": 0.5},
    "he_normal": {"input_axes": [0], "output_axes": [1]},
    "identity": {"gain": 2.0},
    "orthogonal": {"gain": 2.0},
    "random_normal": {"mean": 0.5, "stddev": 0.1},
    "stft": {"side": "imag", "window": None, "scaling": None, "periodic": True},
    "variance_scaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"},
}


def sevens(shape, dtype=None):
    """A function of a user's."""
    return keras.ops.full(shape, 7.0, dtype)


def filled(model: keras.Model, paths, initializer, generator: str = PORTABLE) -> keras.Model:
    """A model with one initializer for all these variables."""
    config = {
        "declinit": 1,
        "seed": 1,
        "generator": generator,
        "strict": {"unmatched": "allow"},
        "rules": [{"match": paths, "initializer": initializer}] if paths else [],
    }
    declinit.apply(declinit.Spec.from_config(config), model)
    return model


def around(layer: keras.layers.Layer, *shape: int) -> keras.Model:
    return keras.Sequential([keras.Input(shape), layer])


def with_kind(name: str, generator: str) -> keras.Model:
    """A model whose layer carries an initializer of a kind."""
    initializer = {"name": name, **PARAMETERS.get(name, {})}
    rank = BUILTIN[name].ranks[0]
    layer = keras.layers.Conv1D(8, 4, name="l") if rank == 3 else keras.layers.Dense(4, name="l")
    model = around(layer, 8, 1) if rank == 3 else around(layer, 4)
    return filled(model, "l/kernel", initializer, generator)


def of_zeros(case: LayerCase) -> keras.Model:
    """A model of a case: Keras' own random numbers take JAX a compilation for every shape."""
    if case.after_build:
        return build_model(case)
    with keras.StatelessScope():
        model = build_model(case)
        for variable in model.variables:
            variable._initializer = np.zeros
    return model


def with_layer(name: str) -> keras.Model:
    """The model of a case, every float variable filled by a portable initializer."""
    model = build_model(CASES[name]) if name in MADE_OF_VALUES else of_zeros(CASES[name])
    infos = [info for info in declinit.survey(model) if not info.seed_state]
    paths = [info.path for info in infos if info.dtype in FLOATS]
    positive = {"name": "random_uniform", "minval": 0.5, "maxval": 1.5}
    partly = [info.path for info in infos if info.filled]  # a class of ours unless it is constant
    filled(model, [path for path in paths if path not in partly], positive)
    return filled(model, partly, "zeros")


def gated() -> keras.Model:
    initializer = {"name": "orthogonal", "split": "gates"}
    return filled(around(keras.layers.LSTM(3, name="l"), 4, 2), "**/recurrent_kernel", initializer)


def of_a_function() -> keras.Model:
    return filled(around(keras.layers.Dense(3, name="l"), 4), "l/kernel", "sevens")


def of_parts() -> keras.Model:
    return filled(around(keras.layers.LSTM(3, name="l"), 4, 2), "**/bias", "random_normal")


def on_a_kernel(name: str, **params):
    """Makes a model whose kernel carries an initializer that Keras lacks."""

    def make() -> keras.Model:
        if BUILTIN[name].ranks[0] == 3:
            model = around(keras.layers.Conv1D(4, 3, name="l"), 8, 3)
        else:
            model = around(keras.layers.Dense(3, name="l"), 4)
        return filled(model, "l/kernel", {"name": name, **params})

    return make


# What only declinit makes, and what of it Keras names.
EXCEPTIONS = {
    "gates": (gated, "GatedOrthogonal"),
    "function": (of_a_function, "sevens"),
    "parts": (of_parts, "Parts"),
    "bounds": (on_a_kernel("truncated_normal", bounds=3), "BoundedTruncatedNormal"),
    "scaled bounds": (on_a_kernel("variance_scaling", bounds=3), "BoundedVarianceScaling"),
    "array": (on_a_kernel("constant", value=[1, 2, 3]), "ConstantArray"),
    "log_uniform": (on_a_kernel("log_uniform", minval=0.001, maxval=0.1), "LogUniform"),
    "sparse": (on_a_kernel("sparse", sparsity=0.5), "Sparse"),
    "dirac": (on_a_kernel("dirac"), "Dirac"),
    "delta_orthogonal": (on_a_kernel("delta_orthogonal"), "DeltaOrthogonal"),
}


def failures(folder: Path, backend: str) -> dict[str, str | None]:
    """By model in a folder, why Keras alone cannot load it."""
    done = subprocess.run(
        [sys.executable, str(LOADER), str(folder)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


KINDS_OF_KERAS = [kind for kind in ROWS if hasattr(keras.initializers, kind.class_name)]
LAYERS = [name for name in CASES if name not in HOLD_CODE]


@pytest.fixture(scope="module")
def plainly(tmp_path_factory) -> dict[str, str | None]:
    """By model, why Keras alone cannot load it."""
    everywhere, here = (tmp_path_factory.mktemp(name) for name in ("everywhere", "here"))
    with registering():
        declinit.register("sevens", sevens)
        for name, (make, _) in EXCEPTIONS.items():
            make().save(here / f"{name}.keras")
    for kind in KINDS_OF_KERAS:
        for generator in (KERAS, PORTABLE):
            with_kind(kind.name, generator).save(everywhere / f"{kind.name} {generator}.keras")
    for name in LAYERS:
        with_layer(name).save(everywhere / f"{name}.keras")
    return failures(everywhere, READER) | failures(here, HERE)


@pytest.mark.parametrize("kind", KINDS_OF_KERAS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("generator", [KERAS, PORTABLE])
def test_a_model_with_an_initializer_of_any_kind_loads_in_plain_keras(plainly, kind, generator):
    assert plainly[f"{kind.name} {generator}"] is None


@pytest.mark.parametrize("name", LAYERS)
def test_a_model_with_any_layer_loads_in_plain_keras(plainly, name):
    assert plainly[name] is None


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_what_only_declinit_makes_does_not_load_in_plain_keras(plainly, name):
    """The README lists these: Keras has nothing of the kind, and says what it cannot find."""
    assert EXCEPTIONS[name][1] in plainly[name]
