"""Public names of the package that the page of Python does not place itself."""

from __future__ import annotations

import declinit
from tasks.pages import DOCS, text_of
from tasks.reference.markdown import block, section

PAGE = DOCS / "reference" / "python.md"
# A number, and a module with a section of its own.
APART = frozenset({"__version__", "initializers"})


def further_names() -> list[str]:
    """The names that a new feature has brought, until somebody places them."""
    placed = {line.rpartition(" ")[2] for line in text_of(PAGE).splitlines() if "::" in line}
    return sorted(set(declinit.__all__) - APART - placed)


def further_reference() -> str:
    """A section of them, or nothing."""
    names = further_names()
    return section(2, "Further names", block("{eval-rst}", _directives(names))) if names else ""


def _directives(names: list[str]) -> str:
    described = (
        f".. autoclass:: {name}\n   :members:" if name[0].isupper() else f".. autofunction:: {name}"
        for name in names
    )
    return "\n".join([".. currentmodule:: declinit", *described])
