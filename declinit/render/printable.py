"""Text that a spec, a model or a file supplied, without what would steer the terminal.

What people read has a replacement character in the place of every hazard; what programs read has
the hazards escaped, see `serialization`.
"""

from __future__ import annotations

import codecs
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
