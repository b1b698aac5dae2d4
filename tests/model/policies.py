"""Short ways to policies, and to what they did to a model."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras_layers import CASES, build_model

import declinit
from declinit.kinds.extensions import current_registry
from declinit.plans.inventory import FLOATS

# Keras' NumPy backend tells output shapes by computing on memory that nobody filled.
KERAS_NOISE = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*unbuilt state:UserWarning"),
]

# Variables of these are made of values, or of other variables.
MADE_OF_VALUES = {"lstm_stateful", "jax_layer", "flax_layer", "torch_module_wrapper", "tfsm_layer"}


def unfilled(build: Callable[[], keras.Model]) -> keras.Model:
    """A model of zeros: Keras' own random numbers take JAX a compilation for every shape."""
    with keras.StatelessScope():
        model = build()
        for variable in model.variables:
            variable._initializer = np.zeros
    return model


def model_of_case(name: str) -> keras.Model:
    """The model of a built-in layer's case, or a skipped test where the backend cannot build it."""
    case = CASES[name]
    if keras.backend.backend() not in case.backends:
        pytest.skip(case.reason)
    for module in case.requires:
        pytest.importorskip(module)
    if case.after_build or name in MADE_OF_VALUES:
        return build_model(case)
    return unfilled(lambda: build_model(case))


def policy(*rules: dict, **settings) -> declinit.Spec:
    """A spec of these rules, under seed 1 unless another is given."""
    config = {"declinit": 1, "seed": 1, "rules": list(rules), **settings}
    return declinit.Spec.from_config(config, current_registry())


def give(pattern, initializer, **rest) -> dict:
    """A rule."""
    return {"match": pattern, "initializer": initializer, **rest}


def everything(model, initializer) -> declinit.Spec:
    """A policy that names every float variable of a model, trainable or not."""
    infos = [info for info in declinit.survey(model) if not info.seed_state]
    paths = [info.path for info in infos if info.dtype in FLOATS]
    return policy(give(paths, initializer)) if paths else policy()


def values(model) -> dict[str, np.ndarray]:
    """What every variable holds, by path."""
    from declinit.model.addresses import walk

    return {
        found.path: np.array(keras.ops.convert_to_numpy(found.variable.value))
        for found in walk(model)
    }


def statuses(audit, model) -> dict[str, str]:
    """What `verify` says of every variable."""
    return {path: verdict.status for path, verdict in declinit.verify(audit, model).items()}


def dense_model(*names: str, size: int = 4) -> keras.Model:
    """A Sequential model of Dense layers of one size."""
    return keras.Sequential(
        [keras.Input((size,)), *(keras.layers.Dense(size, name=name) for name in names)],
        name="model",
    )
