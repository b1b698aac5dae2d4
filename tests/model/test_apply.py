"""Applying: what every variable receives, what is recorded, and what a failure leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from types import MappingProxyType

import keras
import numpy as np
import pytest
from keras import layers, ops
from policies import KERAS_NOISE, dense_model, everything, give, policy, statuses, values

import declinit
from declinit import ApplyError
from declinit.audits import pieces
from declinit.kinds import extensions
from declinit.kinds.extensions import registering
from declinit.policy.actions import Keep

pytestmark = KERAS_NOISE

NORMAL = give("**", "random_normal")


def digests(audit) -> dict[str, str]:
    """The digest of every variable."""
    return {path: record.digest for path, record in audit.items()}


# --- Seeds -----------------------------------------------------------------------------------


PROGRAM = """
import json, keras, declinit
for _ in range({waste}):
    keras.layers.Dense(3)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(5)])
rule = {{"match": "**", "initializer": "he_normal"}}
zeros = {{"match": "**/bias", "initializer": "random_normal"}}
spec = declinit.Spec.from_config({{"declinit": 1, "seed": 7, "rules": [rule, zeros]}})
audit = declinit.apply(spec, model)
print(json.dumps({{path: record.digest for path, record in audit.items()}}))
"""


def test_values_are_the_same_in_two_processes():
    """Neither the process nor what it built before has a say in the values."""
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONHASHSEED": "random"}
    found = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM.format(waste=waste)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for waste in (0, 3)
    ]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(5)])
    rules = [give("**", "he_normal"), give("**/bias", "random_normal")]
    here = digests(declinit.apply(policy(*rules, seed=7), model))

    assert found[0] == found[1]
    assert json.loads(found[0]) == here


def test_one_rule_gives_layers_of_one_shape_different_values():
    """Every variable has a seed of its own."""
    audit = declinit.apply(policy(NORMAL), dense_model("a", "b", "c"))

    assert len({record.assignment.seed for record in audit.values()}) == len(audit)
    assert len(set(digests(audit).values())) == len(audit)


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "a"), ("new", "a", "b")])
def test_other_layers_do_not_change_the_values_of_a_layer(names):
    """Adding, removing and reordering layers leaves all others as they were."""
    before = digests(declinit.apply(policy(NORMAL), dense_model("a", "b")))
    after = digests(declinit.apply(policy(NORMAL), dense_model(*names)))

    common = before.keys() & after.keys()
    assert common
    assert {path: after[path] for path in common} == {path: before[path] for path in common}


def test_another_seed_gives_every_variable_other_values():
    """A new root seed is a reset of the whole model."""
    model = dense_model("a", "b")
    first = digests(declinit.apply(policy(NORMAL), model))
    second = digests(declinit.apply(policy(NORMAL, seed=2), model))

    assert all(first[path] != second[path] for path in first)


def test_a_seed_given_in_a_rule_is_used_as_it_is():
    """A `seed` inside an initializer means what it means in Keras; the plan warns of two streams."""
    model = dense_model("a", "b")
    spec = policy(give("**/kernel", {"name": "random_normal", "seed": 5}), give("**/bias", "zeros"))
    plan = declinit.resolve(spec, model)
    audit = declinit.apply(plan, model)

    assert audit["a/kernel"].assignment.seed == audit["b/kernel"].assignment.seed == 5
    assert [str(problem) for problem in plan.problems] == [
        "rules[0]: warning: seed 5 gives 2 variables the same random numbers: a/kernel, b/kernel; "
        "leave the seed out to derive one for each [DI313]"
    ]


# --- What a layer's config tells afterwards --------------------------------------------------


def test_layers_hold_the_initializers_that_they_were_given():
    """After `apply`, attributes and configs tell the initializer, seed included."""
    model = dense_model("a")
    audit = declinit.apply(policy(NORMAL, give("**/bias", "ones")), model)

    layer = model.get_layer("a")
    assert isinstance(layer.kernel_initializer, declinit.initializers.RandomNormal)
    assert layer.get_config()["kernel_initializer"]["config"] == {
        "mean": 0.0,
        "stddev": 0.05,
        "seed": audit["a/kernel"].assignment.seed,
    }
    assert layer.get_config()["bias_initializer"]["class_name"] == "Ones"


def test_generator_keras_leaves_nothing_of_declinit_in_the_config():
    """Under `generator: keras` a saved model needs no declinit to be loaded."""
    model = dense_model("a")
    declinit.apply(policy(NORMAL, generator="keras"), model)

    told = model.get_layer("a").get_config()["kernel_initializer"]
    assert (told["module"], told["registered_name"]) == ("keras.initializers", None)
    assert told["config"]["seed"] < 2**31


def test_a_saved_model_tells_its_initializers(tmp_path):
    """`.keras` files keep the policy's initializers, and the values."""
    model = dense_model("a", "b")
    audit = declinit.apply(policy(NORMAL), model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")

    assert declinit.verify(audit, loaded)
    fresh = keras.Sequential.from_config(loaded.get_config())
    assert declinit.verify(audit, fresh)


@keras.saving.register_keras_serializable("test_apply")
class Mute(layers.Layer):
    """A layer whose config says nothing of the layer inside it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(4)

    def build(self, shape):
        """Build what is inside."""
        if not self.inner.built:
            self.inner.build(shape)

    def call(self, x):
        """Apply what is inside."""
        return self.inner(x)


@keras.saving.register_keras_serializable("test_apply")
class Telling(Mute):
    """A layer whose config holds that of the layer inside it."""

    def __init__(self, inner=None, **kwargs):
        super().__init__(**kwargs)
        if inner is not None:
            self.inner = keras.saving.deserialize_keras_object(inner)

    def get_config(self):
        """With what is inside, as it is now."""
        inner = keras.saving.serialize_keras_object(self.inner)
        return {**super().get_config(), "inner": {**inner, "build_config": None}}


@pytest.mark.parametrize(("outer", "told"), [(Mute, "none"), (Telling, "own")])
def test_in_config_says_whether_the_layers_around_tell(outer, told):
    """A record says `own` only where a model made from the config has the same bits."""
    model = keras.Sequential([keras.Input((4,)), outer(name="outer")])
    audit = declinit.apply(policy(NORMAL), model)
    again = keras.Sequential.from_config(model.get_config())

    assert {record.in_config for record in audit.values()} == {told}
    same = {"none": "changed", "own": "identical"}[told]
    assert set(statuses(audit, again).values()) == {same}


def test_a_subclassed_model_tells_nothing():
    """The config of a subclassed model holds none of its layers'."""

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    model = Model()
    model(ops.ones((1, 4)))

    audit = declinit.apply(policy(NORMAL), model)

    assert {record.in_config for record in audit.values()} == {"none"}


# --- LSTM's forget gates ---------------------------------------------------------------------


def lstm(**kwargs) -> keras.Model:
    """A model of one LSTM with 3 units."""
    return keras.Sequential([keras.Input((7, 4)), layers.LSTM(3, name="lstm", **kwargs)])


FORGET = [{"name": "forget", "at": [[3, 6]], "initializer": "ones"}]


def test_unit_forget_bias_is_a_part_over_the_initializer_of_the_whole_bias():
    """Gates i, f, c, o: the initializer fills the whole bias, then the forget gate is ones."""
    model = lstm()
    audit = declinit.apply(everything(model, "random_normal"), model)
    bias, record = values(model)["lstm/cell/bias"], audit["lstm/cell/bias"]

    drawn = declinit.initializers.RandomNormal(seed=record.assignment.seed)
    whole = drawn.values((12,), "float32")
    assert np.array_equal(bias, [*whole[:3], 1, 1, 1, *whole[6:]])
    assert (record.assignment.expected, record.in_config) == (None, "own")
    assert record.to_dict()["parts"] == FORGET
    assert not model.layers[0].unit_forget_bias  # the config's initializer says all of it now


def test_a_constant_bias_leaves_the_ones_of_the_forget_gate_to_keras():
    """A default LSTM must load where declinit is not installed."""
    model = lstm()
    rules = give("**", "random_normal"), give("**/bias", {"name": "constant", "value": 2})
    audit = declinit.apply(policy(*rules), model)

    assert values(model)["lstm/cell/bias"].tolist() == [2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    config = model.layers[0].get_config()
    assert config["unit_forget_bias"]
    assert config["bias_initializer"]["registered_name"] is None
    assert audit["lstm/cell/bias"].to_dict()["parts"] == FORGET
    assert declinit.verify(audit, keras.Sequential.from_config(model.get_config()))


def test_without_unit_forget_bias_one_distribution_fills_all_gates():
    """`unit_forget_bias=False` leaves the whole bias to the initializer."""
    model = lstm(unit_forget_bias=False)
    audit = declinit.apply(everything(model, "random_normal"), model)
    bias, record = values(model)["lstm/cell/bias"], audit["lstm/cell/bias"]

    drawn = declinit.initializers.RandomNormal(seed=record.assignment.seed)
    assert np.array_equal(bias, drawn.values((12,), "float32"))
    assert "parts" not in record.to_dict()


@pytest.mark.parametrize("forget", [True, False])
def test_a_rebuilt_lstm_has_the_same_bias(forget):
    """The cell's config tells what its bias was made of."""
    model = lstm(unit_forget_bias=forget)
    audit = declinit.apply(everything(model, "random_normal"), model)

    assert declinit.verify(audit, keras.Sequential.from_config(model.get_config()))


# --- What can be applied ---------------------------------------------------------------------


def sources(folder, model) -> dict:
    """One policy in every form that `apply` takes."""
    spec = policy(NORMAL)
    plan = declinit.resolve(spec, model)
    audit = declinit.apply(plan, dense_model("a", "b"))
    spec_file, plan_file = folder / "spec.yaml", folder / "plan.json"
    spec_file.write_text(json.dumps(spec.get_config()))
    plan_file.write_text(plan.to_json())
    audit.save(folder / "audit.json")
    return {
        "spec": spec,
        "plan": plan,
        "audit": audit,
        "spec file": spec_file,
        "plan file": str(plan_file),
        "audit file": folder / "audit.json",
    }


@pytest.mark.parametrize("form", ["spec", "plan", "audit", "spec file", "plan file", "audit file"])
def test_every_form_of_a_policy_gives_the_same_bits(form, tmp_path):
    """A spec, its plan, its audit, and the file of each say the same."""
    model = dense_model("a", "b")
    forms = sources(tmp_path, model)

    audit = declinit.apply(forms[form], model)

    assert digests(audit) == digests(forms["audit"])
    assert declinit.verify(tmp_path / "audit.json", model)


def test_anything_else_cannot_be_applied():
    """`apply` says what it takes."""
    with pytest.raises(TypeError) as raised:
        declinit.apply(3, dense_model("a"))
    assert str(raised.value) == (
        "declinit.apply: expected a path, a mapping, a Spec, a Plan or an Audit as `source`, "
        "received 3 [DI414]"
    )


def test_progress_is_told_before_each_variable():
    """`progress` hears the number done, the number of all, and the path; and the end."""
    heard = []
    declinit.apply(policy(NORMAL), dense_model("a"), progress=lambda *said: heard.append(said))

    assert heard == [(0, 2, "a/kernel"), (1, 2, "a/bias"), (2, 2, "")]


def test_kept_variables_are_untouched_and_recorded():
    """What no rule covers, or a rule keeps, has a record without initializer."""
    model = dense_model("a")
    before = values(model)
    audit = declinit.apply(policy(NORMAL, {"match": "**/bias", "keep": True}), model)

    assert np.array_equal(values(model)["a/bias"], before["a/bias"])
    record = audit["a/bias"]
    assert (record.assignment.rule.label, record.assignment.action) == ("rules[1]", Keep())
    assert (record.origin, record.in_config, record.measure.mean) == ("kept", None, 0.0)
    assert declinit.verify(audit, model)


def test_non_trainable_state_is_kept_unless_it_is_named():
    """Moving statistics are touched by rules that name them, not by `**`."""
    model = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(name="bn")])
    audit = declinit.apply(policy(NORMAL, give("**/moving_mean", "ones")), model)

    origins = {path: record.origin for path, record in audit.items()}
    assert origins == {
        "bn/gamma": "drawn",
        "bn/beta": "drawn",
        "bn/moving_mean": "drawn",
        "bn/moving_variance": "kept",
    }


