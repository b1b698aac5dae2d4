"""`declinit.build` gives what `declinit.apply` gives, with each weight initialized once."""

from __future__ import annotations

import inspect
import tracemalloc

import keras
import numpy as np
import pytest
from keras import layers
from omegaconf import OmegaConf

import declinit
from declinit.kinds.extensions import current_registry
from declinit.kinds.users import user_kind
from declinit.model.addresses import walk

# Keras' NumPy backend tells output shapes by computing on memory that nobody filled.
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*unbuilt state:UserWarning"),
]

COVERING = [
    {"match": "**", "initializer": "glorot_uniform"},
    {"match": "**/embeddings", "initializer": "random_normal"},
    {"match": "**/recurrent_kernel", "initializer": "orthogonal"},
    {"match": ["**/bias", "**/beta"], "initializer": "zeros"},
    {"match": ["**/gamma", "**/moving_variance"], "initializer": "ones"},
    {"match": "**/moving_mean", "initializer": {"name": "constant", "value": 0.5}},
]


def policy(rules, registry=None, **settings) -> declinit.Spec:
    config = {"declinit": 1, "seed": 7, "rules": rules, **settings}
    return declinit.Spec.from_config(config, registry or current_registry())


def functional() -> keras.Model:
    """Dense, attention, recurrent, convolutional, dropout and norm layers, one of them shared."""
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = layers.Embedding(16, 8, name="table")(tokens)
    x = layers.MultiHeadAttention(2, 4, name="mha")(x, x)
    x = layers.Dropout(0.1, name="drop")(x)
    shared = layers.Dense(8, name="shared")
    x = shared(shared(x))
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv1D(8, 3, name="conv")(x)
    x = layers.Bidirectional(layers.LSTM(4, name="lstm"), name="both")(x)
    return keras.Model(tokens, x, name="model")


def sequential() -> keras.Model:
    stack = [
        keras.Input((4,), name="inputs"),
        layers.Dense(3, name="one"),
        layers.Dense(2, name="two"),
    ]
    return keras.Sequential(stack, name="model")


class Subclassed(keras.Model):
    """Built by `build`."""

    def __init__(self) -> None:
        super().__init__(name="model")
        self.inner = layers.Dense(3, name="inner")

    def build(self, input_shape) -> None:
        self.inner.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.inner(inputs)


def subclassed() -> keras.Model:
    model = Subclassed()
    model.build((None, 4))
    return model


def half() -> keras.Model:
    stack = [keras.Input((4,), name="inputs"), layers.Dense(3, name="one", dtype="bfloat16")]
    return keras.Sequential(stack, name="model")


def values(model) -> dict[str, tuple]:
    """The bits of every weight."""
    held = {found.path: found.variable for found in walk(model)}
    weights = {path: v for path, v in held.items() if v.name != "seed_generator_state"}
    arrays = {p: np.asarray(keras.ops.convert_to_numpy(v.value)) for p, v in weights.items()}
    return {path: (a.dtype.name, a.shape, a.tobytes()) for path, a in arrays.items()}


@pytest.mark.parametrize("generator", ["portable", "keras"])
@pytest.mark.parametrize("make", [functional, sequential, subclassed, half])
def test_build_gives_the_bits_and_the_audit_of_apply(make, generator):
    """And the config of the layers; nothing of how it was built is to be noted."""
    spec = policy(COVERING, generator=generator, strict={"unused": "allow"})
    applied = make()
    audit = declinit.apply(spec, applied)
    built, found = declinit.build(make, spec)
    assert values(built) == values(applied)
    assert found.to_dict() == audit.to_dict()
    assert found.notes == audit.notes
    assert declinit.verify(found, built)
    if make is not subclassed:
        assert built.get_config() == applied.get_config()


def test_a_model_that_was_built_and_trained_takes_the_policy_again():
    """Its weights lie in memory of ours, which training and applying go on to write to."""
    model, audit = declinit.build(functional, policy(COVERING))
    tokens = np.arange(24).reshape(4, 6) % 16
    if keras.backend.backend() != "numpy":  # which cannot train
        model.compile("sgd", "mse")
        model.train_on_batch(tokens, np.ones((4, 8)))
        assert not declinit.verify(audit, model)
    again = declinit.apply(policy(COVERING), model)

    assert {p: one.digest for p, one in again.items()} == {p: r.digest for p, r in audit.items()}
    assert declinit.verify(audit, model)


