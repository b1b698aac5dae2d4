"""Text that a spec, a model or a file supplied, without what would steer the terminal."""

from __future__ import annotations

REPLACEMENT = "\ufffd"


def printable(text: str, keep: str = "") -> str:
    """The text with every control character replaced, line breaks and tabs included.

    Args:
        text: whatever a file holds.
        keep: control characters that the caller lays out itself, such as line breaks.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else REPLACEMENT for char in text)
