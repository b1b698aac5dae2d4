"""Addresses: one for every variable, the same for every build and reload of a model."""

from __future__ import annotations

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers
from policies import KERAS_NOISE, give, policy

import declinit
from declinit import ResolveError

pytestmark = KERAS_NOISE


def paths(model) -> list[str]:
    """The addresses of a model's variables."""
    return [info.path for info in declinit.survey(model)]


def info_of(model, path: str):
    """What is known of one variable."""
    return {info.path: info for info in declinit.survey(model)}[path]


@keras.saving.register_keras_serializable("test_addresses")
class Block(layers.Layer):
    """A layer with sublayers in attributes, a list and a dict, most of them without names."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.mlp = [layers.Dense(4, use_bias=False), layers.Dense(4, use_bias=False)]
        self.heads = {"left": layers.Dense(4, use_bias=False)}
        self.norm = layers.RMSNormalization()
        self.out = layers.Dense(4, use_bias=False, name="projection")

    def build(self, shape):
        """Build every sublayer."""
        for layer in (*self.mlp, *self.heads.values(), self.norm, self.out):
            layer.build(shape)

    def call(self, x):
        """Apply every sublayer."""
        for layer in (*self.mlp, *self.heads.values(), self.norm, self.out):
            x = layer(x)
        return x


BLOCK = {"mlp/0/kernel", "mlp/1/kernel", "heads/left/kernel", "norm/scale", "projection/kernel"}


@keras.saving.register_keras_serializable("test_addresses")
class Subclassed(keras.Model):
    """A subclassed model with a list of blocks."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(), Block()]
        self.head = layers.Dense(2, use_bias=False)

    def call(self, x):
        """Apply every block, then the head."""
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def dense(**kwargs) -> keras.Layer:
    """A Dense layer with one variable."""
    return layers.Dense(4, use_bias=False, **kwargs)


def sequential(*inner, **kwargs) -> keras.Model:
    """A Sequential model on 4 features."""
    return keras.Sequential([keras.Input((4,)), *inner], **kwargs)


def functional(*inner, **kwargs) -> keras.Model:
    """A Functional model: a chain of layers on 4 features."""
    outputs = inputs = keras.Input((4,))
    for layer in inner:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs, **kwargs)


def subclassed() -> keras.Model:
    """A subclassed model, called once."""
    model = Subclassed()
    model(keras.ops.ones((1, 4)))
    return model


def on_sequence(layer) -> keras.Model:
    """A Functional model of one layer on 7 steps of 4 features."""
    inputs = keras.Input((7, 4))
    return keras.Model(inputs, layer(inputs))


def attention() -> keras.Model:
    """A model of one unnamed attention layer."""
    inputs = keras.Input((7, 4))
    return keras.Model(inputs, layers.MultiHeadAttention(2, 3, use_bias=False)(inputs, inputs))


def lora() -> keras.Model:
    """A model of one Dense layer with LoRA."""
    model = sequential(dense())
    model.layers[0].enable_lora(2)
    return model


def quantized() -> keras.Model:
    """A model of one quantized Dense layer."""
    model = sequential(dense())
    model.layers[0].quantize("int8")
    return model


def shared() -> keras.Model:
    """A layer used by a model and by a model inside it."""
    common = dense(name="common")
    return sequential(common, functional(common, dense(name="own"), name="inner"))


CELL = ("kernel", "recurrent_kernel", "bias", "seed_generator_state")

