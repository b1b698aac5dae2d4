"""Codes of faults: what one means, and how to mend what it stands for."""

from __future__ import annotations

from declinit.errors.codes import Code
from declinit.render.layout import Fact, Facts, Layout


def code_layout(code: Code) -> Layout:
    """A code: its title, why it is a fault, how to mend it, and an example."""
    facts = (Fact("why", (code.why,)), Fact("to mend", (code.mend,)))
    about = Facts(subject=code.code, about=f": {code.title}", facts=facts)
    lines = tuple(Fact("", (line,)) for line in code.example.splitlines())
    example = (Facts(subject="example", facts=lines),) if lines else ()
    return Layout(document=lambda: _document(code), tables=(about, *example))


def _document(code: Code) -> dict[str, str | int]:
    return {
        "declinit_code": 1,
        "code": code.code,
        "title": code.title,
        "why": code.why,
        "mend": code.mend,
        "example": code.example,
    }
