"""A second build in one process: files say the same, and Keras' own names still lead somewhere."""

from __future__ import annotations

import json

import keras
import pytest
from keras import layers
from policies import KERAS_NOISE, give, policy

import declinit

pytestmark = KERAS_NOISE


def built() -> keras.Model:
    """A model whose layers Keras names; one of them is reached in two ways."""
    shared = layers.Dense(3, name="shared")
    inner = keras.Sequential([keras.Input((3,)), shared], name="inner")
    x = inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(2)(inner(layers.Dense(3)(shared(x)))))


SPEC = policy(give("**", "glorot_uniform"), give("**/bias", "zeros"))


@pytest.fixture
def twice() -> tuple[keras.Model, keras.Model]:
    """The model of a first and of a later build."""
    keras.backend.clear_session()
    return built(), built()


def test_plans_of_two_builds_are_the_same_bytes(twice):
    first, second = (declinit.resolve(SPEC, model) for model in twice)
    assert first.to_json() == second.to_json()
    assert (first == second, hash(first) == hash(second)) == (True, True)


def test_audits_of_two_builds_are_the_same_bytes(twice):
    first, second = (declinit.apply(SPEC, model) for model in twice)
    assert first.to_json() == second.to_json()
    assert (first == second, hash(first) == hash(second)) == (True, True)


def test_files_hold_other_paths_and_not_what_keras_counted(twice):
    plan = declinit.resolve(SPEC, twice[1])
    written = {one["path"]: one["aliases"] for one in json.loads(plan.to_json())["variables"]}
    assert written == {
        "shared/kernel": ["inner/shared/kernel"],
        "shared/bias": ["inner/shared/bias"],
        "dense/kernel": [],
        "dense/bias": [],
        "dense_1/kernel": [],
        "dense_1/bias": [],
    }


def test_a_plan_and_an_audit_take_the_names_that_keras_shows(twice):
    model = twice[1]
    for made in (declinit.resolve(SPEC, model), declinit.apply(SPEC, model)):
        assert model.get_layer("dense_3").kernel.path == "dense_3/kernel"
        assert made["dense_3/kernel"].path == made.get("dense_3/kernel").path == "dense_1/kernel"
        assert made["inner/shared/kernel"] is made["shared/kernel"]
        assert ("dense_3/kernel" in made, "dense_1/kernel" in made) == (False, True)


def test_a_name_that_leads_to_no_variable_is_a_key_error(twice):
    plan = declinit.resolve(SPEC, twice[1])
    with pytest.raises(KeyError, match=r"^'dense_9/kernel'$"):
        plan["dense_9/kernel"]
    assert plan.get("dense_9/kernel") is None


def test_an_inventory_tells_every_name(twice):
    found = {info.path: info.to_dict()["aliases"] for info in declinit.survey(twice[1])}
    assert found["dense_1/kernel"] == ["dense_3/kernel"]


def test_results_can_be_kept_in_sets(twice):
    audit = declinit.apply(SPEC, twice[0])
    again = declinit.Audit.from_dict(json.loads(audit.to_json()))
    assert {audit, again} == {audit}
    assert {audit.plan(), again.plan()} == {again.plan()}
    assert len({declinit.verify(audit, twice[0]), declinit.verify(again, twice[0])}) == 1
