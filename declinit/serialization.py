"""The one way that JSON is written: plans, audits and every other document."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# JSON itself escapes only the controls below the space. These would still steer a terminal,
# reorder or hide a part of a line, or (halves of surrogate pairs) could not be encoded at all. The
# list is Unicode's of controls, formats and separators, written out: a Python that knows a later
# Unicode must not write other bytes. It ends at U+FFFF, since YAML does not read pairs of escapes.
_HAZARDS = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def json_text(data: Any) -> str:
    """Data as the text of a JSON file: one space of indentation, other scripts as they are.

    Args:
        data: anything that JSON can say. Of floats that JSON has no number for, which a layer's
            config may hold, it is the name: `"Infinity"`, `"-Infinity"`, `"NaN"`.

    Returns:
        The text, which ends with a newline and is safe to show on a terminal.
    """
    try:
        text = _dumped(data)
    except ValueError:
        text = _dumped(_nameable(data))
    return without_hazards(text) + "\n"


def _dumped(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)


def _nameable(data: Any) -> Any:
    if isinstance(data, float) and not math.isfinite(data):
        return json.dumps(data)
    if isinstance(data, dict):
        return {key: _nameable(value) for key, value in data.items()}
    return [_nameable(value) for value in data] if isinstance(data, (list, tuple)) else data


def without_hazards(text: str) -> str:
    """A text of JSON, or of double-quoted YAML, with hazards escaped as both can read them."""
    return _HAZARDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
