"""Tensors of Keras' files by the layers that the files record, against the paths of models."""

from __future__ import annotations

import json

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from keras_layers import CASES
from policies import KERAS_NOISE, model_of_case

from declinit.checkpoints import open_checkpoint
from declinit.errors import CheckpointError
from declinit.layers.generated_names import generated_number
from declinit.layers.keras_stems import KERAS_STEMS
from declinit.model.addresses import walk
from declinit.model.naming import snake_case
from declinit.model.storage import storage_addresses

pytestmark = KERAS_NOISE
named = pytest.mark.parametrize


def found_by_name(model, checkpoint):
    """By path of each saved variable: the address it has, and those its layer's path leads to."""
    stored = storage_addresses(model)
    found = {}
    for entry in walk(model):
        address = stored.get(id(entry.variable))
        if address in {tensor.address for tensor in checkpoint.values()}:
            owner = entry.path[: -len(entry.name)].rstrip("/")
            key = address.rpartition("/")[2]
            candidates = checkpoint.candidates(owner, key)
            found[entry.path] = (address, [tensor.address for tensor in candidates])
    return found


def saved(model, folder):
    path = folder / "a.weights.h5"
    model.save_weights(path)
    return open_checkpoint(path)


@named("name", CASES)
def test_every_variable_of_a_built_in_layer_is_found_by_the_path_of_its_layer(name, tmp_path):
    model = model_of_case(name)
    with saved(model, tmp_path) as checkpoint:
        found = found_by_name(model, checkpoint)
    assert {path: hits for path, (address, hits) in found.items() if hits != [address]} == {}


class Block(layers.Layer):
    """Sublayers with names that were given and generated, and one of its own weights."""

    def __init__(self, **rest):
        super().__init__(**rest)
        self.up = layers.Dense(6)
        self.down = layers.Dense(4, name="given")
        self.norm = layers.LayerNormalization()
        self.scale = None

    def build(self, shape):
        self.up.build(shape)
        self.down.build((None, 6))
        self.norm.build(shape)
        self.scale = self.add_weight(shape=(4,), name="scale")

    def call(self, x):
        return self.norm(x + self.scale * self.down(self.up(x)))


class Stack(keras.Model):
    """Blocks in a list, one of them with a name, and layers in attributes."""

    def __init__(self):
        super().__init__()
        self.blocks = [Block(), Block(name="middle"), Block()]
        self.attend = layers.MultiHeadAttention(2, 2)
        self.dense = layers.Dense(4)
        self.dense_1 = layers.Dense(4)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.dense_1(self.dense(self.attend(x, x)))


def stack():
    model = Stack()
    model(np.zeros((1, 3, 4)))
    return model


def backbone():
    inputs = keras.Input((4,))
    x = layers.Dense(4)(layers.Dense(4, name="first")(inputs))
    return keras.Model(inputs, Block()(layers.Dense(4)(x)), name="backbone")


def with_head(*units):
    inputs = keras.Input((4,))
    x = backbone()(inputs)
    for size in units:
        x = layers.Dense(size)(x)
    return keras.Model(inputs, x)


@named("build", [stack, backbone, lambda: with_head(3)], ids=["stack", "backbone", "with a head"])
def test_models_built_late_in_a_process_have_the_names_of_a_first_build(build, tmp_path):
    model = build()
    with saved(model, tmp_path) as checkpoint:
        found, names = found_by_name(model, checkpoint), list(checkpoint)
    assert {path: hits for path, (address, hits) in found.items() if hits != [address]} == {}
    keras.utils.clear_session()
    again = build()
    with saved(again, tmp_path) as checkpoint:
        assert list(checkpoint) == names


def test_a_backbone_is_found_in_a_file_of_a_model_with_another_head(tmp_path):
    with saved(with_head(3, 2), tmp_path) as checkpoint:
        names = [name for name in checkpoint if name.startswith("backbone/")]
        other = with_head(7)
        for entry in walk(other):
            owner = entry.path.rpartition("/")[0]
            if owner.startswith("backbone"):
                address = storage_addresses(other)[id(entry.variable)]
                (tensor,) = checkpoint.candidates(owner, address.rpartition("/")[2])
                assert tensor.shape == tuple(entry.variable.shape)
                names.remove(tensor.name)
    assert names == []


