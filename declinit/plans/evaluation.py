"""The formulas of rules, computed for each variable that a rule decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from declinit.checks.places import Places, place_inside
from declinit.errors import DeclinitError, Problem
from declinit.formulas import FormulaError
from declinit.kinds.numbers import Keys
from declinit.plans.computations import Computation
from declinit.plans.inventory import VariableInfo
from declinit.plans.scopes import Lookup, Scope, Scopes
from declinit.plans.selection import Selection
from declinit.policy.actions import InitializerConfig
from declinit.policy.copies import CopyConfig
from declinit.policy.formulas import Parameter, parameters_of
from declinit.policy.rules import Rule

Computations = Mapping[Keys, Computation]


@dataclass(frozen=True, slots=True)
class _Formula:
    """A formula of a rule, with what it came to so far: many variables share the same few numbers."""

    parameter: Parameter
    lookups: tuple[Lookup, ...]
    known: dict[tuple[int | Decimal, ...], Computation] = field(default_factory=dict)

    @classmethod
    def of(cls, parameter: Parameter, scope: Scope) -> _Formula:
        return cls(parameter, tuple(map(scope.lookup, parameter.formula.names)))

    def computation(self, info: VariableInfo) -> Computation:
        values = tuple([lookup(info) for lookup in self.lookups])
        found = self.known.get(values)
        if found is None:
            found = self.known[values] = self._computed(values)
        return found

    def fault_column(self, info: VariableInfo) -> int:
        """Where in the formula the first name stands that has no number for a variable."""
        columns = self.parameter.formula.names.values()
        for lookup, column in zip(self.lookups, columns, strict=True):
            try:
                lookup(info)
            except DeclinitError:
                return column
        return 1

    def _computed(self, values: tuple[int | Decimal, ...]) -> Computation:
        parameter = self.parameter
        names = dict(zip(parameter.formula.names, values, strict=True))
        number = parameter.number(names)
        plain = {str(name): _plain(value) for name, value in names.items()}
        return Computation(str(parameter), parameter.formula.text, number, plain)


Configured = InitializerConfig | CopyConfig


class _Known(NamedTuple):
    """An initializer or a copy, which stays alive so that its `id` means no other, and its formulas."""

    config: Configured
    formulas: tuple[_Formula, ...]


class Evaluation:
    """What the formulas of a policy come to for the variables of a model.

    Args:
        selection: the policy, the model, and which rules match which variables.
    """

    def __init__(self, selection: Selection) -> None:
        self._registry = selection.spec.registry
        self._scopes = Scopes(selection.spec, selection.inventory, selection.matched())
        self._formulas: dict[tuple[int, int], _Known] = {}

    def computations(self, config: Configured, info: VariableInfo, rule: Rule) -> Computations:
        """What each formula of an initializer or a copy comes to, by the keys of the parameter.

        Args:
            config: an initializer of the rule, or what the rule copies.
            info: a variable that the rule matches.
            rule: the rule, whose patterns capture numbers.

        Raises:
            DeclinitError: with every formula that has no value.
        """
        found: dict[Keys, Computation] = {}
        problems: list[Problem] = []
        for formula in self._formulas_of(config, rule):
            try:
                found[formula.parameter.keys] = formula.computation(info)
            except DeclinitError as error:
                problems += _about(formula, error, info, config.places)
        if problems:
            raise DeclinitError(problems)
        return found

    def _formulas_of(self, config: Configured, rule: Rule) -> tuple[_Formula, ...]:
        # A hash of the initializer would cost more than all of the rest.
        key = rule.index, id(config)
        if key not in self._formulas:
            parameters = parameters_of(config, self._registry)
            scope = self._scopes.of(rule) if parameters else None
            formulas = tuple(_Formula.of(one, scope) for one in parameters if scope)
            self._formulas[key] = _Known(config, formulas)
        return self._formulas[key].formulas


def _plain(number: int | Decimal) -> int | float:
    """A number as JSON has it."""
    return int(number) if number == int(number) else float(number)


def _about(
    formula: _Formula, error: DeclinitError, info: VariableInfo, places: Places
) -> Iterator[Problem]:
    """The faults of a formula, which an error of the formula itself has named already."""
    text = formula.parameter.formula.text
    is_named = isinstance(error, FormulaError)
    column = error.column if isinstance(error, FormulaError) else formula.fault_column(info)
    start = dict(places).get(formula.parameter.keys)
    where = place_inside(start, text, column) if start else None
    for problem in error.problems:
        message = problem.message if is_named else f"formula {text!r}: {problem.message}"
        yield replace(problem, message=message, where=where)
