"""A backbone of KerasHub, saved by KerasHub's own means, loaded by a policy under a new head."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from policies import KERAS_NOISE, give, policy

import declinit
from declinit.model.addresses import walk

keras_hub = pytest.importorskip("keras_hub", reason="needs keras-hub")
pytestmark = KERAS_NOISE

SIZES = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}


def bert(**sizes):
    sizes = {"vocabulary_size": 50, "max_sequence_length": 12, **SIZES, **sizes}
    return keras_hub.models.BertBackbone(**sizes)


def gpt2(**sizes):
    sizes = {"vocabulary_size": 50, "max_sequence_length": 12, **SIZES, **sizes}
    return keras_hub.models.GPT2Backbone(**sizes)


def classifier(backbone):
    return keras_hub.models.BertTextClassifier(backbone=backbone, num_classes=3, preprocessor=None)


def saved(backbone, folder):
    """The file of weights of a preset, every number of its own."""
    generator = np.random.default_rng(0)
    for variable in backbone.weights:
        variable.assign(generator.normal(size=variable.shape))
    backbone.save_to_preset(str(folder))
    return str(folder / "model.weights.h5")


def held(model) -> dict[str, np.ndarray]:
    """Values by path, without the states of random numbers."""
    return {
        one.path: np.array(keras.ops.convert_to_numpy(one.variable.value))
        for one in walk(model)
        if not one.is_seed_state
    }


# A backbone inside another model: a line for every depth of its layers.
UNDER_A_HEAD = {
    "{a:*}/{v:*}": "bert_backbone/{a}/{v}",
    "{a:*}/{b:*}/{v:*}": "bert_backbone/{a}/{b}/{v}",
    "{a:*}/{b:*}/{c:*}/{v:*}": "bert_backbone/{a}/{b}/{c}/{v}",
}


def test_a_preset_is_loaded_into_a_classifier_with_a_new_head(tmp_path):
    base = bert()
    rules = (
        {"match": "bert_backbone/**", "load": {"from": "base", "rename": UNDER_A_HEAD}},
        give("logits/kernel", {"name": "truncated_normal", "stddev": 0.02}),
        give("logits/bias", "zeros"),
    )
    spec = policy(*rules, checkpoints={"base": saved(base, tmp_path)}, strict={"leftover": "error"})
    model = classifier(bert())
    audit = declinit.apply(spec, model)
    now = held(model)
    assert {p for p, one in audit.items() if one.origin == "drawn"} == {
        "logits/kernel",
        "logits/bias",
    }
    assert held(base).keys() == {
        path.removeprefix("bert_backbone/") for path in now if path.startswith("bert_backbone/")
    }
    for path, value in held(base).items():
        np.testing.assert_array_equal(now[f"bert_backbone/{path}"], value)
    assert declinit.verify(audit, model)
    ids = {
        "token_ids": np.arange(12)[None] % 50,
        "segment_ids": np.zeros((1, 12), "int32"),
        "padding_mask": np.ones((1, 12), "int32"),
    }
    made = model.backbone(ids)["sequence_output"]
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(made),
        keras.ops.convert_to_numpy(base(ids)["sequence_output"]),
    )


def test_a_vocabulary_grows_and_the_last_block_begins_anew(tmp_path):
    base, model = gpt2(), gpt2(vocabulary_size=60)
    rules = (
        {"match": "**", "load": {"from": "base"}},
        {
            "match": "token_embedding/embeddings",
            "load": {"from": "base", "on_shape": "slice"},
            "initializer": {"name": "random_normal", "stddev": 0.02},
        },
        give("transformer_layer_1/**/kernel", {"name": "random_normal", "stddev": 0.02}),
        give("transformer_layer_1/**/{bias,beta}", "zeros"),
        give("transformer_layer_1/**/gamma", "ones"),
    )
    spec = policy(*rules, checkpoints={"base": saved(base, tmp_path)})
    audit = declinit.apply(spec, model)
    before, now = held(base), held(model)
    for path, value in now.items():
        if path == "token_embedding/embeddings":
            np.testing.assert_array_equal(value[:50], before[path])
            assert 0 < np.std(value[50:]) < 0.04
        elif path.startswith("transformer_layer_1/"):
            assert not np.array_equal(value, before[path])
            assert audit[path].origin == "drawn"
        else:
            np.testing.assert_array_equal(value, before[path])
