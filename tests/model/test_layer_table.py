"""The table of layers says what the installed Keras does; a failure here says what Keras moved."""

from __future__ import annotations

from functools import cache

import keras
import numpy as np
import pytest
from keras_layers import CASES, build_model, exported_layers
from policies import KERAS_NOISE, MADE_OF_VALUES

from declinit.layers.lineage import builtin_names
from declinit.layers.table import TABLE, variable_row
from declinit.model.addresses import LocatedVariable, walk
from declinit.model.configs import serialized
from declinit.model.places import implied_initializer, outer_place, own_place, row_of
from declinit.model.survey import inventory_of
from declinit.plans.inventory import FLOATS

pytestmark = KERAS_NOISE

DEFERRABLE = [
    name
    for name, case in CASES.items()
    if keras.backend.backend() in case.backends
    and not case.after_build
    and name not in MADE_OF_VALUES
]


@cache
def deferred(name: str) -> tuple[LocatedVariable, ...]:
    """The variables of a case, and in `_initializer` what Keras is about to fill each with."""
    with keras.StatelessScope(initialize_variables=False):
        located = tuple(walk(build_model(CASES[name])))
        initializers = [entry.variable._initializer for entry in located]
        for entry in located:
            entry.variable._initializer = np.zeros
    with keras.StatelessScope():
        pass
    for entry, initializer in zip(located, initializers, strict=True):
        entry.variable._initializer = initializer
    return tuple(entry for entry in located if not entry.is_seed_state)


@cache
def variables_seen() -> dict[str, set[str]]:
    """Names of the variables that layers of each class and of its subclasses make."""
    seen: dict[str, set[str]] = {}
    for name in DEFERRABLE:
        for entry in deferred(name):
            for layer in entry.chain:
                for base in builtin_names(type(layer)):
                    seen.setdefault(base, set())
            for base in builtin_names(type(entry.owner)):
                seen[base].add(entry.name)
    return seen


@pytest.mark.parametrize("row", TABLE)
def test_keras_has_the_class_and_the_variables_of_every_row(row):
    """A case of `tests/keras_layers.py` makes each of them."""
    assert row in variables_seen()
    assert set(TABLE[row].variables) <= variables_seen()[row]


def plain(initializer) -> object:
    """What an initializer is, without what Keras adds to a copy of it."""
    config = serialized(initializer)
    if not isinstance(config, dict):
        return config
    own = {"seed", "input_axes", "output_axes"}
    kept = {key: value for key, value in config["config"].items() if key not in own}
    return config["class_name"], kept


def told(entry: LocatedVariable):
    """The initializer of a variable as the table has it: in a place, or implied."""
    place = own_place(entry)
    return place.read() if place else implied_initializer(entry)


def is_float(entry: LocatedVariable) -> bool:
    """Whether a policy may initialize a variable."""
    return keras.backend.standardize_dtype(entry.variable.dtype) in FLOATS


def block_of(entry: LocatedVariable, part: str) -> tuple[slice, ...]:
    """Where a named part of a variable is."""
    (info,) = inventory_of([entry])
    (found,) = (each for each in info.parts if each.name == part)
    return found.block(info.shape)


# Float variables that no user chooses an initializer for, and that are computed from other values.
UNTOLD = {
    ("Dense", "kernel_scale"),
    *(("Normalization", name) for name in ("mean", "variance")),
    *(("STFTSpectrogram", name) for name in ("real_kernel", "imag_kernel")),
}


@pytest.mark.parametrize("name", DEFERRABLE)
def test_keras_fills_every_variable_with_what_the_table_says(name):
    """The object that Keras is about to call is the one in the place, or equal to the implied."""
    for entry in filter(is_float, deferred(name)):
        actual, expected = entry.variable._initializer, told(entry)
        shape, row = tuple(entry.variable.shape), row_of(entry)
        fillings = [each for each in row.fillings if getattr(entry.owner, each.flag)]
        if row.root_of:
            assert np.array_equal(np.asarray(actual(shape)), np.asarray(expected(shape)))
        elif fillings:
            values = np.asarray(actual(shape))
            for filling in fillings:
                block = block_of(entry, filling.filled.part)
                only = keras.initializers.get(filling.filled.initializer)(values[block].shape)
                assert np.array_equal(values[block], np.asarray(only))
        elif expected is None:
            assert (type(entry.owner).__name__, entry.name) in UNTOLD
        else:
            assert plain(actual) == plain(expected), entry.path


# Variables of two axes or more that no sum runs over, or that are not for a policy to choose.
FANLESS = UNTOLD | {
    ("EinsumDense", "bias"),
    ("LayerNormalization", "gamma"),
    ("LayerNormalization", "beta"),
    ("PReLU", "alpha"),
}


@pytest.mark.parametrize("name", DEFERRABLE)
def test_every_matrix_of_a_built_in_layer_has_a_row(name):
    """A layer that Keras adds fails here until someone has thought of its fans."""
    for entry in filter(is_float, deferred(name)):
        if len(entry.variable.shape) > 1 and not variable_row(
            builtin_names(type(entry.owner)), entry.name
        ):
            assert (type(entry.owner).__name__, entry.name) in FANLESS, entry.path


@pytest.mark.parametrize("name", ["multi_head_attention", "group_query_attention"])
def test_projections_take_their_initializers_from_the_layer_around_them(name):
    """The attribute that the config tells has an equal of what each projection has."""
    for entry in deferred(name):
        assert plain(outer_place(entry).read()) == plain(entry.variable._initializer)
        attribute = outer_place(entry).attribute.removeprefix("_")
        assert attribute in entry.chain[-2].get_config()


def test_layers_that_name_their_sublayers_do():
    """A Bidirectional layer makes two names out of one."""
    (row,) = (name for name, row in TABLE.items() if row.names_sublayers)
    layer = exported_layers()[row](keras.layers.LSTM(2, name="given"))

    assert (layer.forward_layer.name, layer.backward_layer.name) == (
        "forward_given",
        "backward_given",
    )


GATES = {
    "lstm": ("input", "forget", "cell", "output"),
    "conv_lstm2d": ("input", "forget", "cell", "output"),
    "gru": ("update", "reset", "candidate"),
    "gru_reset_before": ("update", "reset", "candidate"),
    "simple_rnn": (),
}


@pytest.mark.parametrize("name", GATES)
def test_gates_are_equal_parts_of_the_last_axis(name):
    """Kernels and the bias have the same gates, in Keras' order; a GRU's bias may have two rows."""
    infos = inventory_of([*deferred(name)])
    assert {info.path.rpartition("/")[2] for info in infos} >= {
        "kernel",
        "recurrent_kernel",
        "bias",
    }
    for info in infos:
        assert tuple(part.name for part in info.parts) == GATES[name]
        units = info.shape[-1] // (len(GATES[name]) or 1)
        for index, part in enumerate(info.parts):
            *others, last = part.block(info.shape)
            assert others == [slice(0, size) for size in info.shape[:-1]]
            assert last == slice(index * units, (index + 1) * units)
