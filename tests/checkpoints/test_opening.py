"""Reading tensors: every format, whole and in slices, lazily."""

from __future__ import annotations

import hashlib
import json
import zipfile

import h5py
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from declinit.checkpoints import file_digest, open_checkpoint, slicing
from declinit.errors import CheckpointError

named = pytest.mark.parametrize

VALUES = {
    "a/kernel": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "a/bias": np.arange(3, dtype="float16"),
    "scalar": np.array(7, dtype="int64"),
    "empty": np.zeros((0, 3), dtype="float64"),
    "flags": np.array([True, False]),
}
HALF = np.arange(6, dtype=ml_dtypes.bfloat16).reshape(2, 3)


def save_h5(path, values):
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value


def save_keras(path, values, kind=zipfile.ZIP_STORED):
    inner = path.with_suffix(".inner")
    save_h5(inner, values)
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.write(inner, "model.weights.h5")


WRITERS = {
    "a.npz": lambda path, values: np.savez(path, **values),
    "packed.npz": lambda path, values: np.savez_compressed(path, **values),
    "a.safetensors": lambda path, values: save_file(values, path),
    "a.h5": save_h5,
    "a.keras": save_keras,
    "packed.keras": lambda path, values: save_keras(path, values, zipfile.ZIP_DEFLATED),
}


@pytest.fixture(params=WRITERS)
def checkpoint(request, tmp_path):
    path = tmp_path / request.param
    WRITERS[request.param](path, VALUES)
    with open_checkpoint(path) as opened:
        yield opened


def test_every_format_gives_back_what_was_saved(checkpoint):
    assert set(checkpoint) == set(VALUES)
    for name, value in VALUES.items():
        tensor = checkpoint[name]
        assert (tensor.shape, tensor.dtype, tensor.size) == (
            value.shape,
            value.dtype.name,
            value.size,
        )
        read = tensor.read()
        assert (read.dtype, read.tobytes()) == (value.dtype, value.tobytes())
        assert read.flags.writeable


BOXES = (
    (),
    (slice(1, 2),),
    (slice(None), slice(1, 3)),
    (slice(0, 1), slice(None), slice(2, 4)),
    (slice(None), slice(None), slice(-1, None)),
    (slice(5, 9),),
    (slice(1, 0),),
)


@named("piece", [slicing.PIECE, 40, 1], ids=["in one piece", "row by row", "run by run"])
@named("box", BOXES, ids=str)
def test_slices_are_those_of_numpy(checkpoint, box, piece, monkeypatch):
    monkeypatch.setattr(slicing, "PIECE", piece)
    read = checkpoint["a/kernel"].read(box)
    assert read.tolist() == VALUES["a/kernel"][box].tolist()


def test_slices_that_do_not_fit_are_refused(checkpoint):
    with pytest.raises(ValueError, match="2 slices for 1 axes"):
        checkpoint["a/bias"].read([slice(None), slice(None)])
    with pytest.raises(ValueError, match="slices with a step are not read"):
        checkpoint["a/bias"].read([slice(None, None, 2)])


def test_columns_first_and_other_byte_orders_come_as_the_machine_has_them(tmp_path):
    value = np.asfortranarray(np.arange(12, dtype=">f4").reshape(3, 4))
    np.savez(tmp_path / "a.npz", a=value)
    save_h5(tmp_path / "a.h5", {"a": value})
    for file in ("a.npz", "a.h5"):
        with open_checkpoint(tmp_path / file) as checkpoint:
            read = checkpoint["a"].read([slice(None), slice(1, 3)])
            assert (read.dtype, read.tolist()) == (np.dtype("f4"), value[:, 1:3].tolist())


def compact(file, value):
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_layout(h5py.h5d.COMPACT)
    space, kind = h5py.h5s.create_simple(value.shape), h5py.h5t.py_create(value.dtype)
    h5py.h5d.create(file.id, b"a", kind, space, layout).write(space, space, value)


def of_twenty_bits(file, value):
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_precision(20)
    space, whole = h5py.h5s.create_simple(value.shape), value.astype("i4")
    h5py.h5d.create(file.id, b"a", kind, space).write(space, space, whole)


STORED = {
    "in chunks": lambda file, value: file.create_dataset("a", data=value, chunks=(2, 2)),
    "beside its header": compact,
    "as complex numbers": lambda file, value: file.create_dataset("a", data=value + 0j),
    "as integers of twenty bits": of_twenty_bits,
}


@named("how", STORED)
def test_datasets_are_read_however_the_library_keeps_them(tmp_path, how):
    value = np.arange(-6.0, 6.0).reshape(3, 4)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        STORED[how](file, value)
    with open_checkpoint(tmp_path / "a.h5") as checkpoint:
        assert checkpoint["a"].read().tolist() == value.tolist()
        assert checkpoint["a"].read([slice(1, 3), slice(2, 3)]).tolist() == value[1:3, 2:3].tolist()


