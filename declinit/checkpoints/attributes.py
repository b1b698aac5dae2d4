"""Texts that an HDF5 file keeps as attributes, read without the HDF5 library.

Keras records names of layers as texts of variable length, which lie in global heaps. On damaged
heaps the library runs for ever or crashes (HDF5 1.14), which no `except` can mend, so that these
few bytes are read here: of objects with headers of version 1, the only ones that Keras writes.
The attributes of other objects are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from declinit.checkpoints.regions import Region
from declinit.checkpoints.tensors import LONGEST_NAME

_HEADER = struct.Struct("<BxHLL4x")
_MESSAGE = struct.Struct("<HHB3x")
_CONTINUATION = struct.Struct("<QQ")
_ATTRIBUTE = struct.Struct("<BxHHH")
_VARIABLE = struct.Struct("<LQL")
_HEAP = struct.Struct("<8sQ")
_OBJECT = struct.Struct("<HHIQ")

_IS_ATTRIBUTE, _IS_CONTINUATION = 0x0C, 0x10
_TEXT_OF_VARIABLE_LENGTH = (0x19, 0x01)  # version 1 and class 9; the lowest bits of its flags
_SCALAR = b"\x01\x00"  # version 1, no axes
_HEAP_START = b"GCOL\1\0\0\0"
MOST_BLOCKS = 64
LARGEST_BLOCK = 2**20


def text_attribute(region: Region, address: int, name: str) -> str | None:
    """A text of variable length among the attributes of an HDF5 object.

    Args:
        region: the file.
        address: of the object's header.
        name: of the attribute.

    Returns:
        The text, or None if there is no such attribute, or it is anything else.

    Raises:
        CheckpointError: if the header or the heap leads beyond the end of the file.
        ValueError: if the text is not UTF-8.
        struct.error: if the header or the heap is damaged.
    """
    for kind, message in _messages(region, address):
        if kind == _IS_ATTRIBUTE:
            found = _reference(message, name)
            if found is not None:
                return _heap_text(region, *_VARIABLE.unpack(found))
    return None


def _messages(region: Region, address: int) -> Iterator[tuple[int, bytes]]:
    """The messages of a header and of the blocks that continue it."""
    version, _, _, size = _HEADER.unpack(region.bytes_at(address, _HEADER.size))
    if version != 1:
        return
    blocks = [(address + _HEADER.size, size)]
    for count in range(MOST_BLOCKS):
        if count == len(blocks):
            return
        start, length = blocks[count]
        if length > LARGEST_BLOCK:
            return
        data = region.bytes_at(start, length)
        at = 0
        while at + _MESSAGE.size <= len(data):
            kind, size, _ = _MESSAGE.unpack_from(data, at)
            message = data[at + _MESSAGE.size : at + _MESSAGE.size + size]
            if kind == _IS_CONTINUATION:
                blocks.append(_CONTINUATION.unpack_from(message))
            yield kind, message
            at += _MESSAGE.size + size


def _reference(message: bytes, name: str) -> bytes | None:
    """Where the text of an attribute is, if it has this name and is one text."""
    version, name_size, type_size, space_size = _ATTRIBUTE.unpack_from(message)
    at = _ATTRIBUTE.size
    parts = []
    for size in (name_size, type_size, space_size):
        parts.append(message[at : at + size])
        at += (size + 7) // 8 * 8
    said, kind, space = parts
    if version != 1 or said.rstrip(b"\0") != name.encode() or len(kind) < 2:
        return None
    if (kind[0], kind[1] & 0x0F) != _TEXT_OF_VARIABLE_LENGTH or not space.startswith(_SCALAR):
        return None
    return message[at : at + _VARIABLE.size]


def _heap_text(region: Region, length: int, heap: int, wanted: int) -> str | None:
    """An object of a global heap: the one with the wanted number."""
    start, size = _HEAP.unpack(region.bytes_at(heap, _HEAP.size))
    if start != _HEAP_START or length > LONGEST_NAME or size > LARGEST_BLOCK:
        return None
    data = region.bytes_at(heap, size)
    at = _HEAP.size
    while at + _OBJECT.size <= len(data):
        index, _, _, stored = _OBJECT.unpack_from(data, at)
        if index == wanted and length <= stored:
            return data[at + _OBJECT.size : at + _OBJECT.size + length].decode("utf-8")
        if index == 0:
            return None
        at += _OBJECT.size + (stored + 7) // 8 * 8
    return None
