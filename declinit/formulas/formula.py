"""`Formula`: parsed once, checked against what is known, computed for each variable."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from declinit.errors import Problem, did_you_mean
from declinit.formulas.arithmetic import NoValue, exact_number, nearest_double
from declinit.formulas.faults import FormulaError, fault_in
from declinit.formulas.names import Count, Index, Name, Reference
from declinit.formulas.parsing import parse_steps
from declinit.formulas.steps import Step, run
from declinit.wording import listed

NOTHING: Mapping[Reference, Decimal] = MappingProxyType({})


class Scope(Protocol):
    """What the names of a formula stand for; a mapping is one."""

    def __getitem__(self, reference: Reference, /) -> int | Decimal:
        """The number, exactly; `KeyError` if it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Formula:
    """One parsed formula: compares and prints by its text.

    Attributes:
        text: as it was written.
        names: what it refers to, in order, each with the column of its first use.
    """

    text: str
    names: Mapping[Reference, int] = field(compare=False, repr=False)
    _steps: tuple[Step, ...] = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Parse a formula; the same text is parsed once.

        Raises:
            FormulaError: where it is malformed, with the column.
        """
        return _parsed(text)

    def value(self, scope: Scope) -> float:
        """The double nearest to the formula's value.

        Args:
            scope: a number for each of `names`.

        Raises:
            FormulaError: if there is no value: division by zero, a root of a negative number, a
                result that no double holds, a name that the scope lacks.
        """
        return _double(self, self._values(scope))

    def exact(self, scope: Scope) -> Decimal:
        """The value before it is rounded to a double: what another formula should compute with.

        Raises:
            FormulaError: if there is no value, or none yet.
        """
        return _number(self, self._values(scope))

    def faults(self, known: Scope = NOTHING) -> tuple[FormulaError, ...]:
        """Everything that already the known numbers make impossible, without a model by default."""
        bound = self._bound(known)
        outcome = run(self._steps, bound)
        found = [self._no_value(why, column, bound) for why, column in outcome.faults]
        if outcome.number is not None:
            try:
                nearest_double(outcome.number)
            except NoValue as why:
                found.append(self._no_value(str(why), 1, bound))
        return tuple(found)

    def unknown(
        self, names: Collection[str], captures: Collection[str]
    ) -> tuple[FormulaError, ...]:
        """The names that stand for nothing, with near misses.

        Args:
            names: what a bare name may be: constants, captured numbers, and fans where there are
                any.
            captures: what `count` and `index` may ask about.
        """
        found = self._unknown_problems(names, captures)
        return tuple(fault_in(self.text, problem, column) for problem, column in found)

    def _unknown_problems(
        self, names: Collection[str], captures: Collection[str]
    ) -> Iterator[tuple[Problem, int]]:
        for reference, column in self.names.items():
            match reference:
                case Name(text) if text not in names:
                    yield _unknown_name(text, names, captures), column
                case Count(capture) | Index(capture) if capture not in captures:
                    yield _unknown_capture(reference, capture, captures), column

    def _values(self, scope: Scope) -> tuple[int | Decimal, ...]:
        """The number of each name, in their order."""
        values = []
        for name, column in self.names.items():
            try:
                values.append(scope[name])
            except KeyError:
                problem = Problem("DI232", f"'{name}' has no value here")
                raise fault_in(self.text, problem, column) from None
        return tuple(values)

    def _bound(self, scope: Scope) -> dict[Reference, Decimal]:
        """The numbers of the names that a scope knows."""
        bound = {}
        for name in self.names:
            try:
                bound[name] = exact_number(scope[name])
            except KeyError:
                continue
        return bound

    def _no_value(self, why: str, column: int, bound: Mapping[Reference, Decimal]) -> FormulaError:
        given = [f"{name} is {_shown(number)}" for name, number in bound.items()]
        problem = Problem("DI235", why, hint=listed(given) or None)
        return fault_in(self.text, problem, column)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Formula.parse, (self.text,)


@functools.lru_cache(maxsize=1 << 14)
def _parsed(text: str) -> Formula:
    steps, names = parse_steps(text)
    return Formula(text, MappingProxyType(names), steps)


# Thousands of variables share the same few numbers.
@functools.lru_cache(maxsize=1 << 14)
def _double(formula: Formula, values: tuple[int | Decimal, ...]) -> float:
    try:
        return nearest_double(_number(formula, values))
    except NoValue as why:
        bound = dict(zip(formula.names, map(exact_number, values), strict=True))
        raise formula._no_value(str(why), 1, bound) from None


@functools.lru_cache(maxsize=1 << 14)
def _number(formula: Formula, values: tuple[int | Decimal, ...]) -> Decimal:
    bound = dict(zip(formula.names, map(exact_number, values), strict=True))
    outcome = run(formula._steps, bound)
    if outcome.number is None:
        raise formula._no_value(*outcome.faults[0], bound)
    return outcome.number


def _shown(number: Decimal) -> str:
    """A number for a message, at a length that a line can hold."""
    text = str(number)
    return text if len(text) <= 20 else f"{number:.4g}"


def _unknown_name(name: str, names: Collection[str], captures: Collection[str]) -> Problem:
    if name in captures:
        message = f"{name!r} is captured as text, and a formula needs numbers"
        return Problem("DI232", message, hint=f"write '{{{name}}}' in the pattern for a number")
    known = listed(sorted(names))
    hint = did_you_mean(name, [*names, "pi"]) or (f"known are {known}" if known else None)
    return Problem("DI232", f"unknown name {name!r}", hint=hint)


def _unknown_capture(call: Count | Index, name: str, captures: Collection[str]) -> Problem:
    hint = did_you_mean(name, captures)
    hint = hint or f"write '{{{name}}}' in the pattern, as in 'block_{{{name}}}/**'"
    return Problem("DI232", f"'{call}' needs a pattern that captures {name!r}", hint=hint)
