"""Digests of weight files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from declinit.checkpoints.regions import close_region, open_region


def file_digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits, read piece by piece.

    Raises:
        CheckpointError: if it cannot be read.
    """
    region = open_region(path)
    try:
        return hashlib.file_digest(region, "sha256").hexdigest()  # type: ignore[arg-type]
    finally:
        close_region(region)