# --- Large variables -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("shape", [(64, 48), (5, 7, 33), (160, 80)])
@pytest.mark.parametrize("initializer", ["random_normal", "ones"])
def test_pieces_make_the_same_bits_as_the_whole(initializer, shape, dtype, monkeypatch):
    """A variable too large for one piece is written in several, to the same bits."""
    *features, last = shape

    def build():
        layer = layers.Layer(name="layer", dtype=dtype)
        layer.w = layer.add_weight(shape=(*features, last), name="w", dtype=dtype)
        layer.built = True
        return layer

    whole, parts, spec = build(), build(), policy(give("**", initializer))
    first = declinit.apply(spec, whole)
    monkeypatch.setattr(pieces, "WHOLE_BYTES", 512)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 256)
    second = declinit.apply(spec, parts)

    assert len(list(pieces.pieces(shape, 2))) > 10
    assert first["w"].measure == second["w"].measure
    assert first["w"].dtype == dtype
    assert declinit.verify(first, parts)
    assert np.array_equal(values(whole)["w"], values(parts)["w"])


# --- Users' own initializers -----------------------------------------------------------------


@keras.saving.register_keras_serializable("TestApply")
class Ramp(keras.initializers.Initializer):
    """Numbers that rise by `step`, from a seed on."""

    def __init__(self, step=1.0, seed=None):
        self.step, self.seed = step, seed

    def __call__(self, shape, dtype=None):
        """The numbers."""
        start = (self.seed or 0) % 97
        ramp = start + self.step * np.arange(np.prod(shape, dtype=int)).reshape(shape)
        return ops.convert_to_tensor(ramp.astype("float32"), dtype=dtype)

    def get_config(self):
        """The arguments."""
        return {"step": self.step, "seed": self.seed}


