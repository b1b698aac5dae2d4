"""`declinit.initializers` answers to whatever `keras.initializers` answers to."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.initializers import ALL_OBJECTS_DICT
from random_kinds import RANDOM, digest, same_bits

from declinit import initializers
from declinit.kinds.rows import ROWS

# What `declinit.initializers` has besides.
BEYOND_KERAS = {
    "BoundedTruncatedNormal",
    "BoundedVarianceScaling",
    "ConstantArray",
    "DeltaOrthogonal",
    "Dirac",
    "GatedOrthogonal",
    "LogUniform",
    "Sparse",
}
EXTRAS = {
    *BEYOND_KERAS,
    *(
        identifier
        for kind in ROWS
        if kind.class_name in BEYOND_KERAS
        for identifier in kind.identifiers
    ),
    "FunctionInitializer",
    "Portable",
}


def public_names(module) -> dict:
    """Public members that are no modules."""
    return {
        name: member
        for name, member in vars(module).items()
        if not name.startswith("_") and not isinstance(member, types.ModuleType)
    }


def test_both_modules_have_the_same_names():
    assert set(public_names(initializers)) - EXTRAS == set(public_names(keras.initializers))


@pytest.mark.parametrize("name", public_names(keras.initializers))
def test_every_name_is_the_same_kind_of_thing(name):
    """A portable subclass for a random initializer, a function for a function, or Keras' own."""
    ours, theirs = getattr(initializers, name), getattr(keras.initializers, name)
    if inspect.isfunction(theirs):
        assert inspect.isfunction(ours)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )
    elif theirs.__name__ in RANDOM:
        assert issubclass(ours, theirs)
        assert issubclass(ours, initializers.Portable)
    else:
        assert ours is theirs


@pytest.mark.parametrize("name", RANDOM)
def test_a_class_takes_the_arguments_of_keras(name):
    """In the same order with the same defaults, and no others."""
    ours, theirs = (
        list(inspect.signature(getattr(module, name)).parameters.values())
        for module in (initializers, keras.initializers)
    )
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@pytest.mark.parametrize("identifier", sorted(ALL_OBJECTS_DICT))
def test_every_identifier_of_keras_is_understood(identifier):
    """A new instance each time, of ours for the random ones."""
    expected = ALL_OBJECTS_DICT[identifier]
    one, other = initializers.get(identifier), initializers.get(identifier)
    assert type(one) is getattr(initializers, expected.__name__)
    assert one is not other


@pytest.mark.parametrize("identifier", sorted(set(ALL_OBJECTS_DICT) - {"constant", "Constant"}))
def test_a_config_names_a_class_by_any_identifier(identifier):
    """As in Keras, which cannot make a Constant without its value."""
    expected = getattr(initializers, ALL_OBJECTS_DICT[identifier].__name__)
    for config in ({"class_name": identifier, "config": {}}, {"class_name": identifier}):
        assert type(initializers.get(config)) is expected
        assert type(initializers.deserialize(config)) is expected
    assert type(initializers.deserialize(identifier)) is expected


@pytest.mark.parametrize("name", RANDOM)
def test_what_keras_serialized_becomes_portable(name):
    """So that a config written with Keras' own initializers reads as ours, arguments and all."""
    theirs = getattr(keras.initializers, name)(**RANDOM[name], seed=5)
    for read in (initializers.get, initializers.deserialize):
        ours = read(keras.initializers.serialize(theirs))
        assert type(ours) is getattr(initializers, name)
        assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", RANDOM)
def test_a_portable_initializer_comes_back_from_its_own_config(name):
    ours = getattr(initializers, name)(**RANDOM[name], seed=5)
    config = initializers.serialize(ours)
    assert config == keras.initializers.serialize(ours)
    for read in (initializers.get, initializers.deserialize):
        back = read(config)
        assert type(back) is type(ours)
        assert same_bits(back((4, 8)), ours((4, 8)))


@pytest.mark.parametrize(
    "made",
    [
        keras.initializers.Zeros(),
        keras.initializers.Ones(),
        keras.initializers.Constant(3.0),
        keras.initializers.Identity(2.0),
        keras.initializers.STFT("imag", "hamming"),
    ],
    ids=lambda made: type(made).__name__,
)
def test_initializers_without_random_numbers_are_those_of_keras(made):
    back = initializers.get(initializers.serialize(made))
    assert type(back) is type(made)
    assert back.get_config() == made.get_config()


def test_a_serialized_seed_generator_is_understood():
    theirs = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(5))
    ours = initializers.get(keras.initializers.serialize(theirs))
    again = initializers.HeNormal(seed=keras.random.SeedGenerator(5))
    assert same_bits(ours((4, 8)), again((4, 8)))
    assert same_bits(ours((4, 8)), again((4, 8)))


def test_constant_alone_is_friendlier_than_in_keras():
    """Keras' own `get("constant")` raises KeyError; ours has the default of the class."""
    with pytest.raises(KeyError, match="value"):
        keras.initializers.get("constant")
    assert initializers.get("constant").get_config() == {"value": 0.0}


def test_get_hands_through_what_is_an_initializer_already():
    def function(shape, dtype=None):
        return keras.ops.zeros(shape, dtype)

    ours, theirs = initializers.HeNormal(), keras.initializers.HeNormal()
    assert initializers.get(None) is None
    for given in (ours, theirs, function):
        assert initializers.get(given) is given
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal
    assert type(initializers.get(keras.initializers.HeNormal)) is keras.initializers.HeNormal


