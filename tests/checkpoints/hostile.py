"""Files that no library writes: each a name, the code of its fault, and a part of its message."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

Maker = Callable[[Path], None]


class Case(NamedTuple):
    """A file that is refused."""

    file: str
    code: str
    message: str
    make: Maker


def header_file(header: object, data: bytes = b"") -> Maker:
    """A safetensors file of a header, given as data or as bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return lambda path: write(path, struct.pack("<Q", len(text)) + text + data) and None


def write(path: Path, data: bytes) -> int:
    return path.write_bytes(data)


def bytes_file(data: bytes) -> Maker:
    return lambda path: write(path, data) and None


def u8(start: int, stop: int, *shape: int) -> dict:
    return {"dtype": "U8", "shape": list(shape), "data_offsets": [start, stop]}


def h5_file(fill: Callable[[h5py.File], object]) -> Maker:
    def make(path: Path) -> None:
        with h5py.File(path, "w") as file:
            fill(file)

    return make


def zip_file(*members: tuple[str, bytes], deflated: bool = False) -> Maker:
    def make(path: Path) -> None:
        kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", kind) as archive:
            for name, data in members:
                archive.writestr(name, data)

    return make


def npy_bytes(array: np.ndarray, claimed: bytes | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array)
    data = stream.getvalue()
    return data.replace(b"(2,), }", claimed) if claimed else data


def zip_that_claims(path: Path) -> None:
    """A member whose size in the directory is 2**60, by a zip64 record."""
    zip_file(("a.npy", npy_bytes(np.zeros(2))))(path)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    path.write_bytes(data)


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "a", (2,))
    file.create_virtual_dataset("vars/0", layout)


def external_storage(file: h5py.File) -> None:
    file.create_dataset("vars/0", (2,), "f4", external=[("/etc/passwd", 0, 8)])


def linked(link: object) -> Callable[[h5py.File], None]:
    def fill(file: h5py.File) -> None:
        file["a/vars/0"] = np.zeros(2)
        file["b"] = link

    return fill


def circle(file: h5py.File) -> None:
    file["a/b/vars/0"] = np.zeros(2)
    file["a/b/c"] = file["a"]


def deep(file: h5py.File) -> None:
    file["/".join("a" * 80)] = np.zeros(2)


def unstored(file: h5py.File) -> None:
    file.create_dataset("vars/0", (2**40,), "f4", chunks=(1024,))


def unwritten(file: h5py.File) -> None:
    file.create_dataset("vars/0", (2**40,), "f4")


def compressed(file: h5py.File) -> None:
    file.create_dataset("vars/0", data=np.zeros(4096), compression="gzip")


def index_file(places: object) -> Maker:
    return bytes_file(json.dumps({"weight_map": places}).encode())


ONE = header_file({"a": u8(0, 1, 1)}, b"1")
CONTROL = {"a\x1b[31m": u8(0, 0, 0)}
TORCH = zip_file(("archive/data.pkl", b"\x80\2}."), ("archive/data/0", b""))

