"""Damaged and hostile files: a coded error each, nothing executed, memory within bounds."""

from __future__ import annotations

import hashlib
import resource
import warnings
import zipfile

import h5py
import numpy as np
import pytest
from hostile import CASES

from declinit.checkpoints import open_checkpoint
from declinit.errors import CODES, CheckpointError

named = pytest.mark.parametrize


def read_all(path):
    with open_checkpoint(path) as checkpoint:
        for tensor in checkpoint.values():
            tensor.read()


def fault_of(path):
    with pytest.raises(CheckpointError) as caught:
        read_all(path)
    (problem,) = caught.value.problems
    return problem


@named("case", CASES, ids=lambda case: case.file)
def test_a_hostile_file_is_refused_with_its_code_and_place(case, tmp_path):
    path = tmp_path / case.file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a zip archive with a name twice
        case.make(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    problem = fault_of(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (problem.code, case.message in problem.message) == (case.code, True), problem.message
    assert str(problem.where).startswith(str(tmp_path))
    assert str(problem).isprintable()
    assert grown < 64 * 1024  # KiB


def sample(path):
    """A small file of every format, by its ending."""
    values = np.arange(600, dtype="float32").reshape(20, 30)
    if path.suffix == ".npz":
        np.savez(path, a=values, b=values)
    elif path.suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file({"a": values, "b": values}, path)
    else:
        inner = path.with_suffix(".h5")
        with h5py.File(inner, "w") as file:
            for name in ("a", "b"):
                file[f"layers/{name}/vars/0"] = values
                file[f"layers/{name}/vars"].attrs["name"] = name
            file.create_group("vars").attrs["name"] = "model"
        if path.suffix == ".keras":
            with zipfile.ZipFile(path, "w") as archive:
                archive.write(inner, "model.weights.h5")
    return path.read_bytes()


ENDINGS = (".h5", ".keras", ".safetensors", ".npz")


@named("ending", ENDINGS)
def test_a_file_cut_at_any_hundredth_of_its_length_is_refused(ending, tmp_path):
    whole = sample(tmp_path / f"whole{ending}")
    for hundredth in range(100):
        path = tmp_path / f"cut{ending}"
        path.write_bytes(whole[: len(whole) * hundredth // 100])
        assert fault_of(path).code in {"DI130", "DI132", "DI133"}, hundredth


@named("ending", ENDINGS)
def test_bytes_changed_at_random_give_weights_or_a_coded_error_and_no_other(ending, tmp_path):
    whole = sample(tmp_path / f"whole{ending}")
    path = tmp_path / f"changed{ending}"
    codes = set()
    for seed in range(150):
        digest = hashlib.sha256(b"%d" % seed).digest()
        changed = bytearray(whole)
        for at in range(0, 3 * (1 + seed % 4), 3):
            head = seed % 2 and len(whole) > 2000  # headers are where it hurts
            where = int.from_bytes(digest[at : at + 2], "little") % (1200 if head else len(whole))
            changed[where] = digest[at + 2]
        path.write_bytes(changed)
        try:
            read_all(path)
        except CheckpointError as error:
            codes.add(error.problems[0].code)
    assert codes
    assert codes <= set(CODES)


def test_a_changed_value_in_an_npz_file_does_not_fit_its_checksum(tmp_path):
    whole = bytearray(sample(tmp_path / "a.npz"))
    whole[1000] ^= 1
    (tmp_path / "a.npz").write_bytes(whole)
    problem = fault_of(tmp_path / "a.npz")
    assert (problem.code, "Bad CRC-32" in problem.message) == ("DI132", True)


HEAPS = {
    "an object of no length": (16, bytes(16)),
    "a length that overflows": (24, b"\xff" * 8),
    "a longer heap": (8, b"\x80\x10"),
    "another number": (16, b"\x09"),
}


@named("name", HEAPS)
def test_a_damaged_heap_of_names_costs_the_names_and_nothing_else(name, tmp_path):
    """The HDF5 library runs for ever on some of these, and crashes on others."""
    offset, data = HEAPS[name]
    whole = bytearray(sample(tmp_path / "a.h5"))
    start = whole.index(b"GCOL") + offset
    whole[start : start + len(data)] = data
    (tmp_path / "a.h5").write_bytes(whole)
    with open_checkpoint(tmp_path / "a.h5") as checkpoint:
        addresses = {tensor.address for tensor in checkpoint.values()}
        assert addresses == {"layers/a/vars/0", "layers/b/vars/0"}
        assert [tensor.read().shape for tensor in checkpoint.values()] == [(20, 30)] * 2


def test_pickled_objects_are_listed_and_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("it was loaded",))

    path = tmp_path / "a.npz"
    np.savez(path, good=np.ones(2), bad=np.array([Trap()], dtype=object))
    with open_checkpoint(path) as checkpoint:
        assert checkpoint["bad"].dtype == "object"
        assert checkpoint["good"].read().tolist() == [1, 1]
        with pytest.raises(CheckpointError) as caught:
            checkpoint["bad"].read()
    assert str(caught.value) == (
        f"{path}: tensor 'bad' holds pickled objects, which can run any code when they are read "
        "[DI136]"
    )


@named(
    "dtype",
    [h5py.ref_dtype, h5py.regionref_dtype, h5py.string_dtype(), [("a", "f4")], "S3"],
    ids=["reference", "region", "text", "record", "bytes"],
)
def test_datasets_that_hold_no_numbers_are_listed_and_not_read(dtype, tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("vars/0", (2,), dtype)
        file["b/vars/0"] = np.ones(2)
    if fault_of(path).code != "DI133":  # references that were never written take no room
        assert fault_of(path).code == "DI136"


GIVEN_ELSEWHERE = {"DI136", "DI139", "DI140"}  # by tensors and names, not by whole files


def test_every_code_of_weight_files_is_given_by_a_case():
    of_weights = {code for code in CODES if "DI130" <= code < "DI150"}
    assert {case.code for case in CASES} | GIVEN_ELSEWHERE == of_weights | {"DI101"}