@keras.saving.register_keras_serializable("TestApply")
def twos(shape, dtype=None):
    """All elements 2."""
    return ops.full(shape, 2.0, dtype=dtype)


class Plain:
    """A class that Keras cannot serialize."""

    def __init__(self, value=3.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        """One number everywhere."""
        return np.full(shape, self.value, dtype)


def counted(shape, dtype=None, *, seed, by=1.0):
    """A function with a seed and a parameter."""
    return np.full(shape, seed % 89 + by, dtype)


@pytest.fixture
def registered():
    """The registry, with a class and a function of ours for one test."""
    with registering():
        declinit.register("plain", Plain)
        declinit.register("counted", counted)
        yield


@pytest.fixture
def forgetting():
    """What a test registers is forgotten after it."""
    with registering():
        yield


OWN = {
    "class by Keras' name": "TestApply>Ramp",
    "class with parameters": {"name": "TestApply>Ramp", "step": 0.5},
    "function by Keras' name": "TestApply>twos",
    "registered function": {"name": "counted", "by": 2.5},
    "registered class": {"name": "plain", "value": 4.0},
}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.usefixtures("registered")
def test_a_users_initializer_goes_all_the_way(name, tmp_path):
    """It is planned, applied, recorded, verified, and applied again from plan and audit files."""
    model, other = dense_model("a"), dense_model("a")
    plan = declinit.resolve(policy(give("**", OWN[name])), model)
    audit = declinit.apply(plan, model)
    (tmp_path / "plan.json").write_text(plan.to_json())
    audit.save(tmp_path / "audit.json")

    for source in ("plan.json", "audit.json"):
        again = declinit.apply(tmp_path / source, other)
        assert digests(again) == digests(audit)
        assert declinit.verify(audit, other)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.usefixtures("registered")
def test_a_users_initializer_comes_back_from_a_config_where_it_can_be_told(name):
    """What Keras can serialize is told by the config; what it cannot is not put there."""
    model = dense_model("a")
    audit = declinit.apply(policy(give("**", OWN[name])), model)
    again = keras.Sequential.from_config(model.get_config())

    told = "none" if name == "registered class" else "own"
    assert {record.in_config for record in audit.values()} == {told}
    assert bool(declinit.verify(audit, again)) == (told == "own")


@pytest.mark.parametrize("name", OWN)
@pytest.mark.usefixtures("registered")
def test_attention_layers_take_users_initializers(name):
    """The one place of a MultiHeadAttention is given only what it can hold."""
    inputs = keras.Input((7, 4))
    outputs = layers.MultiHeadAttention(2, 3, name="mha")(inputs, inputs)
    model = keras.Model(inputs, outputs)
    audit = declinit.apply(policy(give("**", OWN[name])), model)
    again = keras.Model.from_config(model.get_config())

    assert {record.in_config for record in audit.values()} == {"shared"}
    declinit.apply(audit, again)
    assert declinit.verify(audit, again)


# --- Failures --------------------------------------------------------------------------------


def failing(shape, dtype=None):
    """Refuses matrices."""
    if len(shape) > 1:
        raise RuntimeError("no matrices today")
    return np.zeros(shape, dtype)


def misshapen(shape, dtype=None):
    """Returns one element too many."""
    return np.zeros((shape[0] + 1, *shape[1:]), dtype)


FAULTS = {
    "failing": (failing, "RuntimeError: no matrices today"),
    "misshapen": (misshapen, "it returned shape (5, 4), expected (4, 4)"),
}


@pytest.mark.usefixtures("forgetting")
@pytest.mark.parametrize("name", FAULTS)
def test_a_failing_initializer_says_what_was_done_and_what_was_not(name, tmp_path):
    """The message names variable, rule, place, and what is set and what is as it was."""
    function, said = FAULTS[name]
    declinit.register(name, function)
    path = tmp_path / "spec.yaml"
    path.write_text(
        "declinit: 1\nseed: 1\nrules:\n"
        "  - {match: '**', initializer: ones}\n"
        f"  - {{id: mine, match: b/kernel, initializer: {name}}}\n"
    )
    model = dense_model("a", "b", "c")
    before, config = values(model), model.get_config()

    with pytest.raises(ApplyError) as raised:
        declinit.apply(path, model)

    assert str(raised.value) == (
        f"initializing 'b/kernel' by rule 'mine' at {path}:5:5 with {name}: {said}; "
        "of 6 variables 2 had been set (a/kernel, a/bias), "
        "4 keep the values they had (b/kernel, b/bias, c/kernel and 1 more), "
        "and no layer's config was changed [DI409]"
    )
    after = values(model)
    assert all(np.all(after[path] == 1) for path in ("a/kernel", "a/bias"))
    left = ("b/kernel", "b/bias", "c/kernel", "c/bias")
    assert all(np.array_equal(after[path], before[path]) for path in left)
    assert model.get_config() == config


@pytest.mark.usefixtures("forgetting")
def test_the_first_variable_can_fail_too():
    """Nothing had been set."""
    declinit.register("failing", failing)
    with pytest.raises(ApplyError) as raised:
        declinit.apply(policy(give("**", "failing")), dense_model("a"))

    assert str(raised.value) == (
        "initializing 'a/kernel' by rule 'rules[0]' with failing: "
        "RuntimeError: no matrices today; of 2 variables none had been set, "
        "2 keep the values they had (a/kernel, a/bias), and no layer's config was changed [DI409]"
    )


def test_a_plan_for_another_model_is_refused_whole():
    """Every difference is in one error, and nothing is touched."""
    planned = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4, name="same"),
            layers.Dense(4, name="wider"),
            layers.Dense(4, name="embedder"),
            layers.Dense(4, name="half"),
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4, name="same"),
            layers.Dense(5, name="wider"),
            layers.Dense(4, use_bias=False, name="embeder"),
            layers.Dense(4, use_bias=False, name="half", dtype="float16"),
        ]
    )
    plan = declinit.resolve(policy(NORMAL), planned)
    before = values(model)

    with pytest.raises(ApplyError) as raised:
        declinit.apply(plan, model)

    assert str(raised.value).splitlines() == [
        "variable 'embedder/kernel' of the plan is not in the model; "
        "did you mean 'embeder/kernel'? [DI408]",
        "variable 'embedder/bias' of the plan is not in the model [DI408]",
        "variable 'half/bias' of the plan is not in the model [DI408]",
        "variable 'embeder/kernel' of the model is not in the plan [DI408]",
        "variable 'wider/kernel' has shape (4, 5), the plan says (4, 4) [DI408]",
        "variable 'wider/bias' has shape (5,), the plan says (4,) [DI408]",
        "variable 'half/kernel' has dtype float16, the plan says float32 [DI408]",
    ]
    after = values(model)
    assert all(np.array_equal(after[path], before[path]) for path in before)


