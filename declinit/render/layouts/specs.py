"""Specs, with everything they extend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declinit.render.layout import Cell, Layout


def spec_layout(config: Mapping[str, Any], text: str) -> Layout:
    """A spec as a file that may be kept.

    Args:
        config: the spec as data.
        text: the file.
    """
    return Layout(document=lambda: dict(config), notes=tuple(map(Cell, text.splitlines())))
