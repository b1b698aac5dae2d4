"""`Problem`: one fault, and the `Place` in a `Source` that it points to."""

from __future__ import annotations

import functools
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning"]
WIDTH = 120


@dataclass(frozen=True, slots=True)
class Source:
    """A named text that places point into: a spec file, or a command-line option."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """The text of one line, counted from 1; empty past the end."""
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


@functools.lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return text.splitlines()


@dataclass(frozen=True, slots=True)
class Place:
    """One character of a source, or one value of data that was never text.

    Attributes:
        source: the text, or the name of the data if its text is empty.
        line: counted from 1.
        column: counted from 1.
        path: the keys that lead to a value of data from Python: `rules[3].initializer.stddev`.
    """

    source: Source
    line: int
    column: int
    path: str = ""

    def __str__(self) -> str:
        if self.source.text:
            return f"{self.source.name}:{self.line}:{self.column}"
        return self.path or self.source.name

    def snippet(self) -> str:
        """The source line with a caret below the place, or as much of it as a screen shows."""
        line = self.source.line(self.line)
        start = max(0, self.column - WIDTH // 2) if len(line) > WIDTH else 0
        # Control characters of a file that is not text must not reach a terminal.
        shown = "".join(
            c if c.isprintable() or c == "\t" else "\ufffd" for c in line[start : start + WIDTH]
        ).rstrip()
        indent = len(shown) - len(shown.lstrip())
        caret = max(0, self.column - 1 - start - indent)
        return f"    {shown.lstrip()}\n    {' ' * caret}^" if shown else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what was expected and received, where, and the near miss if there is one.

    Attributes:
        code: the key of `declinit.errors.CODES` that explains this kind of fault.
        message: what is wrong, on one line.
        where: the place at fault.
        hint: what to write instead, or what else may help.
        severity: whether work can go on.

    Example:
        >>> rules = [{"match": "dense_1/kernel", "initializer": "zeros"}]
        >>> problem = declinit.Spec.from_config({"declinit": 1, "rules": rules}).lint()[0]
        >>> problem.code, problem.severity
        ('DI334', 'warning')
        >>> print(problem.hint)
        another layer has the name once one is added before it; name the layers
    """

    code: str
    message: str
    _: KW_ONLY
    where: Place | None = None
    hint: str | None = None
    severity: Severity = "error"

    @property
    def headline(self) -> str:
        """The problem on one line: `file:line:column: message; hint [code]`."""
        place = f"{self.where}: " if self.where else ""
        level = "warning: " if self.severity == "warning" else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{level}{self.message}{hint} [{self.code}]"

    def __str__(self) -> str:
        snippet = self.where.snippet() if self.where else ""
        return f"{self.headline}\n{snippet}" if snippet else self.headline

    def at(self, where: Place) -> Problem:
        """The same problem at a place; the code that finds a fault may not know where its text is.

        Example:
            >>> rule = declinit.load("policy.yaml").rules[0]
            >>> print(declinit.Problem("DI302", "it matches no variable").at(rule.where).headline)
            policy.yaml:4:5: it matches no variable [DI302]
        """
        return replace(self, where=where)

    def to_dict(self) -> dict[str, object]:
        """The problem as JSON-serializable data.

        Example:
            >>> problem = declinit.Problem("DI302", "it matches no variable", hint="remove it")
            >>> problem.to_dict()["hint"]
            'remove it'
        """
        where = self.where
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "file": where.source.name if where else None,
            "line": where.line if where else None,
            "column": where.column if where else None,
            "path": (where.path or None) if where else None,
        }
