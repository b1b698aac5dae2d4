"""The tokens of a formula, each with its offset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from declinit.errors import Problem
from declinit.formulas.faults import fault_in

MAX_LENGTH = 1_000

_TOKEN = re.compile(
    r"""
      (?P<blank>  [ \t\r\n]+)
    | (?P<number> (?: [0-9]+ (?: \.[0-9]* )? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )?)
    | (?P<name>   [A-Za-z_][A-Za-z0-9_]*)
    | (?P<group>  \$[A-Za-z_][A-Za-z0-9_]*)
    | (?P<path>   "[^"]*" | '[^']*')
    | (?P<sign>   \*\* | [-+*/(),.])
    """,
    re.VERBOSE,
)
_WRITTEN_OTHERWISE = {
    "^": "write '**' for a power",
    "%": "write 'a - b * floor(a / b)' for a remainder",
    "×": "write '*'",  # noqa: RUF001  (people paste these)
    "·": "write '*'",
    "÷": "write '/'",
    "−": "write '-'",  # noqa: RUF001
    "–": "write '-'",  # noqa: RUF001
    "²": "write '** 2'",
    "³": "write '** 3'",
    "√": "write 'sqrt(...)'",
    "π": "write 'pi'",
    "[": "write '(' and ')'",
    "]": "write '(' and ')'",
    "{": "a formula names a capture without braces",
    "}": "a formula names a capture without braces",
    "$": "'$' begins the name of a group, as in 'size($embedding, -1)'",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula.

    Attributes:
        kind: `number`, `name`, `group`, `path`, `sign` or `end`.
        text: as it is written; empty at the end.
        column: of its first character, counted from 1.
    """

    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return repr(self.text) if self.text else "the end"


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a formula, with one for its end.

    Raises:
        FormulaError: at a character that begins no token, or if the text is too long.
    """
    if len(text) > MAX_LENGTH:
        message = f"a formula has at most {MAX_LENGTH:,} characters, received {len(text):,}"
        raise fault_in(f"{text[:20]}...", Problem("DI234", message), MAX_LENGTH + 1)
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise fault_in(text, _stray(text[at]), at + 1)
        if found.lastgroup != "blank":
            yield Token(str(found.lastgroup), found[0], at + 1)
        at = found.end()
    yield Token("end", "", len(text) + 1)


def _stray(char: str) -> Problem:
    if char in "\"'":
        return Problem("DI231", f"the quote {char} is never closed")
    return Problem("DI231", f"unexpected {char!r}", hint=_WRITTEN_OTHERWISE.get(char))
