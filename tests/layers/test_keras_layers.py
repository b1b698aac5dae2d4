"""The table of built-in layers covers the installed Keras, and all of it can be built."""

from __future__ import annotations

import keras
import pytest
from keras_layers import ABSTRACT, CASES, WEIGHTLESS, build_model, exported_layers


def test_every_exported_layer_class_is_in_exactly_one_list() -> None:
    """A layer class that Keras exports has a case, has no weights, or is abstract."""
    covered = {name for case in CASES.values() for name in case.covers}

    assert set(exported_layers()) == covered | WEIGHTLESS | ABSTRACT
    assert not covered & WEIGHTLESS
    assert not covered & ABSTRACT
    assert not WEIGHTLESS & ABSTRACT


@pytest.mark.parametrize("name", CASES)
def test_case_builds_a_model_with_weights_from_the_classes_it_covers(name: str) -> None:
    """The layer of a case is named after it, has weights, and is made of what it covers."""
    case = CASES[name]
    if keras.backend.backend() not in case.backends:
        pytest.skip(case.reason)
    for module in case.requires:
        pytest.importorskip(module)

    layer = build_model(case).get_layer(name)

    assert layer.weights
    exported = exported_layers()
    parts = {type(part) for part in layer._flatten_layers()}
    assert {exported[covered] for covered in case.covers} <= parts