@named("name", ["BF16", "F8_E4M3", "F8_E5M2"])
def test_types_of_ml_dtypes_in_safetensors(name, tmp_path):
    dtype = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}[name]
    value = np.array([1, 0.5, -2], getattr(ml_dtypes, dtype))
    header = {"a": {"dtype": name, "shape": [3], "data_offsets": [0, value.nbytes]}}
    text = json.dumps(header).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + value.tobytes())
    with open_checkpoint(path) as checkpoint:
        read = checkpoint["a"].read()
        assert (checkpoint["a"].dtype, read.dtype.name) == (dtype, dtype)
        assert read.astype("f4").tolist() == [1, 0.5, -2]


def test_bfloat16_as_keras_writes_it_and_without_its_note(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=HALF).attrs["dtype"] = "bfloat16"
        file.create_dataset("b", data=HALF)
    with open_checkpoint(tmp_path / "a.h5") as checkpoint:
        assert checkpoint["a"].read([slice(1, 2)]).astype("f4").tolist() == [[3, 4, 5]]
        with pytest.raises(CheckpointError) as caught:
            checkpoint["b"].read()
    assert caught.value.problems[0].message == "tensor 'b' has elements of type 'void16'"


def test_elements_of_unknown_type_are_listed_and_not_read(tmp_path):
    text = json.dumps({"a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"1")
    with open_checkpoint(path) as checkpoint, pytest.raises(CheckpointError) as caught:
        checkpoint["a"].read()
    assert caught.value.problems[0].message == (
        "tensor 'a' has elements of type 'F4', which NumPy does not have"
    )


def shards(folder, extra=None):
    one, two = {"a": np.ones(2)}, {"b": np.zeros(3)}
    save_file(one, folder / "1.safetensors")
    save_file(two, folder / "2.safetensors")
    places = {"a": "1.safetensors", "b": "2.safetensors", **(extra or {})}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return index


def test_an_index_joins_its_shards(tmp_path):
    with open_checkpoint(shards(tmp_path)) as checkpoint:
        assert {name: tensor.file.name for name, tensor in checkpoint.items()} == {
            "a": "1.safetensors",
            "b": "2.safetensors",
        }
        assert checkpoint.files[0].name == "model.safetensors.index.json"


def test_an_index_that_names_more_than_its_shards_hold_is_refused(tmp_path):
    index = shards(tmp_path, {"c": "2.safetensors"})
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(index)
    assert str(caught.value) == f"{index}: no shard holds 'c', which the index names [DI135]"


def test_a_missing_shard_is_named_with_the_nearest_file(tmp_path):
    index = shards(tmp_path)
    (tmp_path / "2.safetensors").rename(tmp_path / "02.safetensors")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(index)
    assert str(caught.value) == (
        f"{index}: shard '2.safetensors': cannot read the weights: no such file; "
        "did you mean '02.safetensors'? [DI135]"
    )


def test_a_name_that_is_not_there_gives_the_nearest(checkpoint):
    with pytest.raises(CheckpointError) as caught:
        checkpoint.find("a/kernle")
    assert str(caught.value) == (
        f"{checkpoint.path}: no tensor is named 'a/kernle'; did you mean 'a/kernel'? [DI139]"
    )


def test_a_file_under_another_name_is_told_by_its_content(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.ones(2))
    renamed = (tmp_path / "a.npz").rename(tmp_path / "a.h5")
    with open_checkpoint(renamed) as checkpoint:
        assert (checkpoint.format, list(checkpoint)) == ("npz", ["a"])


def test_a_closed_checkpoint_reads_nothing(checkpoint):
    checkpoint.close()
    with pytest.raises(ValueError, match="closed"):
        checkpoint["a/kernel"].read()


def test_a_compressed_array_that_is_read_in_order_is_unpacked_once(tmp_path, monkeypatch):
    value = np.random.default_rng(0).normal(size=(64, 1000))
    np.savez_compressed(tmp_path / "a.npz", a=value)
    opened, plain = [], zipfile.ZipFile.open
    monkeypatch.setattr(
        zipfile.ZipFile, "open", lambda *args, **rest: opened.append(1) or plain(*args, **rest)
    )
    with open_checkpoint(tmp_path / "a.npz") as checkpoint:
        before = len(opened)
        rows = [checkpoint["a"].read([slice(row, row + 1)])[0] for row in range(64)]
        assert len(opened) == before + 1
        assert np.array_equal(rows, value)
        assert np.array_equal(checkpoint["a"].read([slice(2, 3)]), value[2:3])
        again = checkpoint["a"]
    with pytest.raises(ValueError, match="closed"):
        again.read([slice(3, 4)])


def test_a_compressed_array_that_is_damaged_further_on_is_never_read_past_it(tmp_path):
    value = np.random.default_rng(0).normal(size=(64, 1000))
    np.savez_compressed(tmp_path / "a.npz", a=value)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.npz").write_bytes(data)
    with open_checkpoint(tmp_path / "a.npz") as checkpoint:
        assert np.array_equal(checkpoint["a"].read([slice(0, 1)]), value[:1])
        for _ in range(2):
            with pytest.raises(CheckpointError):
                checkpoint["a"].read()
            assert np.array_equal(checkpoint["a"].read([slice(1, 2)]), value[1:2])


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 999_999)
    expected = hashlib.sha256(b"abc" * 999_999).hexdigest()
    assert file_digest(tmp_path / "a") == expected
