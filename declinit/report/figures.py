"""Matplotlib's figures as SVG that belongs to its page: its colours, its font, no ids of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from declinit.render.printable import printable
from declinit.report.extras import module

# Colours that no figure would have, and what the page's style calls the real ones.
INK, FIRST, SECOND, THIRD, GROUND = "#010203", "#010204", "#010205", "#010206", "#010207"
_NAMES = {
    INK: "var(--muted)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
    GROUND: "var(--ground)",
}

_SETTINGS: Mapping[str, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 11,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "declinit",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"#([\w-]+)")
_FONT = re.compile(r"font: (?:[\w.]+ )?([\d.]+)px [^;]*")


class Canvas:
    """A figure to draw on, and its SVG.

    Args:
        width: in pixels, as wide as the page shows it at most.
        height: in pixels.
    """

    def __init__(self, width: float, height: float) -> None:
        self._matplotlib = module("matplotlib")
        with self._matplotlib.rc_context(_SETTINGS):
            figure = module("matplotlib.figure").Figure
            self.figure = figure(figsize=(width / 72, height / 72), layout="constrained")
            self.axes: Any = self.figure.add_subplot()

    def svg(self, key: str, says: str) -> str:
        """The figure as an element of a page.

        Args:
            key: sets the ids in it apart from those of other figures.
            says: what it shows, for who cannot see it.
        """
        text = io.StringIO()
        with self._matplotlib.rc_context(_SETTINGS):
            self.figure.patch.set_visible(False)
            self.axes.patch.set_visible(False)
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            self.figure.savefig(text, format="svg", metadata=nothing)
        return _of_page(text.getvalue(), key, says)


def _of_page(svg: str, key: str, says: str) -> str:
    root = ElementTree.fromstring(svg)
    for element in list(root):
        if element.tag in (f"{_SVG}metadata", f"{_SVG}defs") and not _is_needed(element):
            root.remove(element)
    _rename(root, key)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        if "style" in element.attrib:
            element.set("style", _style_of_page(element.attrib["style"]))
    view = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "role": "img", "aria-label": printable(says)})
    return ElementTree.tostring(root, encoding="unicode")


def _is_needed(element: ElementTree.Element) -> bool:
    """Whether something in it may be referred to; Matplotlib's own style sheet is for the page."""
    return any("id" in inner.attrib for inner in element.iter())


def _rename(root: ElementTree.Element, key: str) -> None:
    """Keep those ids that something refers to, under names that no other figure has."""
    used = {name for one in root.iter() for name in _references(one)}
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if name in used:
            element.set("id", f"{key}-{name}")
        link = element.attrib.pop(_LINK, "")
        if link:
            element.set("href", _REFERENCE.sub(rf"#{key}-\1", link))
        for attribute in ("clip-path", "style"):
            if "url(#" in element.get(attribute, ""):
                text = element.attrib[attribute].replace("url(#", f"url(#{key}-")
                element.set(attribute, text)


def _references(element: ElementTree.Element) -> list[str]:
    texts = [element.get(_LINK, "")]
    texts += [
        text for text in (element.get("clip-path", ""), element.get("style", "")) if "url(#" in text
    ]
    return [name for text in texts for name in _REFERENCE.findall(text)]


def _style_of_page(style: str) -> str:
    text = _FONT.sub(r"font-size: \1px", style)
    for colour, name in _NAMES.items():
        text = text.replace(colour, name)
    return text