@pytest.mark.parametrize("kind", ["path", "spec", "plan", "audit"])
def test_build_takes_what_apply_takes(kind, tmp_path):
    spec = policy(
        [{"match": "**/kernel", "initializer": "he_normal"}, {"match": "**/bias", "keep": True}]
    )
    model = sequential()
    audit = declinit.apply(spec, model)
    audit.save(tmp_path / "audit.json")
    source = {
        "path": tmp_path / "audit.json",
        "spec": spec,
        "plan": declinit.resolve(spec, model),
        "audit": audit,
    }[kind]
    built, _ = declinit.build(sequential, source)
    assert values(built) == values(model)


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The initializers of Keras' own that are called, by class name, in order."""
    called: list[str] = []

    def counting(cls):
        original = cls.__call__

        def call(self, *args, **kwargs):
            called.append(type(self).__name__)
            return original(self, *args, **kwargs)

        call.__signature__ = inspect.signature(original)  # Keras looks for `layout` in it
        monkeypatch.setattr(cls, "__call__", call)

    own = keras.initializers
    for cls in (own.Zeros, own.Ones, own.RandomUniform, own.VarianceScaling, own.Orthogonal):
        counting(cls)
    return called


def test_the_initializers_of_keras_are_not_called_where_the_policy_covers(calls):
    """Except those that the policy asks for: constants are Keras' own, called once each."""
    spec = policy([{"match": "**", "initializer": "glorot_uniform"}], fans="keras")
    built, _ = declinit.build(sequential, spec)
    assert calls == []
    assert len(values(built)) == 4
    sequential()
    assert calls == ["GlorotUniform", "Zeros", "GlorotUniform", "Zeros"]


def test_each_weight_is_drawn_once(monkeypatch):
    """With the portable generator, by as many elements as it has."""
    from declinit.initializers import portable

    drawn, draw = [], portable.draw

    def counting(law, seed, shape, **rest):
        drawn.append(tuple(shape))
        return draw(law, seed, shape, **rest)

    monkeypatch.setattr(portable, "draw", counting)
    spec = policy([{"match": "**", "initializer": "glorot_uniform"}], fans="keras")
    declinit.build(sequential, spec)
    assert drawn == [(4, 3), (3,), (3, 2), (2,)]


def test_a_kept_variable_has_the_values_of_keras(calls):
    """Made once, by the initializer of its layer."""

    def make():
        given = keras.initializers.RandomUniform(seed=3)
        return keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(3, name="kept", kernel_initializer=given),
                layers.Dense(2, name="new"),
            ]
        )

    rules = [{"match": "**", "keep": True}, {"match": "new/*", "initializer": "random_normal"}]
    built, audit = declinit.build(make, policy(rules))
    assert calls == ["RandomUniform", "Zeros"]
    assert values(built)["kept/kernel"] == values(make())["kept/kernel"]
    assert audit["kept/kernel"].origin == "kept"
    assert audit["new/kernel"].assignment.initializer.name == "random_normal"


class Assigning(layers.Layer):
    """Sets its weight while it is built."""

    def build(self, input_shape) -> None:
        self.scale = self.add_weight(shape=(3,), name="scale", initializer="ones")
        self.scale.assign([1.0, 2.0, 3.0])

    def call(self, inputs):
        return inputs * self.scale


class FromValue(layers.Layer):
    """Makes a variable from a value."""

    def build(self, input_shape) -> None:
        self.scale = keras.Variable(np.array([1.0, 2.0, 3.0], "float32"), name="scale")

    def call(self, inputs):
        return inputs * self.scale


def around(layer: layers.Layer):
    """A build function of a model with a copy of a layer."""

    def make() -> keras.Model:
        own = type(layer).from_config(layer.get_config())
        stack = [keras.Input((4,), name="inputs"), layers.Dense(3, name="dense"), own]
        return keras.Sequential(stack, name="model")

    return make


def int8() -> keras.Model:
    model = sequential()
    model.quantize("int8")
    return model


