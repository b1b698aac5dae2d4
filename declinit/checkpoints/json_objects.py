"""Small JSON objects in weight files: the header of a safetensors file, an index of shards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from declinit.checkpoints.faults import damaged, exceeds, repeated

# Enough for 250,000 tensors; parsed, it may take twenty times as much memory.
MOST_BYTES = 32 * 2**20


class _RepeatedKeyError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_object(path: Path, data: bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object.

    Args:
        path: the file, for messages.
        data: its text.
        what: what to call it in messages.

    Raises:
        CheckpointError: if it is no JSON object, or a key in it is repeated.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repetition)
    except _RepeatedKeyError as error:
        raise repeated(path, error.key) from None
    except (ValueError, RecursionError):
        raise damaged(path, f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise damaged(path, f"{what} is not a JSON object")
    return value


def refuse_length(path: Path, length: int, what: str) -> None:
    """Refuse a text that is too long to be parsed."""
    if length > MOST_BYTES:
        message = f"{what} of {length:,} bytes; at most {MOST_BYTES // 2**20} MiB are read"
        raise exceeds(path, message)


def _without_repetition(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKeyError(key)
        found[key] = value
    return found
