"""An audit as a flat dictionary, for trackers of experiments."""

from __future__ import annotations

import json

import keras

import declinit

SPEC = """declinit: 1
seed: 5
rules:
- {match: "**/kernel", initializer: he_normal}
- {match: "**/bias", initializer: zeros}
- {match: "tail/bias", keep: true}
"""


def model() -> keras.Model:
    inputs = keras.Input((4,))
    head = keras.layers.Dense(3, name="head")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, name="tail")(head))


def applied(path, **more) -> declinit.Audit:
    return declinit.apply(declinit.load(path, **more), model())


def test_a_summary_is_flat_and_counts(write):
    path = write("policies/my.declinit.yaml", SPEC)
    audit = applied(path)
    summary = audit.summary()
    expected = {
        "policy": "my.declinit.yaml",
        "spec_digest": audit.spec_digest,
        "seed": 5,
        "generator": "portable",
        "fans": "layer",
        "variables": 4,
        "elements": 12 + 3 + 6 + 2,
        "loaded": 0,
        "drawn": 3,
        "copied": 0,
        "kept": 1,
        "notes": 0,
    }
    assert expected.items() <= audit.summary(prefix="").items()
    assert all(key.startswith("declinit/") for key in summary)
    assert all(isinstance(value, int) or len(value) <= 200 for value in summary.values())
    assert json.loads(json.dumps(summary)) == summary


def test_the_digest_of_weights_tells_whether_they_are_the_same(write):
    path = write("a.yaml", SPEC)
    key = "declinit/weights_digest"
    first, again, other = applied(path), applied(path), applied(path, overrides=["seed=6"])
    assert first.summary()[key] == again.summary()[key] != other.summary()[key]


def test_an_audit_that_was_saved_gives_the_same_summary(write, tmp_path):
    audit = applied(write("a.yaml", SPEC))
    audit.save(tmp_path / "audit.json")
    assert declinit.Audit.load(tmp_path / "audit.json").summary() == audit.summary()


def test_a_policy_from_python_has_no_file_and_a_long_name_is_cut(write):
    spec = declinit.Spec.from_config(
        {"declinit": 1, "seed": 1, "rules": [{"match": "**", "initializer": "ones"}]}
    )
    assert declinit.apply(spec, model()).summary()["declinit/policy"] == ""
    audit = applied(write(f"{'x' * 240}.yaml", SPEC))
    assert audit.summary()["declinit/policy"] == f"{'x' * 195}.yaml"
