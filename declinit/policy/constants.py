"""Constants: numbers with names, for the formulas of a policy; themselves formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import Problem
from declinit.formulas import Formula, FormulaError, Name, Reference, exact_number
from declinit.wording import listed

Constants = Mapping[str, int | float | str]


@dataclass
class _Evaluation:
    """The values of constants, each computed when it is first asked for."""

    constants: Mapping[str, int | float | Formula]
    known: dict[str, Decimal] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __getitem__(self, reference: Reference) -> Decimal:
        if not isinstance(reference, Name) or reference.text not in self.constants:
            raise KeyError(reference)
        return self.value(reference.text)

    def value(self, name: str) -> Decimal:
        if name not in self.known:
            constant = self.constants[name]
            if name in self.asked:
                circle = " -> ".join([*self.asked[self.asked.index(name) :], name])
                raise FormulaError(Problem("DI248", f"constants need each other: {circle}"), 1)
            self.asked.append(name)
            try:
                self.known[name] = (
                    constant.exact(self)
                    if isinstance(constant, Formula)
                    else exact_number(constant)
                )
            finally:
                self.asked.pop()
        return self.known[name]


def values_of(constants: Constants) -> Mapping[Reference, Decimal]:
    """The exact value of each constant of a checked spec, as names of formulas."""
    parsed = {
        name: Formula.parse(given) if isinstance(given, str) else given
        for name, given in constants.items()
    }
    evaluation = _Evaluation(parsed)
    return {Name(name): evaluation.value(name) for name in parsed}


def constant_faults(constants: Node | None) -> Iterator[Problem]:
    """Constants without a value: unknown names, circles, divisions by zero."""
    fields = constants.fields if constants else {}
    parsed: dict[str, int | float | Formula] = {}
    for name, node in fields.items():
        if isinstance(node.value, str):
            try:
                parsed[name] = Formula.parse(node.value)
            except FormulaError:
                continue  # a fault of the document that holds it
        elif isinstance(node.value, int | float):
            parsed[name] = node.value
    evaluation = _Evaluation(parsed)
    for name, given in parsed.items():
        node = fields[name]
        if not isinstance(given, Formula):
            continue
        found = [*_beyond_constants(given), *given.unknown(parsed, ())]
        try:
            found = found or [*_fault_of(evaluation, name)]
        except RecursionError:
            message = "constants need each other too deeply"
            found = [FormulaError(Problem("DI248", message), 1)]
        yield from (fault.problem.at(character_place(node, fault.column)) for fault in found)


def _fault_of(evaluation: _Evaluation, name: str) -> Iterator[FormulaError]:
    try:
        evaluation.value(name)
    except FormulaError as fault:
        yield fault


def _beyond_constants(formula: Formula) -> Iterator[FormulaError]:
    """References to a variable or a pattern, of which a constant has none."""
    others = {ref: column for ref, column in formula.names.items() if not isinstance(ref, Name)}
    if others:
        names = listed([str(other) for other in others])
        message = f"formula {formula.text!r}: a constant has no variable to ask for {names}"
        yield FormulaError(Problem("DI232", message), min(others.values()))
