"""`declinit.build` gives what `declinit.apply` gives, with each weight initialized once."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

import declinit
from declinit.extensions import current_registry, user_kind
from declinit.model.addresses import walk

# Keras' NumPy backend tells output shapes by computing on memory that nobody filled.
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*unbuilt state:UserWarning"),
]

COVERING = [
    {"match": "**", "initializer": "glorot_uniform"},
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
    stack = [keras.Input((4,)), layers.Dense(3, name="one"), layers.Dense(2, name="two")]
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
    stack = [keras.Input((4,)), layers.Dense(3, name="one", dtype="bfloat16")]
    return keras.Sequential(stack, name="model")


def values(model) -> dict[str, tuple]:
    """The bits of every weight."""
    held = {found.path: found.variable for found in walk(model)}
    weights = {path: v for path, v in held.items() if v.name != "seed_generator_state"}
    arrays = {p: np.asarray(keras.ops.convert_to_numpy(v.value)) for p, v in weights.items()}
    return {path: (a.dtype.name, a.shape, a.tobytes()) for path, a in arrays.items()}


def but_notes(audit) -> dict:
    return {**audit.to_dict(), "notes": []}


@pytest.mark.parametrize("generator", ["portable", "keras"])
@pytest.mark.parametrize("make", [functional, sequential, subclassed, half])
def test_build_gives_the_bits_and_the_audit_of_apply(make, generator):
    """And the config of the layers; nothing is to be noted."""
    spec = policy(COVERING, generator=generator, strict={"unused": "allow"})
    applied = make()
    audit = declinit.apply(spec, applied)
    built, found = declinit.build(make, spec)
    assert values(built) == values(applied)
    assert found.to_dict() == audit.to_dict()
    assert found.notes == ()
    assert declinit.verify(found, built)
    if make is not subclassed:
        assert built.get_config() == applied.get_config()


@pytest.mark.parametrize("kind", ["path", "spec", "plan", "audit"])
def test_build_takes_what_apply_takes(kind, tmp_path):
    spec = policy([{"match": "**/kernel", "initializer": "he_normal"}, {"match": "**/bias", "keep": True}])
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

        call.__signature__ = __import__("inspect").signature(original)
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
    assert audit["kept/kernel"].initializer is None
    assert audit["new/kernel"].initializer["class_name"] == "RandomNormal"


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
    stack = [layers.Dense(3, name="dense"), layer]
    return lambda: keras.Sequential([keras.Input((4,)), *[type(one).from_config(one.get_config()) for one in stack]], name="model")


def int8() -> keras.Model:
    model = sequential()
    model.quantize("int8")
    return model


def compiled() -> keras.Model:
    model = sequential()
    model.compile("adam", "mse")
    return model


def prebuilt() -> keras.Model:
    """One layer is not made anew by the build function."""
    return PREBUILT


PREBUILT = sequential()

NOTE = "built the usual way, then initialized: "
FALLBACKS = {
    "assigned": (around(Assigning(name="own")), "own/scale is assigned while the model is built"),
}


@pytest.mark.parametrize("case", FALLBACKS)
def test_where_a_model_cannot_be_deferred_the_audit_says_why(case):
    """It is built the usual way, with the same values and records."""
    make, reason = FALLBACKS[case]
    spec = policy([{"match": "**", "keep": True}, {"match": "dense/kernel", "initializer": "he_normal"}], strict={"unused": "allow"})
    applied = make()
    audit = declinit.apply(spec, applied)
    built, found = declinit.build(make, spec)
    print(found.notes)
    assert but_notes(found) == but_notes(audit)
    assert values(built) == values(applied)
    assert [note.split(reason)[0] for note in found.notes] == [NOTE]