NOT_KERAS = (
    "a saved model loads only where these initializers are imported (declinit.initializers, and "
    "your own modules), since Keras does not know them: those of a/kernel"
)


class Filling(keras.initializers.Initializer):
    """Gives one number, NaN and infinity too."""

    def __init__(self, value):
        self.value = float(value)

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, self.value, dtype)

    def get_config(self):
        return {"value": str(self.value)}


keras.saving.register_keras_serializable("test_apply")(Filling)


def filling(value: str) -> declinit.Spec:
    return policy(
        give("**", "zeros"), give("a/kernel", {"name": "test_apply>Filling", "value": value})
    )


def test_an_initializer_that_gives_nan_is_refused_before_its_value_is_assigned():
    """A NaN is a fault that nobody should find after a day of training."""
    model = dense_model("a")
    before = values(model)["a/kernel"]
    with pytest.raises(ApplyError) as caught:
        declinit.apply(filling("nan"), model)
    assert str(caught.value).startswith(
        "initializing 'a/kernel' by rule 'rules[1]' with "
        'test_apply>Filling(value="nan"): 16 of the 16 values it returned are NaN; of 2 variables '
    )
    assert np.array_equal(values(model)["a/kernel"], before)


def test_infinite_values_are_noted():
    audit = declinit.apply(filling("inf"), dense_model("a"))
    assert audit.notes == ("values that are not finite: a/kernel", NOT_KERAS)


