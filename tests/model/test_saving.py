"""Every document becomes data, text and a file by the same methods, and comes back from them."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import keras
import pytest
from keras import layers

import declinit
from declinit.errors import SpecError

named = pytest.mark.parametrize


def model(name="head") -> keras.Model:
    return keras.Sequential([keras.Input((3,)), layers.Dense(2, name=name)])


RULES = [
    {"match": "**/kernel", "initializer": {"name": "random_normal", "stddev": 0.5}},
    {"match": "**/bias", "initializer": "zeros"},
]
SPEC = declinit.Spec.from_config({"declinit": 1, "seed": 7, "rules": RULES})
MADE = model()
PLAN = declinit.resolve(SPEC, MADE)
AUDIT = declinit.apply(PLAN, MADE)
DOCUMENTS = {"declinit": SPEC, "declinit_plan": PLAN, "declinit_audit": AUDIT}


@named(("key", "document"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_a_document_comes_back_from_its_data_and_its_file(key, document, tmp_path):
    config = document.get_config()
    assert next(iter(config)) == key
    assert json.loads(document.to_json()) == config
    assert type(document).from_config(MappingProxyType(config)) == document
    document.save(tmp_path / "it.json")
    assert (tmp_path / "it.json").read_text(encoding="utf-8") == document.to_json()
    assert type(document).load(tmp_path / "it.json") == document


def test_a_spec_is_saved_as_yaml_unless_its_file_is_called_json(tmp_path):
    SPEC.save(tmp_path / "it.yaml")
    assert (tmp_path / "it.yaml").read_text(encoding="utf-8").startswith("declinit: 1\nseed: 7\n")
    assert declinit.Spec.load(tmp_path / "it.yaml") == SPEC == declinit.load(tmp_path / "it.yaml")


RESULTS = {
    "declinit_verification": declinit.verify(AUDIT, MADE),
    "declinit_plausibility": declinit.verify(SPEC, MADE, statistical=True),
    "declinit_drift": PLAN.check(PLAN),
}


@named(("key", "result"), RESULTS.items(), ids=RESULTS)
def test_a_result_is_saved_as_it_is_printed(key, result, tmp_path):
    assert next(iter(result.get_config())) == key
    result.save(tmp_path / "it.json")
    assert (tmp_path / "it.json").read_text(encoding="utf-8") == result.to_json()


@named("kind", [declinit.Plan, declinit.Audit])
def test_data_that_is_another_document_is_refused(kind):
    with pytest.raises(SpecError) as caught:
        kind.from_config(SPEC.get_config())
    expected = "a plan" if kind is declinit.Plan else "an audit"
    assert str(caught.value) == f"'<config>' is a spec, expected {expected} [DI502]"


# Checking a plan against one that was committed


@pytest.fixture
def committed(write):
    write("x", "")
    PLAN.save("plan.json")
    return Path("plan.json")


def test_a_plan_that_is_as_it_was_does_not_differ(committed):
    for other in (committed, str(committed), PLAN):
        drift = declinit.resolve(SPEC, model()).check(other)
        assert (drift.differs, drift.differences, drift.variables) == (False, (), 2)


def test_a_plan_that_changed_says_what_differs_and_what_was_renamed(committed):
    changed = declinit.Spec.from_config(
        {**SPEC.get_config(), "rules": [RULES[1], RULES[0]], "seed": 8}
    )
    drift = declinit.resolve(changed, model()).check(committed)
    assert (drift.differs, drift.file) == (True, "plan.json")
    assert {one.field for one in drift.differences} == {"seed"}
    renamed = declinit.resolve(SPEC, model("tail")).check(PLAN)
    assert renamed.file == "plan"
    assert renamed.renames == {"head/kernel": "tail/kernel", "head/bias": "tail/bias"}
    assert renamed.moves.get_config() == [{"from": "head", "to": "tail"}]


def test_what_is_no_plan_cannot_be_checked_against(write):
    write("spec.json", SPEC.get_config())
    with pytest.raises(SpecError, match=r"'spec\.json' is a spec, expected a plan"):
        PLAN.check("spec.json")
