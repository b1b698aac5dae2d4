"""Verifying: what became of each variable since the audit."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from policies import KERAS_NOISE, dense_model, give, policy, statuses

import declinit
from declinit.audits.measures import measure
from declinit.model.addresses import walk
from declinit.plans.comparison import Difference

pytestmark = KERAS_NOISE

NORMAL = give("**", "random_normal")


def variable(model, path: str):
    """A variable of a model."""
    return next(found.variable for found in walk(model) if found.path == path)


def audited(*names: str, size: int = 16, initializer="random_normal"):
    """A model, and the audit of its initialization."""
    model = dense_model(*names, size=size)
    return model, declinit.apply(policy(give("**", initializer)), model)


def test_an_untouched_model_is_identical():
    """Every variable has the bits of its record, and the verification is true."""
    model, audit = audited("a", "b")
    found = declinit.verify(audit, model)

    assert bool(found)
    assert {verdict.status for verdict in found.values()} == {"identical"}
    assert found.counts() == {"identical": 4, "changed": 0, "missing": 0, "new": 0}
    assert found["a/kernel"].to_dict() == {
        "path": "a/kernel",
        "status": "identical",
        "differences": [],
        "reason": "",
        "consistent": None,
    }


def test_one_bit_is_a_change():
    """The smallest change of one element is seen."""
    model, audit = audited("a", "b")
    kernel = variable(model, "a/kernel")
    value = np.array(keras.ops.convert_to_numpy(kernel.value))
    value[0, 0] = np.nextafter(value[0, 0], np.float32(1))
    kernel.assign(value)

    found = declinit.verify(audit, model)

    assert not found
    assert found.counts() == {"identical": 3, "changed": 1, "missing": 0, "new": 0}
    assert (found["a/kernel"].status, found["a/kernel"].consistent) == ("changed", True)


def test_values_of_another_seed_are_consistent_with_the_law():
    """Changed values that the recorded law could have made are told apart from others."""
    model, audit = audited("a")
    declinit.apply(policy(NORMAL, seed=2), model)

    found = declinit.verify(audit, model)["a/kernel"]

    assert found.consistent is True
    assert found.reason == "consistent with the recorded normal (mean 0, stddev 0.05)"


def test_values_of_another_law_are_inconsistent():
    """The verdict says what does not fit, and how improbable it is."""
    model, audit = audited("a")
    declinit.apply(policy(give("**", {"name": "random_normal", "stddev": 0.1})), model)

    found = declinit.verify(audit, model)["a/kernel"]

    assert (found.status, found.consistent) == ("changed", False)
    expected = "not a plausible draw from normal (mean 0, stddev 0.05): stddev 0."
    assert found.reason.startswith(expected)
    assert " where 0.05 is expected (1.85 times as much) (p = " in found.reason


def test_a_change_of_a_constant_is_inconsistent():
    """A constant has one value."""
    model, audit = audited("a", initializer="zeros")
    values = np.full(16, 0.5, "float32")
    variable(model, "a/bias").assign(values)
    halves = measure([((slice(0, 16),), values)], (16,), "float32")

    assert declinit.verify(audit, model)["a/bias"].to_dict() == {
        "path": "a/bias",
        "status": "changed",
        "differences": [
            {"path": "a/bias", "field": field, "before": before, "after": after, "rule": None}
            for field, before, after in (
                ("digest", audit["a/bias"].digest, halves.digest),
                ("mean", 0.0, 0.5),
                ("min", 0.0, 0.5),
                ("max", 0.0, 0.5),
            )
        ],
        "reason": "not zeros: all 16 elements differ, the first is 0.5 where 0 is expected",
        "consistent": False,
    }


def test_few_values_tell_nothing_of_a_law():
    """Of fewer than 64 elements it is not said that they are consistent."""
    model, audit = audited("a")
    declinit.apply(policy(NORMAL, seed=2), model)

    found = declinit.verify(audit, model)["a/bias"]

    assert found.consistent is None
    assert found.reason == "too few to tell more"


def test_a_matrix_that_is_not_orthogonal_is_inconsistent():
    """Orthogonal elements follow no common law, but the matrix can be told."""
    model, audit = audited("a", size=16)
    spec = policy(give("**/kernel", "orthogonal"), give("**/bias", "zeros"))
    audit = declinit.apply(spec, model)
    declinit.apply(policy(give("**/kernel", "ones"), give("**/bias", "zeros")), model)

    found = declinit.verify(audit, model)["a/kernel"]

    assert (found.status, found.consistent) == ("changed", False)
    assert found.reason == (
        "not a plausible draw from orthogonal (gain 1): Q'Q is off by 16 from 1 times the identity"
    )
    assert {one.field: one.after for one in found.differences} | {"digest": ""} == {
        "digest": "",
        "mean": 1.0,
        "stddev": 0.0,
        "min": 1.0,
        "max": 1.0,
    }


def test_missing_and_new_variables_are_told():
    """A renamed layer is missing under one name and new under the other."""
    _, audit = audited("first", "second")
    model = dense_model("first", "secnod", size=16)
    declinit.apply(audit.plan(), dense_model("first", "second", size=16))

    found = declinit.verify(audit, model)

    assert found.counts() == {"identical": 0, "changed": 2, "missing": 2, "new": 2}
    assert found["second/kernel"].to_dict() == {
        "path": "second/kernel",
        "status": "missing",
        "differences": [],
        "reason": "did you mean 'secnod/kernel'?",
        "consistent": None,
    }
    assert found["secnod/kernel"].reason == "the audit does not know it"


@pytest.mark.parametrize(
    ("kwargs", "difference"),
    [
        ({"units": 5}, ("shape", [16, 16], [16, 5])),
        ({"units": 16, "dtype": "float16"}, ("dtype", "float32", "float16")),
    ],
)
def test_another_shape_or_dtype_is_a_change(kwargs, difference):
    """Values of another shape or dtype are not compared."""
    _, audit = audited("a")
    model = keras.Sequential([keras.Input((16,)), layers.Dense(name="a", **kwargs)])

    found = declinit.verify(audit, model)["a/kernel"]

    assert (found.status, found.reason, found.consistent) == ("changed", "", None)
    assert found.differences == (Difference("a/kernel", *difference),)


def test_training_changes_what_it_trains():
    """Frozen layers stay identical, trained ones do not."""
    model, audit = audited("a", "b")
    for path in ("b/kernel", "b/bias"):
        trained = variable(model, path)
        trained.assign(trained.value * 0.9)

    assert statuses(audit, model) == {
        "a/kernel": "identical",
        "a/bias": "identical",
        "b/kernel": "changed",
        "b/bias": "changed",
    }


def test_an_audit_file_verifies_a_loaded_model(tmp_path):
    """Audit and model go through files and still agree."""
    model, audit = audited("a")
    audit.save(tmp_path / "audit.json")
    model.save(tmp_path / "model.keras")

    assert declinit.verify(
        tmp_path / "audit.json", keras.saving.load_model(tmp_path / "model.keras")
    )


def test_what_keras_does_to_low_rank_adapters_is_named(tmp_path):
    """Keras saves them merged into the kernel, and loads zeros."""
    dense = layers.Dense(16, name="a")
    model = keras.Sequential([keras.Input((16,)), dense])
    dense.enable_lora(4)
    audit = declinit.apply(policy(give("**", "random_normal"), give("**/bias", "zeros")), model)
    variable(model, "a/lora_kernel_a").assign(np.zeros((16, 4), "float32"))

    found = declinit.verify(audit, model)["a/lora_kernel_a"]

    assert (found.status, found.consistent) == ("changed", None)
    assert found.reason == "Keras fills it with zeros when it loads a model"
