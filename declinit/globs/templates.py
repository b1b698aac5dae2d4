"""`Template`: a new path made of what a pattern captured, `encoder/{l}/attn/{x}`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from declinit.errors import Problem, did_you_mean
from declinit.globs.parsing import GlobError

_PIECE = re.compile(
    r"\\(?P<escaped>.)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<plain>.)", re.DOTALL
)
_EMPTY_SEGMENT = re.compile(r"(?:^|(?<=/))(?=/|$)")
_NO_TEXT = frozenset("*?[]{}\\")


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a captured value goes."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A path with holes: compares and prints by its text.

    A captured number is written without leading zeros; whoever needs them captures `{x:*}`.
    """

    text: str
    pieces: tuple[str | Hole, ...]

    @classmethod
    def parse(cls, text: str, captures: Collection[str]) -> Template:
        r"""Parse a target.

        Args:
            text: a path; `{l}` stands for what the pattern captured as `l`, as often as wanted,
                and `\` makes the next character stand for itself.
            captures: the names that the pattern captures.

        Raises:
            GlobError: where it is malformed, or names what is not captured, with the column.
        """
        empty = _EMPTY_SEGMENT.search(text)
        if empty:
            problem = Problem("DI238", "a segment must not be empty")
            raise _error(text, empty.start(), problem)
        return cls(text, tuple(_piece(text, found, captures) for found in _PIECE.finditer(text)))

    def fill(self, values: Mapping[str, int | str]) -> str:
        """The path, with a value in each hole.

        Raises:
            GlobError: if a segment comes out empty, since an empty text was captured.
        """
        parts = (str(values[p.name]) if isinstance(p, Hole) else p for p in self.pieces)
        path = "".join(parts)
        if "" in path.split("/"):
            message = f"the path comes out as {path!r}, with an empty segment"
            raise _error(self.text, 0, Problem("DI238", message))
        return path

    def __str__(self) -> str:
        return self.text


def _piece(text: str, found: re.Match[str], captures: Collection[str]) -> str | Hole:
    name, plain = found["name"], found["plain"]
    if name and name not in captures:
        hint = did_you_mean(name, captures) or f"write '{{{name}}}' in the pattern"
        problem = Problem("DI238", f"the pattern captures no {name!r}", hint=hint)
        raise _error(text, found.start(), problem)
    if plain and plain in _NO_TEXT:
        hint = f"write '\\{plain}' for the character, or capture in the pattern and name it here"
        problem = Problem("DI238", f"{plain!r} has no meaning in a target", hint=hint)
        raise _error(text, found.start(), problem)
    return Hole(name) if name else plain or found["escaped"]


def _error(text: str, at: int, problem: Problem) -> GlobError:
    message = f"target {text!r}: {problem.message}"
    return GlobError(replace(problem, message=message), at + 1)