def test_names_are_layers_and_places_in_them(tmp_path):
    with saved(with_head(3), tmp_path) as checkpoint:
        assert sorted(checkpoint) == [
            "backbone/block/0",
            "backbone/block/given/0",
            "backbone/block/given/1",
            "backbone/block/norm/0",
            "backbone/block/norm/1",
            "backbone/block/up/0",
            "backbone/block/up/1",
            "backbone/dense/0",
            "backbone/dense/1",
            "backbone/dense_1/0",
            "backbone/dense_1/1",
            "backbone/first/0",
            "backbone/first/1",
            "dense/0",
            "dense/1",
        ]
        assert checkpoint.find("backbone/first/0").address == (
            "layers/functional/layers/dense/vars/0"
        )
        assert checkpoint.find("layers/functional/layers/dense/vars/0").key == "0"


def test_a_saved_model_and_shards_have_the_tensors_of_its_weights(tmp_path):
    model = with_head(3)
    model.save(tmp_path / "a.keras")
    model.save_weights(tmp_path / "b.weights.json", max_shard_size=5e-7)
    with saved(model, tmp_path) as expected:
        for file in ("a.keras", "b.weights.json"):
            with open_checkpoint(tmp_path / file) as checkpoint:
                assert sorted(checkpoint) == sorted(expected), file
                for name, tensor in expected.items():
                    assert (checkpoint[name].read() == tensor.read()).all()
                shards = {tensor.file for tensor in checkpoint.values()}
                assert (len(shards) > 1) == (file == "b.weights.json")


def test_shards_of_which_one_is_missing_are_refused(tmp_path):
    with_head(3).save_weights(tmp_path / "b.weights.json", max_shard_size=5e-7)
    places = json.loads((tmp_path / "b.weights.json").read_text())["weight_map"]
    missing = next(place for place in places.values() if isinstance(place, str))
    (tmp_path / missing).unlink()
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(tmp_path / "b.weights.json")
    assert caught.value.problems[0].code == "DI135"
    assert f"shard {missing!r}: cannot read" in caught.value.problems[0].message


def test_a_file_without_names_has_addresses_alone(tmp_path):
    path = tmp_path / "a.weights.h5"
    with_head(3).save_weights(path)
    with h5py.File(path, "a") as file:
        groups = []
        file.visititems(lambda _, each: groups.append(each))
        for group in groups:
            group.attrs.pop("name", None)
    with open_checkpoint(path) as checkpoint:
        assert all(name == tensor.address for name, tensor in checkpoint.items())
        assert checkpoint.candidates("backbone/first", "0") == ()
        assert "layers/dense/vars/0" in checkpoint


def test_two_layers_of_one_name_have_addresses_and_are_ambiguous(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.Dense(4, name="a")])
    model.layers[0].name = "a"
    with saved(model, tmp_path) as checkpoint:
        assert "layers/dense/vars/0" in checkpoint
        with pytest.raises(CheckpointError) as caught:
            checkpoint.find("a/0")
    assert str(caught.value) == (
        f"{tmp_path / 'a.weights.h5'}: 'a/0' can mean 2 tensors: layers/dense/vars/0, "
        "layers/dense_1/vars/0; name one of these [DI140]"
    )


def test_bfloat16_weights_of_keras_come_as_bfloat16(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="bfloat16", name="a")])
    with saved(model, tmp_path) as checkpoint:
        read = checkpoint["a/0"].read([slice(1, 3)])
        assert (checkpoint["a/0"].dtype, read.dtype.name, read.shape) == (
            "bfloat16",
            "bfloat16",
            (2, 3),
        )
        kernel = keras.ops.convert_to_numpy(keras.ops.cast(model.layers[0].kernel, "float32"))
        assert (read.astype("f4") == kernel[1:3]).all()


def test_every_layer_class_of_keras_has_its_stem_in_the_table():
    classes = [each for each in vars(layers).values() if isinstance(each, type)]
    stems = {snake_case(each.__name__) for each in classes if issubclass(each, layers.Layer)}
    assert stems - KERAS_STEMS == set()
    assert all(generated_number(stem, stem) == 0 for stem in KERAS_STEMS)
