"""Text that a spec, a model or a file supplied, without what would steer the terminal."""

from __future__ import annotations

import re

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


# A run of these means nothing to Markdown, HTML or GitHub, within a line. A `_` between letters is
# no emphasis; an address of the web would become a link.
_WORDS = re.compile(r"(?!.*(?:://|www\.))(?:[^\W_]|[ ,.;:()/%='+-]|(?<=[^\W_])_(?=[^\W_]))*")
# Between backticks nothing has a meaning but the backtick, and in a table the bar.
_CODE = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")


def markdown(text: str) -> str:
    """The text for a line or a table's cell of Markdown, in which nothing of it has a meaning.

    What is more than plain words becomes code: there GitHub makes no mention of anybody, no link
    and no reference either.

    Args:
        text: whatever a file holds.
    """
    shown = printable(text)
    if _WORDS.fullmatch(shown):
        return shown
    if _CODE.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_NO_WORD.sub(_reference, shown)}</code>"


_NO_WORD = re.compile(r"[^\w ]|_")


def _reference(found: re.Match[str]) -> str:
    """A character by its number, which is never syntax."""
    return f"&#{ord(found[0])};"
