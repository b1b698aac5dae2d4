"""Places: what Keras fills by itself, and taking it over."""

from __future__ import annotations

import keras
import pytest
from keras import layers
from policies import KERAS_NOISE, values

import declinit
from declinit.layers.parts import FilledPart
from declinit.model.addresses import walk
from declinit.model.places import take_over

pytestmark = KERAS_NOISE


def lstm(**kwargs) -> keras.Model:
    """One LSTM."""
    return keras.Sequential([keras.Input((7, 4)), layers.LSTM(3, name="rnn", **kwargs)])


def conv_lstm(**kwargs) -> keras.Model:
    """One convolutional LSTM."""
    return keras.Sequential([keras.Input((7, 8, 4)), layers.ConvLSTM1D(3, 2, name="rnn", **kwargs)])


def bidirectional(**kwargs) -> keras.Model:
    """Two LSTMs in one layer."""
    inner = layers.LSTM(3, **kwargs)
    return keras.Sequential([keras.Input((7, 4)), layers.Bidirectional(inner, name="rnn")])


def stacked(**kwargs) -> keras.Model:
    """Two LSTM cells in one layer."""
    cells = [layers.LSTMCell(3, **kwargs), layers.LSTMCell(3, **kwargs)]
    return keras.Sequential([keras.Input((7, 4)), layers.RNN(cells, name="rnn")])


MODELS = {build.__name__: build for build in (lstm, conv_lstm, bidirectional, stacked)}


def filled(model) -> dict[str, tuple]:
    """The parts that Keras fills, by path of the variables that have any."""
    return {info.path: info.filled for info in declinit.survey(model) if info.filled}


@pytest.mark.parametrize("name", MODELS)
def test_keras_fills_the_forget_gate_of_a_bias_with_ones(name):
    """The inventory says which part, and what with; not of other variables, nor without the flag."""
    model = MODELS[name]()
    biases = [info.path for info in declinit.survey(model) if info.path.endswith("/bias")]

    assert biases
    assert filled(model) == dict.fromkeys(biases, (FilledPart("forget", "ones"),))
    assert filled(MODELS[name](unit_forget_bias=False)) == {}


@pytest.mark.parametrize("name", MODELS)
def test_a_bias_that_is_taken_over_is_left_to_its_initializer(name):
    """In this model, in its config, and in every model made from that."""
    model = MODELS[name]()
    for entry in walk(model):
        take_over(entry)

    assert filled(model) == {}
    again = keras.Sequential.from_config(model.get_config())
    assert filled(again) == {}
    biases = [value for path, value in values(again).items() if path.endswith("/bias")]
    assert biases
    assert not any(bias.any() for bias in biases)


def test_there_is_nothing_to_take_over_in_a_layer_that_keras_does_not_fill():
    """Variables without parts that Keras fills are left as they are."""
    model = keras.Sequential([keras.Input((7, 4)), layers.GRU(3)])
    before = model.get_config()
    for entry in walk(model):
        take_over(entry)

    assert model.get_config() == before
    assert filled(model) == {}


def test_a_users_cell_of_the_same_name_is_not_keras():
    """A row holds for Keras' own classes and what is derived from them, not for namesakes."""

    class LSTMCell(layers.Layer):
        unit_forget_bias = True

        def build(self, shape):
            self.bias = self.add_weight(shape=(12,), name="bias")

        def call(self, x):
            return x

    class Derived(layers.LSTMCell):
        pass

    own, derived = LSTMCell(), Derived(3)
    for layer in (own, derived):
        layer.build((None, 4))

    assert filled(own) == {}
    assert filled(derived) == {"bias": (FilledPart("forget", "ones"),)}
