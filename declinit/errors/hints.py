"""The near miss: which of the known words a misspelt one may stand for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

LONGEST = 100
MOST = 10_000


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """A hint that names the choice nearest to a misspelt word, if one is near.

    Comparing takes time that grows with the square of the length, so nothing that is longer than
    `LONGEST` is compared, and no more than `MOST` choices are.
    """
    if len(word) > LONGEST:
        return None
    by_folded: dict[str, list[str]] = {}
    for choice in sorted(islice((one for one in choices if len(one) <= LONGEST), MOST)):
        by_folded.setdefault(choice.casefold(), []).append(choice)
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    if not near:
        return None
    spellings = by_folded[near[0]]  # `zeros` and `Zeros`: the one written more like the word
    best = max(spellings, key=lambda choice: difflib.SequenceMatcher(None, word, choice).ratio())
    return f"did you mean {best!r}?"
