"""Files of weights that the command line names; apart from `inputs`, which loads NumPy."""

from __future__ import annotations

from collections.abc import Iterable

from declinit.cli.exits import UsageError
from declinit.errors import Problem


def checkpoints_of(texts: Iterable[str]) -> dict[str, str]:
    """The files of weights that texts `NAME=PATH` name.

    Raises:
        UsageError: if one is no such text, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            message = f"--checkpoint {text!r}: expected NAME=PATH"
            raise UsageError(Problem("DI703", message))
        if name in found:
            raise UsageError(Problem("DI701", f"--checkpoint {name} is given twice"))
        found[name] = path
    return found