CASES = (
    Case("no.h5", "DI101", "no such file", lambda path: None),
    Case("folder.keras", "DI101", "it is a folder, not a file", Path.mkdir),
    Case("pipe.h5", "DI101", "it is a pipe, not a file", os.mkfifo),
    Case("text.h5", "DI130", "under the name of a .h5 file", bytes_file(b"not weights at all")),
    Case("lfs.h5", "DI130", "a pointer of git LFS", bytes_file(b"version https://git-lfs.example")),
    Case("one.npy", "DI130", "a single NumPy array", bytes_file(npy_bytes(np.zeros(2)))),
    Case("other.keras", "DI130", "without 'model.weights.h5'", zip_file(("a.txt", b"a"))),
    Case("list.json", "DI130", "JSON without 'weight_map'", bytes_file(b'{\n "a" : 1}')),
    Case("pytorch_model.bin", "DI131", "a pickle", TORCH),
    Case("old.pt", "DI131", "a pickle", bytes_file(pickle.dumps([1] * 99, 2))),
    Case("empty.npz", "DI132", "it is empty", bytes_file(b"")),
    Case("eight.safetensors", "DI132", "a header of", bytes_file(b"\0\0\0\1\0\0\0\0{}")),
    Case(
        "huge.safetensors",
        "DI132",
        "1,152,921,504,606,846,976 bytes",
        bytes_file(struct.pack("<Q", 2**60) + b"{}"),
    ),
    Case("json.safetensors", "DI132", "the header is not JSON", header_file(b'{"a": ')),
    Case(
        "deep.safetensors", "DI132", "the header is not JSON", header_file(b'{"a":' + b"[" * 99_999)
    ),
    Case("latin.safetensors", "DI132", "the header is not JSON", header_file(b'{"\xe9": 1}')),
    Case("entry.safetensors", "DI132", "does not describe tensor 'a'", header_file({"a": 1})),
    Case(
        "negative.safetensors",
        "DI132",
        "does not describe",
        header_file({"a": u8(0, 1, -1, -1)}, b"1"),
    ),
    Case(
        "true.safetensors", "DI132", "does not describe", header_file({"a": u8(0, 1, True)}, b"1")
    ),
    Case(
        "claims.safetensors", "DI132", "is not what 'U8'", header_file({"a": u8(0, 1, 2**60)}, b"1")
    ),
    Case(
        "overlap.safetensors",
        "DI132",
        "overlap",
        header_file({"a": u8(0, 2, 2), "b": u8(1, 3, 2)}, b"123"),
    ),
    Case(
        "gap.safetensors",
        "DI132",
        "do not begin at the end",
        header_file({"a": u8(0, 1, 1), "b": u8(2, 3, 1)}, b"123"),
    ),
    Case(
        "beyond.safetensors",
        "DI132",
        "its tensors have 9 bytes",
        header_file({"a": u8(0, 9, 9)}, b"1"),
    ),
    Case("trailing.safetensors", "DI132", "but 2 follow", header_file({"a": u8(0, 1, 1)}, b"12")),
    Case("long.safetensors", "DI133", "at most 32 MiB", header_file(b"{}" + b" " * (33 * 2**20))),
    Case("repeated.safetensors", "DI137", "'a' is given twice", header_file(b'{"a":1,"a":2}')),
    Case("misnamed.safetensors", "DI138", "cannot be shown", header_file(CONTROL)),
    Case("nul.safetensors", "DI138", "cannot be shown", header_file({"a\0": u8(0, 0, 0)})),
    Case(
        "endless.safetensors", "DI138", "longer than 4096", header_file({"a" * 9999: u8(0, 0, 0)})
    ),
    Case("nameless.safetensors", "DI138", "is empty", header_file({"": u8(0, 0, 0)})),
    Case("soft.h5", "DI134", "'/b' is a link", h5_file(linked(h5py.SoftLink("/a")))),
    Case(
        "links.h5",
        "DI134",
        "'/b' is a link",
        h5_file(linked(h5py.ExternalLink("/etc/passwd", "/"))),
    ),
    Case("circle.h5", "DI134", "second name", h5_file(circle)),
    Case("virtual.h5", "DI134", "kept in other files", h5_file(virtual)),
    Case("external.h5", "DI134", "kept in other files", h5_file(external_storage)),
    Case("nested.h5", "DI133", "nest more than 64 deep", h5_file(deep)),
    Case("chunks.h5", "DI133", "claims 4,398,046,511,104 bytes and has 0", h5_file(unstored)),
    Case("fill.h5", "DI133", "claims 4,398,046,511,104 bytes and has 0", h5_file(unwritten)),
    Case("gzip.h5", "DI133", "is compressed", h5_file(compressed)),
    Case(
        "bomb.npz", "DI133", "is to expand", zip_file(("a.npy", bytes(100 * 2**20)), deflated=True)
    ),
    Case(
        "bomb.keras",
        "DI133",
        "is to expand",
        zip_file(("model.weights.h5", bytes(100 * 2**20)), deflated=True),
    ),
    Case("sizes.npz", "DI133", "4,294,967,294 bytes", zip_that_claims),
    Case(
        "claims.npz", "DI132", "bytes of", zip_file(("a.npy", npy_bytes(np.zeros(2), b"(999,),}")))
    ),
    Case(
        "shape.npz", "DI132", "16 bytes of", zip_file(("a.npy", npy_bytes(np.zeros(2), b"(8,), }")))
    ),
    Case(
        "escapes.npz",
        "DI134",
        "leads out of the file",
        zip_file(("../../a.npy", npy_bytes(np.zeros(2)))),
    ),
    Case(
        "absolute.npz",
        "DI134",
        "leads out of the file",
        zip_file(("/a.npy", npy_bytes(np.zeros(2)))),
    ),
    Case(
        "twice.npz",
        "DI137",
        "given twice",
        zip_file(("a.npy", npy_bytes(np.zeros(2))), ("a.npy", npy_bytes(np.ones(2)))),
    ),
    Case("tail.npz", "DI132", "ends before its directory", bytes_file(b"PK\3\4" + bytes(99))),
    Case("up.index.json", "DI134", "no file beside it", index_file({"a": "../../etc/passwd"})),
    Case("root.index.json", "DI134", "no file beside it", index_file({"a": "/etc/passwd"})),
    Case("none.index.json", "DI132", "names no file", index_file({"a": 1})),
    Case(
        "model.safetensors.index.json", "DI135", "no such file", index_file({"a": "x.safetensors"})
    ),
    Case("itself.index.json", "DI130", "not safetensors", index_file({"a": "itself.index.json"})),
)
