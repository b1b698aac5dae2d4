"""The table of renderers: what is written in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from declinit.render.formats.github import problems_github
from declinit.render.formats.json import layout_json, problems_json
from declinit.render.formats.markdown import layout_markdown, problems_markdown
from declinit.render.formats.text import layout_text, problems_text
from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems
from declinit.render.style import Style

# The command line offers the formats of a type in this order.
RENDERERS: Mapping[tuple[type, str], Callable[[Any, Style], str]] = {
    (Layout, "text"): layout_text,
    (Layout, "json"): layout_json,
    (Layout, "markdown"): layout_markdown,
    (Problems, "text"): problems_text,
    (Problems, "json"): problems_json,
    (Problems, "markdown"): problems_markdown,
    (Problems, "github"): problems_github,
}


def formats_of(kind: type) -> tuple[str, ...]:
    """The formats that a layout, or faults, can be written in."""
    return tuple(name for rendered, name in RENDERERS if rendered is kind)


def render(value: Layout | Problems, format: str, style: Style) -> str:  # noqa: A002
    """A layout, or faults, in a format.

    Args:
        value: what to write.
        format: one of `formats_of` its type.
        style: whether for a person, and in colour.
    """
    return RENDERERS[type(value), format](value, style)
