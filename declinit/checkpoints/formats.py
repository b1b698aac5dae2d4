"""What a file is, by its first bytes; names of files are often wrong."""

from __future__ import annotations

from typing import Literal

from declinit.checkpoints.faults import damaged, pickled, unknown_format
from declinit.checkpoints.regions import Region
from declinit.checkpoints.zips import Archive

Format = Literal["hdf5", "zip", "index", "safetensors"]

HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = (b"PK\3\4", b"PK\5\6")
_PICKLE = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
_CONVERT = (
    "convert it where it comes from: "
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
)
_OTHERS = {
    b"\x93NUMPY": ("a single NumPy array", "save it with `numpy.savez`, which gives it a name"),
    b"\x1f\x8b": ("a gzip archive", "unpack it"),
    b"version https://git-lfs": ("a pointer of git LFS", "fetch the file: `git lfs pull`"),
}


def format_of(region: Region) -> Format:
    """The format of a file by its content.

    Raises:
        CheckpointError: if it is a pickle, empty, or of no format that is read.
    """
    head = region.bytes_at(0, 32)
    if not head:
        raise damaged(region.path, "it is empty")
    if head.startswith(HDF5):
        return "hdf5"
    if head.startswith(_ZIP):
        return "zip"
    # A safetensors file begins with a length, which may look like anything.
    if head[8:9] == b"{":
        return "safetensors"
    if head.startswith(_PICKLE):
        raise pickled(region.path, _received(region, "the file"), _CONVERT)
    if head.lstrip().startswith(b"{"):
        return "index"
    for start, (received, hint) in _OTHERS.items():
        if head.startswith(start):
            raise unknown_format(region.path, _received(region, received), hint)
    raise unknown_format(region.path, _received(region, "something else"))


def refuse_pickles(archive: Archive) -> None:
    """Refuse what PyTorch saves: a zip archive around a pickle."""
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in archive.members):
        raise pickled(archive.path, "the file, saved by PyTorch,", _CONVERT)


def _received(region: Region, received: str) -> str:
    """What was received, with the ending of the file if that promises something else."""
    endings = (".h5", ".hdf5", ".keras", ".npz", ".safetensors", ".json")
    if region.path.suffix.lower() in endings:
        return f"{received} under the name of a {region.path.suffix} file"
    return received
