"""Text that a spec, a model or a file supplied, without what would steer the terminal.

What people read has a replacement character in the place of every hazard; what programs read has
the hazards escaped, see `serialization`.
"""

from __future__ import annotations

import codecs
import re
from html import escape
from typing import Any

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


def encodable(text: str, stream: Any) -> str:
    """The text as a stream can take it: what its encoding lacks is escaped, as JSON escapes it.

    Args:
        text: to be written.
        stream: with an `encoding`.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "declinit").decode(encoding)


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


codecs.register_error("declinit", _escape)


def html(text: str) -> str:
    """The text for an element or an attribute of HTML, in which nothing of it has a meaning.

    Args:
        text: whatever a file holds.
    """
    return escape(printable(text))


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
