"""Every code of a fault: what it means, an example, and what to do."""

from __future__ import annotations

import itertools

from declinit.errors.codes import CODES, Code
from tasks.reference.markdown import block, prose, section

# As the docstring of the table of codes divides them.
HUNDREDS = {
    "DI1": "Reading files and text",
    "DI2": "What a document says",
    "DI3": "A policy and a model",
    "DI4": "Models and arguments of functions",
    "DI5": "Plans and audits as documents",
    "DI6": "Initializers and the portable generator",
    "DI7": "The command line, and files to write",
}


def codes_reference() -> str:
    """The codes in order, by what they are about."""
    groups = itertools.groupby(sorted(CODES.values(), key=lambda one: one.code), _hundred)
    return "\n".join(
        section(2, HUNDREDS[hundred], *map(code_section, codes)) for hundred, codes in groups
    )


def _hundred(code: Code) -> str:
    return code.code[:3]


def code_section(code: Code) -> str:
    """One code."""
    return section(
        3,
        f"{code.code}: {prose(code.title)}",
        prose(code.why) + "\n",
        f"**What to do.** {prose(code.mend)}\n",
        example_block(code.example),
        target=code.code,
    )


def example_block(example: str) -> str:
    """The example of a code, in the language that it is in."""
    if example.startswith(">>>"):
        return block("python", example.removeprefix(">>> "))
    if example.startswith("$"):
        return block("console", example)
    if example.startswith("--"):
        return block("console", f"$ declinit plan spec.yaml --model module:build {example}")
    return block("json" if example.startswith('{"') else "yaml", _visible(example))


def _visible(text: str) -> str:
    """A text without what no page can show."""
    shown = (char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)
    return "".join(shown)
