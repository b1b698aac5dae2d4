"""The one way that JSON is written: plans, audits and every other document."""

from __future__ import annotations

import json
import re
from typing import Any

# JSON itself escapes only the controls below the space. These would still steer a terminal,
# reorder a line, or (halves of surrogate pairs) could not be encoded at all.
_HAZARDS = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def json_text(data: Any) -> str:
    """Data as the text of a JSON file: one space of indentation, other scripts as they are.

    Args:
        data: anything that JSON can say.

    Returns:
        The text, which ends with a newline and is safe to show on a terminal.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return _HAZARDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