def test_get_takes_an_array_and_holds_to_its_shape():
    array = np.arange(6, dtype="float32").reshape(2, 3)
    for given in (array, keras.ops.convert_to_tensor(array)):
        assert same_bits(initializers.get(given)((2, 3), dtype="float32"), array)
    with pytest.raises(ValueError, match="Expected `shape`") as caught:
        initializers.get(array)((3, 2))
    assert str(caught.value) == (
        "Expected `shape` to be (2, 3) for direct tensor as initializer. Received shape=(3, 2)"
    )


BAD = [
    "he_norml",
    "HENORMAL",
    "",
    3,
    True,
    [1],
    {},
    {"config": {}},
    {"class_name": "he_norml", "config": {}},
    {"module": None, "class_name": "Mine", "config": {}, "registered_name": None},
]


@pytest.mark.parametrize("way", ["get", "deserialize"])
@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_what_cannot_be_understood_ends_as_in_keras(way, bad):
    """The same exception with the same message, or the same return value."""
    assert outcome(initializers, way, bad) == outcome(keras.initializers, way, bad)


def outcome(module, way, given):
    try:
        return getattr(module, way)(given)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"stdev": 1.0}, "unexpected keyword argument 'stdev'"),
        (3, "Expected 'config' to be a dict"),
    ],
)
def test_a_bad_config_is_refused_by_the_machinery_of_keras(config, said):
    """With a message that names our class in place of Keras' own."""
    for module in (initializers, keras.initializers):
        with pytest.raises(TypeError, match=said):
            module.get({"class_name": "RandomNormal", "config": config})


class Halves(keras.initializers.Initializer):
    """A user's own."""

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, 0.5, dtype)


@pytest.mark.parametrize("name", ["Halves", "HeNormal"])
def test_custom_objects_come_first(name):
    """By argument and by scope, for new names and for names of Keras'."""
    config = {"class_name": name, "config": {}}
    assert type(initializers.deserialize(config, {name: Halves})) is Halves
    with keras.saving.custom_object_scope({name: Halves}):
        for identifier in (name, config):
            if identifier != "Halves":  # which Keras does not find by its bare name either
                assert type(initializers.get(identifier)) is Halves
                assert type(keras.initializers.get(identifier)) is Halves


def build(module) -> keras.Model:
    """A model that names its initializers in every way there is, from one module or the other."""
    layers = keras.layers
    inputs = keras.Input((5, 8))
    x = layers.Dense(8, kernel_initializer=module.HeNormal(seed=1))(inputs)
    x = layers.Dense(
        8, kernel_initializer=module.get({"class_name": "orthogonal", "config": {"seed": 2}})
    )(x)
    x = layers.MultiHeadAttention(2, 4, kernel_initializer=module.random_uniform(seed=3))(x, x)
    x = layers.LSTM(
        4,
        recurrent_initializer=module.OrthogonalInitializer(seed=4),
        kernel_initializer=module.glorot_uniform(seed=5),
    )(x)
    return keras.Model(inputs, x)


# The first digits of the SHA-256 of each kernel in turn, on every backend. One integer seed gives
# the kernels of an attention layer equal values, as in Keras.
BITS = [
    "3d6fec772f5b4e69",
    "8a32bbad450680da",
    *4 * ["b22a4f817f71faae"],
    "1f9090a865db6563",
    "6c70065021bbd05b",
]


def test_swapping_one_import_makes_the_weights_the_same_bits_everywhere():
    """While every shape stays as it was."""
    ours, theirs = build(initializers), build(keras.initializers)
    assert [v.shape for v in ours.weights] == [v.shape for v in theirs.weights]
    kernels = [variable for variable in ours.weights if "kernel" in variable.name]
    assert [digest(kernel.value)[:16] for kernel in kernels] == BITS


EXPORTED = [
    (identifier, kind.class_name)
    for kind in ROWS
    for identifier in kind.identifiers
    if hasattr(keras.initializers, identifier) or kind.class_name in BEYOND_KERAS
]


def names_written_out(module: types.ModuleType) -> set[str]:
    """What an editor or a type checker sees without running a module."""
    body = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body
    defined = {n.name for n in body if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    assigned = {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets}
    imported = {a.asname or a.name for n in body if isinstance(n, ast.ImportFrom) for a in n.names}
    stars = [n.module for n in body if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
    inner = [importlib.import_module(name) for name in stars]
    passed_on = {name for one in inner for name in names_written_out(one) & set(one.__all__)}
    return (defined | assigned | imported | passed_on) - {"*"}


WRITTEN_OUT = names_written_out(initializers)


@pytest.mark.parametrize(("identifier", "class_name"), EXPORTED)
def test_every_identifier_of_a_row_that_is_exported_is_spelled_out(identifier, class_name):
    assert getattr(initializers, identifier) is getattr(initializers, class_name)
    assert identifier in WRITTEN_OUT
    assert identifier in initializers.__all__


def test_all_that_is_exported_is_spelled_out():
    """So that a type checker finds every name, and nothing else is public by accident."""
    assert set(initializers.__all__) <= WRITTEN_OUT
    assert set(initializers.__all__) == set(public_names(initializers))
    assert len(initializers.__all__) == len(set(initializers.__all__))