def test_an_initializer_that_draws_without_a_seed_is_noted_as_not_reproducible():
    @keras.saving.register_keras_serializable("test_apply")
    class Drawing(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.random.default_rng().normal(size=shape)

    rules = give("**", "zeros"), give("a/kernel", "test_apply>Drawing")
    audit = declinit.apply(policy(*rules), dense_model("a"))
    assert audit.notes == (
        "not reproducible, since the initializer gives other values each time it is called: "
        "a/kernel",
        NOT_KERAS,
    )


# --- What a user is told from Python ---------------------------------------------------------


def test_warnings_of_a_plan_are_given_once_and_noted_in_the_audit():
    rules = give("**/kernel", {"name": "random_normal", "seed": 5}), give("**/bias", "zeros")
    message = (
        "rules[0]: warning: seed 5 gives 2 variables the same random numbers: a/kernel, b/kernel; "
        "leave the seed out to derive one for each [DI313]"
    )
    with pytest.warns(declinit.DeclinitWarning) as caught:
        audit = declinit.apply(policy(*rules), dense_model("a", "b"))
    assert [str(one.message) for one in caught] == [message]
    assert caught[0].filename == __file__
    assert audit.notes == (message,)


def test_a_plan_that_was_looked_at_warns_no_more():
    rules = give("**/kernel", {"name": "random_normal", "seed": 5}), give("**/bias", "zeros")
    model = dense_model("a", "b")
    plan = declinit.resolve(policy(*rules), model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        declinit.apply(plan, model)


def test_a_spec_may_be_a_mapping():
    config = policy(NORMAL).get_config()
    audit = declinit.apply(config, dense_model("a"))
    assert (
        audit["a/kernel"].digest
        == declinit.apply(policy(NORMAL), dense_model("a"))["a/kernel"].digest
    )
    assert list(declinit.resolve(MappingProxyType(config), dense_model("a"))) == list(audit)


def test_a_stale_optimizer_is_noted():
    if keras.backend.backend() == "numpy":
        pytest.skip("Keras' NumPy backend cannot train")
    model = dense_model("a")
    model.compile("adam", "mse")
    assert declinit.apply(policy(NORMAL), model).notes == ()
    model.fit(np.zeros((8, 4)), np.zeros((8, 4)), batch_size=4, verbose=0)
    assert declinit.apply(policy(NORMAL), model).notes == (
        "the optimizer keeps the moments and the counter of 2 training steps; "
        "compile the model again to start training afresh",
    )


def test_results_show_themselves_in_a_line():
    model = dense_model("a")
    plan = declinit.resolve(policy(NORMAL, {"match": "**/bias", "keep": True}), model)
    audit = declinit.apply(plan, model)
    assert repr(plan) == "<Plan of 2 variables, 1 to initialize, seed 1, generator 'portable'>"
    assert repr(audit) == "<Audit of 2 variables: 1 drawn, 1 kept, seed 1>"
    assert repr(declinit.verify(audit, model)) == "<Verification: 2 identical>"


def wide_model() -> keras.Model:
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a", dtype="float64")])


@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_float64_variables_verify_on_every_backend(generator):
    """JAX without x64, and Keras' NumPy backend, keep other bits than the dtype says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX says that it truncates
        spec = policy(NORMAL, generator=generator)
        model = wide_model()
        applied = declinit.apply(spec, model)
        built, audit = declinit.build(wide_model, spec)
    assert applied["a/kernel"].dtype == "float64"
    assert declinit.verify(applied, model)
    assert declinit.verify(audit, built)
    if generator == "portable":
        assert digests(audit) == digests(applied)


def test_a_class_without_a_config_fills_a_part_of_a_bias_too():
    """It cannot be told by the config, as elsewhere; the weights are set, and the audit says so."""

    class Plain:
        def __call__(self, shape, dtype=None):
            return np.full(shape, 3.0, dtype)

    with extensions.registering():
        declinit.register("plain", Plain)
        model = lstm()
        rules = give("**", "random_normal"), give("**/bias", "plain")
        audit = declinit.apply(policy(*rules), model)
    assert values(model)["lstm/cell/bias"].tolist() == [3, 3, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3]
    assert audit["lstm/cell/bias"].in_config == "none"


def test_a_plan_is_no_spec_to_resolve():
    plan = declinit.resolve(policy(NORMAL), dense_model("a"))
    with pytest.raises(declinit.DeclinitError) as caught:
        declinit.resolve(plan, dense_model("a"))
    assert str(caught.value) == (
        "declinit.resolve: expected a path, a mapping or a Spec as `spec`, received Plan; "
        "`declinit.apply` carries it out as it stands [DI414]"
    )


# --- Restoring -------------------------------------------------------------------------------


def drawing_anew(shape, dtype=None):
    """Other values at every call."""
    drawing_anew.calls = getattr(drawing_anew, "calls", 0) + 1
    return ops.full(shape, drawing_anew.calls, dtype)


@pytest.mark.parametrize("way", ["apply", "build", "file"])
def test_an_audit_that_did_not_restore_warns_and_notes_it(way, tmp_path):
    """Its model has other values than it records: nobody may take it for restored."""
    with registering():
        extensions.register("anew", drawing_anew)
        audit = declinit.apply(
            policy(give("**", "ones"), give("a/kernel", "anew")), dense_model("a")
        )
        audit.save(tmp_path / "audit.json")
        ways = {
            "apply": lambda: declinit.apply(audit, dense_model("a")),
            "build": lambda: declinit.build(lambda: dense_model("a"), audit)[1],
            "file": lambda: declinit.apply(tmp_path / "audit.json", dense_model("a")),
        }
        said = (
            "warning: 1 variable received other values than the audit records (a/kernel): "
            "initializer 'anew' goes by more than its parameters [DI413]"
        )
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            again = ways[way]()
    ours = [one for one in warned if issubclass(one.category, declinit.DeclinitWarning)]
    assert [str(one.message) for one in ours] == [said]
    assert again.notes[-1] == said
    assert again.notes.count(said) == 1


def test_what_a_config_cannot_hold_is_noted_in_the_audit():
    """Python users read it there; the command line shows the same."""
    model = keras.Sequential([keras.Input((4,)), layers.RMSNormalization(name="norm")])
    audit = declinit.apply(policy(give("**", "random_normal")), model)
    assert audit.notes == (
        "1 variable has no place in the config of its layer: a model rebuilt from its config will "
        "draw it anew; `declinit.apply(audit, model)` restores it",
    )
