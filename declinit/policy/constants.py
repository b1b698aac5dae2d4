"""Constants: numbers with names, for the formulas of a policy; themselves formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import Place, Problem
from declinit.formulas import (
    FANS,
    RESERVED,
    Formula,
    FormulaError,
    Name,
    Reference,
    exact_number,
)
from declinit.wording import listed

Constants = Mapping[str, int | float | str]
Values = Mapping[Reference, Decimal]
_Parsed = Mapping[str, int | float | Formula]


def values_of(constants: Constants) -> Values:
    """The exact value of each constant of a checked spec, as names of formulas."""
    return _evaluated({name: _parsed(given) for name, given in constants.items()})[0]


def malformed_constants(constants: Node) -> Iterator[Problem]:
    """Constants that are no formulas, or whose names have a meaning already."""
    for name, node in constants.fields.items():
        yield from reserved_names([name], "the constant", constants.place_of([name], key=True))
        try:
            if isinstance(node.value, str):
                Formula.parse(node.value)
        except FormulaError as fault:
            yield fault.problem.at(character_place(node, fault.column))


def reserved_names(names: Iterable[str], what: str, where: Place) -> Iterator[Problem]:
    """The fault of each name that formulas have a meaning for.

    Args:
        names: that were given.
        what: they were given to.
        where: they are written.
    """
    for name in names:
        if name in RESERVED:
            message = f"{name!r} has a meaning of its own in formulas"
            yield Problem("DI249", message, where=where, hint=f"give {what} another name")


@dataclass(frozen=True, slots=True)
class Checked:
    """Constants of a document, some of which may have no value.

    Attributes:
        names: of all constants.
        values: of those that have one.
        problems: why others have none: unknown names, circles, divisions by zero. Of constants that
            need each other only the first ones at fault are told, not all that need them.
    """

    names: frozenset[str]
    values: Values
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, constants: Node | None) -> Checked:
        """The constants of a document, which are well formed."""
        fields = constants.fields if constants else {}
        parsed = {name: _parsed(node.value) for name, node in fields.items()}
        values, faults = _evaluated(parsed)
        problems = [
            fault.problem.at(character_place(fields[name], fault.column)) for name, fault in faults
        ]
        return cls(frozenset(parsed), values, tuple(problems))


def _evaluated(parsed: _Parsed) -> tuple[Values, list[tuple[str, FormulaError]]]:
    """The constants that have a value, and why others have none."""
    values: dict[Reference, Decimal] = {}
    order = _in_order(parsed)
    faults = list(_circles(parsed, order))
    for name in order:
        given = parsed[name]
        if not isinstance(given, Formula):
            values[Name(name)] = exact_number(given)
            continue
        found = [*_beyond_constants(given)] or [*given.unknown(parsed, ())]
        found = found or [*given.faults(values)]
        faults += ((name, fault) for fault in found)
        if not found and given.names.keys() <= values.keys():
            values[Name(name)] = given.exact(values)
    return values, faults


def _parsed(given: int | float | str) -> int | float | Formula:
    return Formula.parse(given) if isinstance(given, str) else given


def _in_order(parsed: _Parsed) -> list[str]:
    """The constants, each behind those that it needs; those in circles, and behind them, left out."""
    sorter = TopologicalSorter({name: _needs(given, parsed) for name, given in parsed.items()})
    with suppress(CycleError):  # what does not hang on the circle is ordered all the same
        sorter.prepare()
    order: list[str] = []
    while ready := sorter.get_ready():
        order += ready
        sorter.done(*ready)
    return order


def _needs(given: int | float | Formula, parsed: _Parsed) -> list[str]:
    """The constants that a constant refers to."""
    names = given.names if isinstance(given, Formula) else ()
    return [one.text for one in names if isinstance(one, Name) and one.text in parsed]


def _circles(parsed: _Parsed, order: list[str]) -> Iterator[tuple[str, FormulaError]]:
    """Constants that need themselves, each circle once, at the constant that is written first."""
    ordered, seen = set(order), set[str]()
    for start in parsed:
        walk: list[str] = []
        name = start
        while name not in ordered and name not in seen:
            seen.add(name)
            walk.append(name)
            name = next(need for need in _needs(parsed[name], parsed) if need not in ordered)
        if name in walk:
            circle = walk[walk.index(name) :]
            yield name, _circle_fault(parsed[name], circle)


def _circle_fault(given: int | float | Formula, circle: list[str]) -> FormulaError:
    needed = Name(circle[1 % len(circle)])
    column = given.names[needed] if isinstance(given, Formula) else 1
    message = f"constants need each other: {_chain([*circle, circle[0]])}"
    return FormulaError(Problem("DI248", message), column)


def _chain(names: list[str], shown: int = 6) -> str:
    some = names if len(names) <= shown else [*names[: shown - 2], "...", *names[-1:]]
    return " -> ".join(some)


def _beyond_constants(formula: Formula) -> Iterator[FormulaError]:
    """References to a variable or a pattern, of which a constant has none."""
    others = {
        ref: column
        for ref, column in formula.names.items()
        if not isinstance(ref, Name) or ref.text in FANS
    }
    if others:
        names = listed([str(other) for other in others])
        message = f"formula {formula.text!r}: a constant has no variable to ask for {names}"
        yield FormulaError(Problem("DI232", message), min(others.values()))
