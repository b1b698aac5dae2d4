"""Probing a model of any kind: what is measured, and that nothing is left behind."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from probed_models import (
    MODELS,
    SEED,
    convolutional,
    policy,
    recurrent,
    stack,
    state_of,
    subclassed,
)

import declinit
from declinit.errors import DeclinitError

named = pytest.mark.parametrize
HAS_GRADIENTS = keras.backend.backend() != "numpy"
needs_gradients = pytest.mark.skipif(not HAS_GRADIENTS, reason="NumPy has no gradients")


def compiled(build):
    model = build()
    if HAS_GRADIENTS:
        model.compile(optimizer="adam", loss="mse")
        model.optimizer.build(model.trainable_variables)
    return model


@named("build", MODELS.values(), ids=MODELS)
@named("drawn", [False, True], ids=["own weights", "a policy"])
def test_a_probed_model_is_what_it_was_bit_for_bit(build, drawn):
    model = compiled(build)
    before, config = state_of(model), str(model.get_config()) if build is stack else ""
    declinit.probe(model, seeds=2, policy=policy("he_normal") if drawn else None)
    assert state_of(model) == before
    assert (str(model.get_config()) if build is stack else "") == config


def test_a_model_that_fails_is_what_it_was_too():
    class Failing(layers.Dense):
        def call(self, inputs):
            if not isinstance(inputs, keras.KerasTensor):
                raise RuntimeError("not today")
            return super().call(inputs)

    x = inputs = keras.Input((3,))
    x = layers.BatchNormalization(name="norm")(x)
    model = keras.Model(inputs, Failing(2)(x), name="failing")
    before = state_of(model)
    with pytest.raises(declinit.errors.ModelError) as caught:
        declinit.probe(model, policy=policy("zeros"))
    assert str(caught.value) == "model 'failing' cannot be run: RuntimeError: not today [DI745]"
    assert state_of(model) == before


def test_layers_come_in_the_order_in_which_they_run():
    probe = declinit.probe(convolutional(), policy=policy("he_normal"), seeds=1)
    assert list(probe.forward) == [
        *("stem", "norm", "relu", "drop", "inner/conv", "inner", "gate", "add", "pool", "head")
    ]


def test_what_runs_inside_a_subclassed_model_is_seen():
    probe = declinit.probe(subclassed(), policy=policy("he_normal"), seeds=1)
    assert list(probe.forward) == [
        "embed",
        *(f"first/{name}" for name in ("norm", "up", "down", "drop")),
        "first",
        *(f"second/{name}" for name in ("norm", "up", "down", "drop")),
        "second",
        *("last_norm", "twice", "twice@2"),
    ]
    labels = {name: one.labels for name, one in probe.signals.items()}
    assert labels["embed"] == ("embedding",)
    assert labels["first"] == ("block", "residual")
    assert labels["first/norm"] == ("norm",)
    assert labels["twice@2"] == ("shared",)


def test_several_outputs_of_a_layer_are_signals_of_their_own():
    probe = declinit.probe(recurrent(), seeds=1)
    assert {"gru", "gru[1]", "both/forward_layer", "attention/query"} <= set(probe.forward)
    assert probe.signals["gru[1]"].shape == (8, 8)
    (note,) = [note for note in probe.notes if "unseen" in note]
    assert note == (
        "4 layers ran inside a loop or a checkpoint, unseen: "
        "both/backward_layer/cell, both/forward_layer/cell, each/layer and 1 more"
    )


@needs_gradients
@named("build", MODELS.values(), ids=MODELS)
def test_every_weight_that_is_trained_has_a_gradient(build):
    model = build()
    probe = declinit.probe(model, seeds=1)
    trained = {info.path for info in declinit.survey(model) if info.trainable}
    assert set(probe.weights) == trained


@needs_gradients
def test_gradients_are_those_of_the_sum_of_outputs_times_numbers_of_unit_size():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="one"), layers.ReLU()])
    model.layers[0].set_weights([np.full((4, 3), 0.5), np.full(3, 9.0)])
    data = np.ones((2, 4), "float32")
    probe = declinit.probe(model, data)
    assert probe.backward == pytest.approx({"one": 1.0, "re_lu": 1.0}, rel=1e-5)
    assert probe.forward == pytest.approx({"one": 11.0, "re_lu": 11.0}, rel=1e-5)
    # Each kernel element sums the gradients of both examples, as each bias element does.
    assert probe.weights["one/kernel"] == pytest.approx(probe.weights["one/bias"], rel=1e-5)


@needs_gradients
def test_a_branch_has_its_own_gradient_and_not_that_of_what_it_branched_off():
    inputs = keras.Input((4,))
    same = layers.Activation("linear", name="same")(inputs)
    branch = layers.Activation("linear", name="branch")(same)
    model = keras.Model(inputs, layers.Add(name="add")([same, branch]))
    head = keras.Sequential([keras.Input((4,)), model, layers.Dense(4, name="head")])
    backward = declinit.probe(head, policy=policy("identity"), seeds=1).backward
    found = {name.split("/")[-1]: value for name, value in backward.items()}
    assert found["branch"] == pytest.approx(1.0, rel=1e-5)
    assert found["same"] == pytest.approx(2.0, rel=1e-5)


def test_a_signal_before_a_layer_without_weights_has_a_gradient_too():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Activation("tanh", name="a"), layers.Dense(2, name="b")]
    )
    backward = declinit.probe(model, seeds=1).backward
    assert list(backward) == (["a", "b"] if HAS_GRADIENTS else [])


def test_numpy_says_that_it_goes_forward_only():
    said = "the numpy backend has no gradients: forward only"
    assert (said in declinit.probe(stack(), seeds=1).notes) is not HAS_GRADIENTS


def test_seeds_of_a_policy_draw_weights_from_the_roots_that_follow():
    model, data = stack(), np.ones((2, 32), "float32")
    probe = declinit.probe(model, data, policy=policy("he_normal"), seeds=3)
    assert probe.runs[0].seeds == (SEED, SEED + 1, SEED + 2)
    other = declinit.probe(model, data, policy={**policy("he_normal"), "seed": SEED + 1}, seeds=1)
    assert probe.signals["h00"].forward[1] == other.signals["h00"].forward[0]


def test_a_plan_draws_what_its_policy_draws():
    model, spec = stack(), policy("he_normal")
    plan = declinit.resolve(spec, model)
    by_plan, by_spec = (declinit.probe(model, policy=one, seeds=2) for one in (plan, spec))
    assert by_plan.runs[0].signals == by_spec.runs[0].signals
    assert by_plan.provenance == by_spec.provenance


def test_seeds_without_a_policy_draw_data_alone():
    model = stack()
    probe = declinit.probe(model, seeds=2)
    assert probe.runs[0].seeds == (0, 1)
    assert len(set(probe.signals["h00"].inputs)) == 2
    given = declinit.probe(model, np.ones((2, 32)), seeds=2)
    assert given.runs[0].seeds == (0,)
    assert given.notes[0] == "one seed: neither data nor weights would be others with another"


def test_the_same_question_has_the_same_answer():
    model = convolutional()
    one, other = (declinit.probe(model, policy=policy("he_normal"), seeds=2) for _ in range(2))
    assert one.to_json() == other.to_json()


def test_integers_are_drawn_within_the_vocabulary_that_looks_them_up():
    for build in (subclassed, recurrent):
        (one,) = declinit.probe(build(), seeds=1).runs[0].inputs
        size = 11 if build is subclassed else 9
        assert one.says == f"uniform below {size}, which 'embed' looks up"
        assert one.dtype == "int32"


def test_free_sizes_are_as_stated():
    tokens = keras.Input((None,), dtype="int32")
    model = keras.Model(tokens, layers.Embedding(5, 8, name="embed")(tokens))
    probe = declinit.probe(model, seeds=1, batch=3, free_size=7)
    assert probe.signals["embed"].shape == (3, 7, 8)


def test_inputs_go_by_name_and_masks_are_ones():
    tokens = keras.Input((4,), dtype="int32", name="tokens")
    mask = keras.Input((4,), dtype="int32", name="padding_mask")
    x = layers.Embedding(5, 3, name="embed")(tokens)
    x = layers.Multiply(name="times")([x, keras.ops.cast(mask, "float32")[..., None]])
    model = keras.Model({"tokens": tokens, "padding_mask": mask}, x)
    drawn = declinit.probe(model, seeds=1)
    assert {one.name: one.says for one in drawn.runs[0].inputs} == {
        "tokens": "uniform below 5, which 'embed' looks up",
        "padding_mask": "ones, as a mask has",
    }
    data = {"tokens": np.zeros((2, 4)), "padding_mask": np.zeros((2, 4))}
    assert declinit.probe(model, data).forward["times"] == 0.0


@named(
    ("data", "said"),
    [
        (np.ones((2, 5)), "input 'x' takes ?x32, the data has 2x5"),
        (np.ones((0, 32)), "the data for input 'x' is empty"),
        (np.full((2, 32), "a"), "the data for input 'x' is <U1, expected numbers"),
        ({"x": np.ones((2, 32)), "y": 1}, "the data has 'y', which is no input; there are x"),
    ],
)
def test_data_that_does_not_fit_is_refused(data, said):
    with pytest.raises(DeclinitError) as caught:
        declinit.probe(stack(), data)
    assert [(one.code, one.message) for one in caught.value.problems] == [("DI743", said)]


def test_a_model_whose_integers_nothing_looks_up_needs_data():
    inputs = keras.Input((3,), dtype="int32", name="numbers")
    model = keras.Model(inputs, layers.Dense(2)(keras.ops.cast(inputs, "float32")))
    with pytest.raises(DeclinitError) as caught:
        declinit.probe(model)
    assert str(caught.value) == (
        "input 'numbers' takes int32, and no embedding that looks it up was found: what it takes "
        "cannot be drawn; give a batch of data [DI742]"
    )
    assert declinit.probe(model, np.ones((2, 3))).forward


def test_a_file_holds_the_batch(tmp_path):
    path = tmp_path / "batch.npz"
    np.savez(path, x=np.ones((2, 32), "float32"))
    probe = declinit.probe(stack(), path)
    assert probe.data == str(path)
    assert probe.to_json() != declinit.probe(stack(), np.ones((2, 32), "float32")).to_json()


def test_pickled_objects_are_never_loaded(tmp_path):
    path = tmp_path / "batch.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DeclinitError) as caught:
        declinit.probe(stack(), path)
    assert caught.value.problems[0].code == "DI744"


@needs_gradients
def test_what_overflows_is_written_and_read_back(tmp_path):
    probe = declinit.probe(
        stack(activation="relu"), policy=policy({"name": "constant", "value": 1e30})
    )
    path = tmp_path / "probe.json"
    probe.save(path)
    text = path.read_text()
    assert '"Infinity"' in text or '"NaN"' in text
    again = declinit.Probe.load(path)
    assert again.to_json() == text
    assert declinit.Probe.from_config(probe.get_config()).to_json() == text


def test_a_probe_is_told_from_other_documents(tmp_path):
    path = tmp_path / "probe.json"
    probe = declinit.probe(stack(), seeds=1)
    probe.save(path)
    with pytest.raises(DeclinitError) as caught:
        declinit.Plan.load(path)
    assert str(caught.value) == f"{str(path)!r} is a probe, expected a plan [DI502]"
    assert repr(probe) == "<Probe of 'stack': 4 signals, 1 seeds>"
    assert hash(probe) == hash(declinit.Probe.load(path))
    assert declinit.Probe.load(path) == probe


def test_hostile_names_are_data():
    x = inputs = keras.Input((3,))
    name = "evil\x1b[2J\n<script>"
    model = keras.Model(inputs, layers.Dense(2, name=name)(x), name="tiny")
    probe = declinit.probe(model, seeds=1)
    assert list(probe.forward) == [name]
    assert "\x1b" not in probe.to_json()


def test_progress_counts_to_the_end():
    said = []
    declinit.probe(stack(), seeds=2, progress=lambda *step: said.append(step))
    assert said == [(0, 2, "seed 1"), (1, 2, "seed 0"), (2, 2, "")]


@named(
    ("arguments", "said"),
    [
        ({"model": "stack"}, "expected a Keras model or layer as `model`, received 'stack'"),
        ({"seeds": 0}, "expected a whole number of at least 1 as `seeds`, received 0"),
        ({"step": -1}, "expected a learning rate above 0 as `step`, received -1"),
        (
            {"vary": {"width": [2]}},
            "expected a function that builds a model as `model`, received Functional",
        ),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, said):
    with pytest.raises(declinit.errors.ArgumentError) as caught:
        declinit.probe(**{"model": stack(), **arguments})
    assert f"declinit.probe: {said}" in str(caught.value)


def test_half_types_are_measured_in_full():
    inputs = keras.Input((64,), dtype="float32")
    dense = layers.Dense(64, name="half", dtype="mixed_bfloat16")
    probe = declinit.probe(keras.Model(inputs, dense(inputs)), policy=policy("he_normal"))
    assert probe.gains["half"] == pytest.approx(2**0.5, rel=0.15)