MODELS = {
    "sequential": (
        lambda: sequential(dense(), dense(name="b"), dense()),
        ["dense/kernel", "b/kernel", "dense_1/kernel"],
    ),
    "functional": (
        lambda: functional(dense(), layers.LayerNormalization(), dense()),
        ["dense/kernel", "layer_normalization/gamma", "layer_normalization/beta", "dense_1/kernel"],
    ),
    "sequential in functional": (
        lambda: functional(sequential(dense()), sequential(dense()), dense()),
        ["sequential/dense/kernel", "sequential_1/dense/kernel", "dense/kernel"],
    ),
    "functional in sequential": (
        lambda: sequential(functional(dense(), name="first"), functional(dense(), name="second")),
        ["first/dense/kernel", "second/dense/kernel"],
    ),
    "three deep": (
        lambda: sequential(functional(sequential(dense(), dense(name="b")))),
        ["functional/sequential/dense/kernel", "functional/sequential/b/kernel"],
    ),
    "own layer": (lambda: sequential(Block()), {f"block/{path}" for path in BLOCK}),
    "subclassed": (
        subclassed,
        {*(f"blocks/{i}/{path}" for i in range(2) for path in BLOCK), "head/kernel"},
    ),
    "model in subclassed": (
        lambda: sequential(subclassed()),
        {
            "subclassed/head/kernel",
            *(f"subclassed/blocks/{i}/{path}" for i in range(2) for path in BLOCK),
        },
    ),
    "lstm": (lambda: on_sequence(layers.LSTM(3)), [f"lstm/cell/{name}" for name in CELL]),
    "stacked cells": (
        lambda: on_sequence(layers.RNN([layers.GRUCell(3), layers.SimpleRNNCell(3)])),
        [f"rnn/cell/cells/{i}/{name}" for i in range(2) for name in CELL],
    ),
    "bidirectional": (
        lambda: on_sequence(layers.Bidirectional(layers.GRU(3))),
        [
            f"bidirectional/{way}_layer/cell/{name}"
            for way in ("forward", "backward")
            for name in CELL
        ],
    ),
    "time distributed": (
        lambda: on_sequence(layers.TimeDistributed(dense())),
        ["time_distributed/layer/kernel"],
    ),
    "spectral normalization": (
        lambda: sequential(layers.SpectralNormalization(dense())),
        ["spectral_normalization/layer/kernel", "spectral_normalization/vector_u"],
    ),
    "attention": (
        attention,
        [
            f"multi_head_attention/{name}/kernel"
            for name in ("query", "key", "value", "attention_output")
        ],
    ),
    "lora": (lora, {"dense/kernel", "dense/lora_kernel_a", "dense/lora_kernel_b"}),
    "quantized": (quantized, {"dense/kernel", "dense/kernel_scale"}),
    "shared layer": (shared, ["common/kernel", "inner/own/kernel"]),
    "dropout": (
        lambda: sequential(dense(), layers.Dropout(0.5)),
        ["dense/kernel", "dropout/seed_generator_state"],
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_paths_are_what_the_table_says(name):
    """A path is made of layer names below models, and of names or attributes below layers."""
    build, expected = MODELS[name]
    found = paths(build())

    assert (found if isinstance(expected, list) else set(found)) == expected
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", MODELS)
def test_a_second_build_in_one_process_has_the_same_inventory(name):
    """Keras counts names over the process; paths and their order do not notice."""
    build, _ = MODELS[name]
    first, second = build(), build()

    assert paths(first) == paths(second)


def by_saving(model, folder):
    """Save a model and load it back."""
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras")


def by_config(model, folder):
    """Make a model again from its config, built as far as the config builds it."""
    again = type(model).from_config(model.get_config())
    if not again.built or not again.weights:
        again(keras.ops.ones((1, 4)))
    return again


def by_cloning(model, folder):
    """Clone a model."""
    return keras.models.clone_model(model)


WAYS = {"load_model": by_saving, "from_config": by_config, "clone_model": by_cloning}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_a_model_made_again_has_the_same_paths(name, way, tmp_path):
    """Saving and loading, configs and clones keep every path, whatever Keras calls it."""
    if way == "clone_model" and name == "subclassed":
        pytest.skip("Keras does not clone subclassed models")
    if name == "shared layer":
        pytest.skip("Keras' configs do not keep a layer shared between models")
    model = MODELS[name][0]()

    assert set(paths(WAYS[way](model, tmp_path))) == set(paths(model))


def test_what_else_the_process_built_is_not_in_a_path():
    """Auto-generated numbers are counted anew among siblings."""
    for _ in range(3):
        dense()

    assert paths(sequential(dense(), dense())) == ["dense/kernel", "dense_1/kernel"]


def test_keras_name_is_an_alias_where_it_names_one_variable():
    """A pattern may use what `summary()` shows, and `Variable.path`."""
    keras.backend.clear_session()
    dense()
    model = sequential(dense(), name="model")

    assert info_of(model, "dense/kernel").aliases == ("model/dense_1/kernel", "dense_1/kernel")
    plan = declinit.resolve(policy(give("dense_1/kernel", "zeros")), model)
    assert plan["dense/kernel"].rule.label == "rules[0]"


def test_a_name_of_several_variables_is_an_alias_of_none():
    """A name that Keras gives to several variables is ambiguous, and a rule that uses it is told so."""
    model = sequential(
        functional(dense(name="d"), name="first"), functional(dense(name="d"), name="second")
    )

    found = info_of(model, "first/d/kernel")
    assert found.ambiguous_names == ("d/kernel",)
    with pytest.raises(ResolveError) as raised:
        declinit.resolve(policy(give("d/kernel", "zeros"), give("*/d/*", "zeros")), model)
    assert str(raised.value) == (
        "rules[0]: rule 'rules[0]' matches no variable; 'd/kernel' is Keras' name of 2 variables, "
        "here first/d/kernel, second/d/kernel [DI302]"
    )


def test_the_path_of_one_variable_is_never_an_alias_of_another():
    """`dense_1` is the second of two, even where Keras calls the first one so."""
    keras.backend.clear_session()
    dense()
    model = sequential(dense(), dense())

    assert [layer.name for layer in model.layers] == ["dense_1", "dense_2"]
    assert "dense_1/kernel" not in info_of(model, "dense/kernel").aliases
    assert "dense_2/kernel" in info_of(model, "dense_1/kernel").aliases


def test_other_ways_to_a_shared_layer_are_aliases():
    """The first way to a shared variable is its path."""
    found = info_of(shared(), "common/kernel")

    assert found.shared_paths == ("inner/common/kernel",)
    assert "inner/common/kernel" in found.aliases


def test_a_sublayer_of_two_attributes_goes_by_the_plain_one():
    """An attribute goes before a place in a list, on every backend; the place is an alias."""

    class Twice(layers.Layer):
        def __init__(self):
            super().__init__()
            self.all = [dense(), dense()]
            self.last = self.all[-1]

        def build(self, shape):
            for layer in self.all:
                layer.build(shape)

        def call(self, x):
            return self.all[1](self.all[0](x))

    model = sequential(Twice())

    assert set(paths(model)) == {"twice/all/0/kernel", "twice/last/kernel"}
    assert "twice/all/1/kernel" in info_of(model, "twice/last/kernel").aliases


def test_a_layer_whose_attribute_was_assigned_anew_goes_by_its_place_among_all_layers():
    """Keras goes on tracking it, so the model has its variables still."""

    class Reassigned(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = dense()
            self.inner = dense()

        def build(self, shape):
            for layer in self._layers:
                layer.build(shape)

        def call(self, x):
            return self.inner(x)

    assert paths(sequential(Reassigned())) == [
        "reassigned/_layers/0/kernel",
        "reassigned/inner/kernel",
    ]


def test_siblings_of_one_given_name_go_by_their_attributes():
    """Keras lets a user's layer have two sublayers of one name."""

    class Pair(layers.Layer):
        def __init__(self):
            super().__init__()
            self.left, self.right = dense(name="same"), dense(name="same")

        def build(self, shape):
            self.left.build(shape)
            self.right.build(shape)

        def call(self, x):
            return self.left(x) + self.right(x)

    assert paths(sequential(Pair())) == ["pair/left/kernel", "pair/right/kernel"]


def test_a_given_name_that_is_another_sublayers_attribute_gives_way():
    """A name that two sublayers could be meant by is used for neither."""

    class Crossed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.query, self.other = dense(), dense(name="query")

        def build(self, shape):
            self.query.build(shape)
            self.other.build(shape)

        def call(self, x):
            return self.other(self.query(x))

    assert paths(sequential(Crossed())) == ["crossed/query/kernel", "crossed/other/kernel"]


def test_a_given_name_is_never_given_to_another_layer():
    """Counting anew leaves out numbers that a layer of another class has for a name."""
    model = sequential(dense(), layers.EinsumDense("ab,bc->ac", (4,), name="dense_1"), dense())

    assert paths(model) == ["dense/kernel", "dense_1/kernel", "dense_2/kernel"]


def test_variables_of_one_name_in_one_layer_are_counted():
    """The second `w` of a layer is `w:1`."""

    class Twins(layers.Layer):
        def build(self, shape):
            self.first = self.add_weight(shape=(2,), name="w")
            self.second = self.add_weight(shape=(3,), name="w")

        def call(self, x):
            return x

    model = sequential(Twins(), name="model")

    assert [(info.path, info.shape) for info in declinit.survey(model)] == [
        ("twins/w", (2,)),
        ("twins/w:1", (3,)),
    ]
    assert info_of(model, "twins/w").ambiguous_names == ("model/twins/w",)


# --- Weights without a name ------------------------------------------------------------------


@keras.saving.register_keras_serializable("test_addresses")
class Unnamed(layers.Layer):
    """A layer with weights that have no name, in attributes and in every kind of container."""

    def build(self, shape):
        """Make the weights."""
        self.gamma = self.add_weight(shape=(2,))
        self.plist = [self.add_weight(shape=(3,)), self.add_weight(shape=(4,))]
        self.extra = {"a": self.add_weight(shape=(5,)), "deep": [self.add_weight(shape=(6,))]}
        self.pair = (self.add_weight(shape=(7,)), self.add_weight(shape=(8,), trainable=False))
        self.given = self.add_weight(shape=(9,), name="w")
        self.made = keras.Variable(keras.ops.zeros((10,)))
        self.add_weight(shape=(11,))
        self.add_weight(shape=(12,))

    def call(self, x):
        """Do nothing."""
        return x


UNNAMED = {
    "gamma": 2,
    "plist/0": 3,
    "plist/1": 4,
    "extra/a": 5,
    "extra/deep/0": 6,
    "pair/0": 7,
    "pair/1": 8,
    "w": 9,
    "made": 10,
    "variable": 11,
    "variable_1": 12,
}


def unnamed() -> keras.Model:
    """Two layers whose weights have no names."""
    return sequential(Unnamed(), Unnamed(name="second"))


def test_a_weight_without_a_name_goes_by_its_attribute_or_its_place():
    """Keras' own counter of the whole process is in no path."""
    found = {info.path: info.shape for info in declinit.survey(unnamed())}

    assert found == {
        f"{layer}/{name}": (size,)
        for layer in ("unnamed", "second")
        for name, size in UNNAMED.items()
    }


def test_the_first_and_the_tenth_build_have_the_same_paths_and_seeds():
    """Whatever was built between, and whatever Keras calls the weights."""
    builds = [unnamed() for _ in range(10)]
    assert len({build.layers[0].gamma.name for build in builds}) == 10

    spec = policy(give("**", "random_normal"), strict={"unmatched": "allow"})
    first, *_, tenth = (declinit.resolve(spec, build) for build in builds)

    assert [(path, one.seed) for path, one in first.items()] == [
        (path, one.seed) for path, one in tenth.items()
    ]


@pytest.mark.parametrize("way", WAYS)
def test_weights_without_names_keep_their_paths_when_a_model_is_made_again(way, tmp_path):
    """As the weights are made again by the same code."""
    model = unnamed()

    again = WAYS[way](model, tmp_path)

    assert paths(again) == paths(model)
    assert again.layers[0].gamma.name != model.layers[0].gamma.name


def test_convnext_has_the_same_paths_at_every_build():
    """Its LayerScale makes its weight without a name."""
    build = keras.applications.ConvNeXtTiny
    first, second = (build(weights=None, input_shape=(32, 32, 3), classes=3) for _ in range(2))

    assert paths(first) == paths(second)
    assert "convnext_tiny_stage_0_block_0_layer_scale/gamma" in paths(first)


def test_the_name_that_keras_gave_a_weight_is_an_alias():
    """What `summary()` and `Variable.path` say may be used in a pattern."""
    keras.backend.clear_session()
    model = sequential(Unnamed(), name="model")

    assert info_of(model, "unnamed/plist/1").aliases == (
        "model/unnamed/variable_2",
        "unnamed/variable_2",
    )


def test_a_weight_held_by_two_attributes_has_the_other_one_as_an_alias():
    """Public names go before private ones, attributes before places in a list."""

    class Held(layers.Layer):
        def build(self, shape):
            self._gamma = self.add_weight(shape=(2,))
            self.all = [self._gamma]
            self.gamma = self._gamma

        def call(self, x):
            return x

    (found,) = declinit.survey(sequential(Held()))

    assert found.path == "held/gamma"
    assert found.shared_paths == ("held/_gamma", "held/all/0")
    assert set(found.shared_paths) <= set(found.aliases)


def test_a_weight_without_a_name_never_takes_the_path_of_one_with_a_name():
    """A given name stays; what would be called the same goes by its place."""

    class Clash(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(2,))
            self.variable = self.add_weight(shape=(3,))
            self.other = self.add_weight(shape=(4,), name="w")

        def call(self, x):
            return x

    found = {info.path: info.shape for info in declinit.survey(sequential(Clash()))}

    assert found == {"clash/variable_1": (2,), "clash/variable": (3,), "clash/w": (4,)}


def test_an_initializer_is_found_by_the_attribute_of_a_weight_without_a_name():
    """`gamma_initializer` is the place of `gamma`, whether Keras was told the name or not."""

    class Scale(layers.Layer):
        def __init__(self, gamma_initializer="ones", **kwargs):
            super().__init__(**kwargs)
            self.gamma_initializer = keras.initializers.get(gamma_initializer)

        def build(self, shape):
            self.gamma = self.add_weight(shape=(4,), initializer=self.gamma_initializer)

        def call(self, x):
            return x * self.gamma

        def get_config(self):
            told = keras.initializers.serialize(self.gamma_initializer)
            return {**super().get_config(), "gamma_initializer": told}

    model = sequential(Scale())
    audit = declinit.apply(policy(give("**/gamma", "random_normal")), model)

    assert audit["scale/gamma"].in_config == "own"


# --- The whole -------------------------------------------------------------------------------


def test_a_layer_is_surveyed_like_a_model():
    """Below a layer alone, paths begin with its variables."""
    layer = layers.Dense(3)
    layer.build((None, 4))

    assert paths(layer) == ["kernel", "bias"]


def test_training_adds_nothing_to_the_inventory():
    """Variables of optimizers and metrics are not of the model."""
    model = sequential(dense())
    before = paths(model)
    model.compile("sgd", "mse", metrics=["mae"])

    assert paths(model) == before


TREES = st.recursive(
    st.sampled_from(["dense", "dense given", "normalization"]),
    lambda inner: st.tuples(
        st.sampled_from(["sequential", "functional", "named"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def grown(tree, number: list[int]):
    """The layer or model that a tree describes; given names are numbered."""
    number[0] += 1
    if tree == "normalization":
        return layers.RMSNormalization()
    if isinstance(tree, str):
        return dense(name=f"dense_{number[0]}" if "given" in tree else None)
    kind, inner = tree
    parts = [grown(part, number) for part in inner]
    names = [part.name for part in parts]
    for part, name in zip(parts, names, strict=True):
        if names.count(name) > 1:  # Keras refuses siblings of one name
            number[0] += 1
            part.name = f"{name}_{number[0]}_given"
    name = f"named_{number[0]}" if kind == "named" else None
    return (functional if kind == "functional" else sequential)(*parts, name=name)


@given(tree=TREES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_paths_are_unique_and_stable_in_any_tree_of_models(tree):
    """Every variable of nested models has a path of its own, the same after a config."""
    model = sequential(grown(tree, [100]))
    found = paths(model)

    assert len(found) == len(set(found)) == len(model.weights)
    assert paths(keras.Sequential.from_config(model.get_config())) == found
