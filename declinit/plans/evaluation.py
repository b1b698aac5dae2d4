"""The formulas of rules, computed for each variable that a rule decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from declinit.errors import DeclinitError, Problem
from declinit.formulas import FormulaError
from declinit.kinds.numbers import Keys
from declinit.plans.computations import Computation
from declinit.plans.inventory import VariableInfo
from declinit.plans.scopes import Scope, Scopes
from declinit.plans.selection import Selection
from declinit.policy.actions import InitializerConfig
from declinit.policy.formulas import Parameter, parameters_of
from declinit.policy.rules import Rule

Computations = Mapping[Keys, Computation]
NONE: Computations = {}


class Evaluation:
    """What the formulas of a policy come to for the variables of a model.

    Args:
        selection: the policy, the model, and which rules match which variables.
    """

    def __init__(self, selection: Selection) -> None:
        self._registry = selection.spec.registry
        self._scopes = Scopes(selection.spec, selection.inventory, selection.matched())
        self._parameters: dict[int, tuple[Parameter, ...]] = {}
        self._known: dict[tuple[Parameter, tuple[int | Decimal, ...]], Computation] = {}

    def computations(
        self, config: InitializerConfig, info: VariableInfo, rule: Rule
    ) -> Computations:
        """What each formula of an initializer comes to, by the keys of the parameter.

        Args:
            config: an initializer of the rule.
            info: a variable that the rule matches.
            rule: the rule, whose patterns capture numbers.

        Raises:
            DeclinitError: with every formula that has no value.
        """
        parameters = self._parameters_of(config)
        if not parameters:
            return NONE
        scope, found, problems = self._scopes.of(rule, info), {}, list[Problem]()
        for parameter in parameters:
            try:
                found[parameter.keys] = self._computed(parameter, scope)
            except DeclinitError as error:
                problems += _about(parameter, error)
        if problems:
            raise DeclinitError(problems)
        return found

    def _parameters_of(self, config: InitializerConfig) -> tuple[Parameter, ...]:
        key = id(config)  # the spec keeps it alive, and its hash would be taken for every variable
        if key not in self._parameters:
            self._parameters[key] = parameters_of(config, self._registry)
        return self._parameters[key]

    def _computed(self, parameter: Parameter, scope: Scope) -> Computation:
        names = parameter.formula.names
        values = tuple(scope[name] for name in names)
        key = parameter, values
        if key not in self._known:
            number = parameter.number(dict(zip(names, values, strict=True)))
            stand_for = {str(name): _plain(one) for name, one in zip(names, values, strict=True)}
            text = parameter.formula.text
            self._known[key] = Computation(str(parameter), text, number, stand_for)
        return self._known[key]


def _plain(number: int | Decimal) -> int | float:
    """A number as JSON has it."""
    return int(number) if number == int(number) else float(number)


def _about(parameter: Parameter, error: DeclinitError) -> Iterator[Problem]:
    """The faults of a formula, which an error of the formula itself has named already."""
    for problem in error.problems:
        message = f"formula {parameter.formula.text!r}: {problem.message}"
        yield problem if isinstance(error, FormulaError) else replace(problem, message=message)
