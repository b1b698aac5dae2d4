"""The first of many faults, with their number: a long list of them helps nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from declinit.errors.problems import Problem

MOST_SHOWN = 100
MOST_COUNTED = 1_000
"""Finding a fault takes up to a millisecond, so what is beyond a second's work is not counted."""


def bounded(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The faults that are looked for: one more than are counted, so that there are seen to be more.

    Args:
        problems: in their order.
    """
    return islice(problems, MOST_COUNTED + 1)


def shorten(problems: Iterable[Problem]) -> list[Problem]:
    """The first faults, and behind them how many there are.

    Args:
        problems: in their order; no more are drawn from it than are counted.
    """
    found = list(bounded(problems))
    if len(found) <= MOST_SHOWN:
        return found
    count = f"more than {MOST_COUNTED:,}" if len(found) > MOST_COUNTED else len(found)
    message = f"{count} faults, of which the first {MOST_SHOWN} are shown"
    return [*found[:MOST_SHOWN], Problem("DI102", message, where=found[MOST_SHOWN].where)]
