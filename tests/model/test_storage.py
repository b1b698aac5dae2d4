"""Storage addresses: where Keras' own files keep each variable."""

from __future__ import annotations

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from keras_layers import CASES
from policies import KERAS_NOISE, model_of_case

from declinit.model.storage import storage_addresses

pytestmark = KERAS_NOISE


def sequential() -> keras.Model:
    """A Sequential model with two layers of one class, and statistics."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3),
        ]
    )


def nested() -> keras.Model:
    """A Functional model around a Functional and a Sequential one, with a shared layer."""
    shared = layers.Dense(4)
    inputs = keras.Input((4,))
    inner = keras.Model(inputs, layers.Dense(4)(shared(inputs)))
    outputs = keras.Sequential([keras.Input((4,)), layers.Dense(4)])(inner(shared(inputs)))
    return keras.Model(inputs, outputs)


def recurrent() -> keras.Model:
    """Recurrent layers, wrapped and stacked."""
    inputs = keras.Input((5, 3))
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True, dropout=0.1))(inputs)
    x = layers.RNN([layers.GRUCell(2), layers.GRUCell(2)], return_sequences=True)(x)
    return keras.Model(inputs, layers.TimeDistributed(layers.Dense(2))(x))


def attention() -> keras.Model:
    """Attention and a convolution below a power iteration."""
    inputs = keras.Input((6, 4))
    x = layers.MultiHeadAttention(2, 3)(inputs, inputs)
    return keras.Model(inputs, layers.SpectralNormalization(layers.Conv1D(3, 2))(x))


class Block(layers.Layer):
    """A layer with weights of its own, and layers in every kind of container."""

    def __init__(self):
        super().__init__()
        self.many = [layers.Dense(4), [layers.Dense(4), layers.Dense(4)]]
        self.by_name = {"z": layers.Dense(4), "a": layers.LayerNormalization()}
        self.pair = (layers.Dense(4), layers.Dense(4))
        self.again = self.many[0]
        self._hidden = layers.Dense(4)
        self.operations = [layers.Dense(4)]

    def build(self, shape):
        """Build all of it."""
        self.scale = self.add_weight(shape=(4,))
        self.steps = self.add_weight(shape=(), trainable=False, name="steps")
        for layer in self._flatten_layers(include_self=False):
            layer.build(shape)

    def call(self, x):
        """Do nothing."""
        return x


class Subclassed(keras.Model):
    """A subclassed model, whose layers Keras reaches by attributes and by `layers`."""

    def __init__(self):
        super().__init__()
        self.blocks = [Block(), Block()]
        self.zone = layers.Dense(4)
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, x):
        """Apply every layer."""
        for block in self.blocks:
            x = block(x)
        return self.zone(x)


def subclassed() -> keras.Model:
    """A subclassed model, called once and compiled."""
    model = Subclassed()
    model(keras.ops.ones((1, 4)))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def lora() -> keras.Model:
    """A layer whose kernel Keras saves with its adapters merged into it."""
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, lora_rank=2)])


MODELS = {f.__name__: f for f in (sequential, nested, recurrent, attention, subclassed, lora)}

# Names of the variables that are not saved as they are, and what else is in the file.
UNADDRESSED = {
    # Both the wrapper and the layer inside it track the kernel.
    "attention": (set(), {"layers/spectral_normalization/vars/0"}),
    # Keras saves the kernel with the adapters merged into it.
    "lora": ({"kernel", "lora_kernel_a", "lora_kernel_b"}, {"layers/dense/vars/0"}),
}


def saved(model, folder) -> dict[str, np.ndarray]:
    """Every dataset of the file that Keras writes of a model's weights, by address."""
    path = folder / "model.weights.h5"
    model.save_weights(path)
    arrays = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.array(item)

    with h5py.File(path) as file:
        file.visititems(add)
    return {name: array for name, array in arrays.items() if not name.startswith("optimizer/")}


def mark(model) -> None:
    """Give every variable a value that no other one has."""
    for index, variable in enumerate(model.weights):
        variable.assign(np.full(variable.shape, index + 1))


def assert_addresses_hold_the_values(model, folder) -> set[str]:
    """Compare every address with the file that Keras writes; returns what no address names."""
    mark(model)
    arrays, addresses = saved(model, folder), storage_addresses(model)
    assert len(set(addresses.values())) == len(addresses)
    for variable in model.variables:
        address = addresses.get(id(variable))
        if address:
            value = keras.ops.convert_to_numpy(variable.value)
            assert np.array_equal(arrays[address], value), address
    return arrays.keys() - set(addresses.values())


@pytest.mark.parametrize("name", MODELS)
def test_every_address_holds_its_variable_in_the_file_that_keras_writes(name, tmp_path):
    """Values are unlike each other, so that one in another's place would be seen."""
    model = MODELS[name]()
    rest = assert_addresses_hold_the_values(model, tmp_path)

    addresses = storage_addresses(model)
    unsaved = {variable.name for variable in model.variables if id(variable) not in addresses}
    assert (unsaved - {"seed_generator_state"}, rest) == UNADDRESSED.get(name, (set(), set()))


def test_addresses_are_those_of_keras():
    """Layers go by class and number below containers, by attribute below other layers."""
    model = recurrent()
    addresses = storage_addresses(model)

    assert [addresses[id(variable)] for variable in model.weights][:4] == [
        "layers/bidirectional/forward_layer/cell/vars/0",
        "layers/bidirectional/forward_layer/cell/vars/1",
        "layers/bidirectional/forward_layer/cell/vars/2",
        "layers/bidirectional/backward_layer/cell/vars/0",
    ]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.after_build])
def test_every_built_in_layer_is_saved_where_its_addresses_say(name, tmp_path):
    """As above, for every case in the table of layers."""
    assert_addresses_hold_the_values(model_of_case(name), tmp_path)


def test_a_layer_that_cannot_be_saved_has_no_addresses():
    """What a user's layer raises while it is asked is its own affair."""

    class Unsaved(layers.Dense):
        def save_own_variables(self, store):
            raise RuntimeError("not today")

    model = keras.Sequential([keras.Input((4,)), Unsaved(3), layers.Dense(3, name="b")])

    assert sorted(storage_addresses(model).values()) == [
        "layers/dense/vars/0",
        "layers/dense/vars/1",
    ]
