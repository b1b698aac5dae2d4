"""A page as a tree that tests can look through."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import declinit

VOID = {"meta", "input", "link", "br", "img"}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element | str] = []

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return " ".join(self._raw().split())

    def _raw(self) -> str:
        if self.tag in {"script", "style"}:
            return ""
        parts = (child if isinstance(child, str) else child._raw() for child in self.children)
        return "".join(parts)

    def find(self, tag: str, kind: str = "", key: str = "") -> list[Element]:
        return [
            one
            for one in self.walk()
            if one.tag == tag
            and (not kind or kind in (one.attributes.get("class") or "").split())
            and (not key or one.attributes.get("id") == key)
        ]

    def one(self, tag: str, kind: str = "", key: str = "") -> Element:
        (found,) = self.find(tag, kind, key)
        return found

    def rows(self) -> list[list[str]]:
        """The cells of a table's body."""
        body = self.one("tbody")
        return [[cell.text for cell in row.find("td")] for row in body.find("tr")]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parsed(text: str) -> Element:
    """The page; every element of it must be ended."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    assert len(builder.open) == 1, [one.tag for one in builder.open]
    return builder.root


def process(folder: Path, *lines: tuple[str, ...]) -> None:
    """Run commands in a process of their own, on the backend that builds models the fastest."""
    code = f"from declinit.cli import main\nfor line in {lines!r}:\n    assert main(line) == 0"
    root = str(Path(declinit.__file__).parent.parent)
    own = {"PYTHONPATH": os.pathsep.join([root, str(folder)]), "KERAS_BACKEND": "numpy"}
    command = (sys.executable, "-c", code)
    subprocess.run(command, cwd=folder, env={**os.environ, **own}, check=True, capture_output=True)