def compiled() -> keras.Model:
    model = sequential()
    model.compile("adam", "mse")
    return model


# One layer or all of them may not be made anew by a build function.
PREBUILT = sequential()

NOTE = "built the usual way, then initialized: "
MADE_FROM_VALUE = "ValueError: You are attempting to create a variable while in a stateless scope."
FALLBACKS = {
    "assigned": (
        around(Assigning(name="own")),
        "model/own/scale is assigned while the model is built",
    ),
    "made from a value": (around(FromValue(name="own")), MADE_FROM_VALUE),
    "made before": (lambda: PREBUILT, "model/one/kernel has a value already"),
    "compiled": (compiled, MADE_FROM_VALUE),
}


@pytest.mark.parametrize("case", FALLBACKS)
def test_where_a_model_cannot_be_deferred_the_audit_says_why(case):
    """It is built the usual way, with the same values and records."""
    make, reason = FALLBACKS[case]
    rules = [{"match": "**", "initializer": "random_normal"}, {"match": "**/scale", "keep": True}]
    spec = policy(rules, strict={"unused": "allow"})
    applied = make()
    audit = declinit.apply(spec, applied)
    built, found = declinit.build(make, spec)
    assert values(built) == values(applied)
    assert {**found.to_dict(), "notes": []} == audit.to_dict()
    (note,) = found.notes
    assert note.startswith(NOTE + reason)
    assert note == NOTE + reason or reason is MADE_FROM_VALUE


@pytest.mark.filterwarnings("ignore:.*does not have a `quantize` method:UserWarning")
def test_a_quantized_model_is_built_the_usual_way():
    """Torch refuses already to make its variables without values."""
    _, audit = declinit.build(int8, policy([{"match": "**/bias", "initializer": "ones"}]))
    (note,) = audit.notes
    reason = {
        "torch": "RuntimeError: Only Tensors of floating point and complex dtype can require "
        "gradients"
    }.get(keras.backend.backend(), "model/one/kernel is a int8, made from other weights")
    assert note == NOTE + reason


def test_a_model_that_is_called_while_it_is_built_needs_no_fallback():
    """Its layers are built by the call, and their weights made once afterwards."""

    class Called(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="model")
            self.inner = layers.Dense(3, name="inner")

        def call(self, inputs):
            return self.inner(inputs)

    def make():
        model = Called()
        model(np.ones((1, 4), "float32"))
        return model

    spec = policy([{"match": "**", "initializer": "random_normal"}])
    applied = make()
    audit = declinit.apply(spec, applied)
    built, found = declinit.build(make, spec)
    assert found.to_dict() == audit.to_dict()
    assert values(built) == values(applied)


def unbuilt() -> keras.Model:
    return keras.Sequential([layers.Dense(3, name="dense")], name="model")


def unbuilt_subclass() -> keras.Model:
    return Subclassed()


NOT_BUILT = (
    "model 'model' is not built yet, so its weights do not exist (its layer {!r} is not); "
    "call it once on data or on a keras.Input, or give `build` a shape [DI406]"
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (unbuilt, NOT_BUILT.format("dense")),
        (unbuilt_subclass, NOT_BUILT.format("inner")),
        (
            lambda: keras.Sequential([keras.Input((3,)), layers.ReLU()], name="model"),
            "model 'model' has no weights [DI406]",
        ),
    ],
    ids=["unbuilt", "unbuilt subclass", "no weights"],
)
def test_what_has_no_weights_is_refused_as_by_apply(make, message):
    spec = policy([{"match": "**", "initializer": "random_normal"}])
    for use in (lambda: declinit.build(make, spec), lambda: declinit.apply(spec, make())):
        with pytest.raises(declinit.ResolveError) as caught:
            use()
        assert str(caught.value) == message


def test_an_error_of_the_build_function_is_its_own():
    def make():
        raise KeyError("units")

    with pytest.raises(KeyError, match="units"):
        declinit.build(make, policy([{"match": "**", "initializer": "zeros"}]))


def test_a_policy_that_does_not_fit_is_refused_as_by_apply():
    spec = policy([{"match": "**/kernel", "initializer": "he_normal"}])
    messages = []
    for use in (
        lambda: declinit.build(sequential, spec),
        lambda: declinit.apply(spec, sequential()),
    ):
        with pytest.raises(declinit.ResolveError) as caught:
            use()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def failing(shape, dtype=None):
    """Refuses every shape."""
    raise RuntimeError("out of luck")


