"""What is written in which format: a format is a module of `formats`.

Each has `WRITES`, the types that it writes, each with the function that gives the text.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from declinit.render import formats
from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems
from declinit.render.report import Report
from declinit.render.style import Style

Renderer = Callable[[Any, Style], str]

TEXT = "text"


@cache
def _renderers() -> Mapping[tuple[type, str], Renderer]:
    names = sorted(one.name for one in pkgutil.iter_modules(formats.__path__))
    return {
        (kind, name): renderer
        for name in names
        for kind, renderer in importlib.import_module(f"{formats.__name__}.{name}").WRITES.items()
    }


def formats_of(kind: type) -> tuple[str, ...]:
    """The formats that a layout, a report or faults can be written in; that for people is first."""
    names = (name for rendered, name in _renderers() if rendered is kind)
    return tuple(sorted(names, key=lambda name: (name != TEXT, name)))


def render(value: Layout | Report | Problems, format: str, style: Style) -> str:  # noqa: A002
    """A layout, a report, or faults, in a format.

    Args:
        value: what to write.
        format: one of `formats_of` its type.
        style: whether for a person, and in colour.
    """
    return _renderers()[type(value), format](value, style)
