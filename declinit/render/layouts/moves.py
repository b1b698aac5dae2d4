"""The `moved` list that keeps the seeds of renamed layers, as YAML to paste."""

from __future__ import annotations

import re
from collections.abc import Iterator

from declinit.policy.moves import Moves
from declinit.render.layout import Listing
from declinit.serialization import json_text

TITLE = "to keep the seeds of what was renamed, let the policy say:"

# Names with a slash are no numbers, dates or booleans in any YAML; other words may be.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[/.][A-Za-z0-9_]+)*")
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])


def moves_listings(moves: Moves) -> Iterator[Listing]:
    """The list, if there is anything to move."""
    if moves.sources:
        lines = (
            f"  - {{from: {_scalar(before)}, to: {_scalar(now)}}}"
            for now, before in moves.sources.items()
        )
        yield Listing(title=TITLE, language="yaml", lines=("moved:", *lines))


def _scalar(text: str) -> str:
    """A text in YAML's flow style; quoted as in JSON, which escapes what steers a terminal."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json_text(text).rstrip("\n")