def failing_policy() -> declinit.Spec:
    registry = current_registry().with_kinds(user_kind("failing", failing))
    rules = [
        {"match": "**", "initializer": "random_normal"},
        {"match": "one/bias", "initializer": "failing"},
    ]
    return policy(rules, registry)


def test_an_initializer_that_fails_is_named():
    with pytest.raises(declinit.ApplyError) as caught:
        declinit.build(sequential, failing_policy())
    keras.utils.clear_session()
    assert str(caught.value) == (
        "initializing 'one/bias' by rule 'rules[1]' with failing: RuntimeError: out of luck [DI409]"
    )


def test_a_build_that_failed_leaves_nothing_behind():
    """Keras would otherwise make the values of the abandoned model with those of the next one."""
    with pytest.raises(declinit.ApplyError, match="out of luck"):
        declinit.build(sequential, failing_policy())
    try:
        with keras.StatelessScope():
            model = sequential()
        assert len(values(model)) == 4
    finally:
        keras.utils.clear_session()


def test_a_seed_generator_in_a_policy_gives_the_values_of_apply():
    """Its own state is no weight of the model, and moves on once."""
    seed = {"class_name": "SeedGenerator", "config": {"seed": 5}, "module": "keras.random"}
    given = {"name": "random_normal", "seed": {**seed, "registered_name": None}}
    spec = policy(
        [{"match": "**/kernel", "initializer": given}, {"match": "**/bias", "keep": True}]
    )
    applied = sequential()
    audit = declinit.apply(spec, applied)
    try:
        built, found = declinit.build(sequential, spec)
    finally:
        keras.utils.clear_session()
    assert values(built) == values(applied)
    assert found["one/kernel"].digest == audit["one/kernel"].digest


def test_a_scalar_weight_is_initialized_too():
    """A temperature or a gate has no axes to cut into pieces."""

    class Gate(keras.layers.Layer):
        def build(self, shape):
            self.gate = self.add_weight(name="gate", shape=())

        def call(self, inputs):
            return inputs * self.gate

        def compute_output_shape(self, shape):
            return shape

    def gated():
        return keras.Sequential([keras.Input((3,)), Gate(name="gate")])

    spec = policy([{"match": "**", "initializer": "random_normal"}])
    model, audit = declinit.build(gated, spec)
    again = gated()
    assert audit.notes == (
        "1 variable has no place in the config of its layer: a model rebuilt from its config will "
        "draw it anew; `declinit.apply(audit, model)` restores it",
    )
    declinit.apply(spec, again)
    assert declinit.verify(audit, model)
    assert declinit.verify(audit, again)


def test_a_config_that_extends_a_file_is_applied_and_built_alike(write):
    rules = [{"match": "**", "initializer": "he_normal"}]
    write("policies/base.yaml", {"declinit": 1, "seed": 5, "rules": rules})
    config = OmegaConf.create(
        {"policy": {"declinit": 1, "extends": "base.yaml", "seed": "${root}"}}
    )
    config.root = 6

    def small():
        return keras.Sequential([keras.Input((3,)), layers.Dense(2, use_bias=False, name="head")])

    model, built = declinit.build(small, config.policy, base="policies")
    assert built == declinit.apply(config.policy, small(), base="policies")
    assert declinit.resolve(config.policy, model, base="policies").seed == 6


@pytest.mark.skipif(keras.backend.backend() != "numpy", reason="only NumPy's memory can be traced")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_large_variable_is_held_once_while_it_is_built(dtype):
    def make() -> keras.Model:
        dense = layers.Dense(2048, use_bias=False, name="dense", dtype=dtype)
        return keras.Sequential([keras.Input((2048,)), dense])

    rules = policy([{"match": "**", "initializer": "he_normal"}])
    declinit.build(make, rules)  # tables and working memory
    tracemalloc.start()
    try:
        model, audit = declinit.build(make, rules)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    held = model.weights[0].value
    assert peak < 1.7 * held.nbytes
    assert bool(declinit.verify(audit, model))
