"""The formulas of rules, computed for each variable that a rule decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from declinit.errors import DeclinitError, Problem
from declinit.formulas import Formula
from declinit.kinds.numbers import Keys, formulas_in, schema_at, takes_whole_number
from declinit.plans.inventory import VariableInfo
from declinit.plans.scopes import Scope, Scopes
from declinit.plans.selection import Selection
from declinit.policy.actions import InitializerConfig
from declinit.policy.rules import Rule


class _Parameter(NamedTuple):
    """A number that a rule gives as a formula."""

    keys: Keys
    formula: Formula
    whole: bool


class Evaluation:
    """The numbers that formulas come to.

    Args:
        selection: the policy, the model, and which rules match which variables.
    """

    def __init__(self, selection: Selection) -> None:
        self._registry = selection.spec.registry
        self._scopes = Scopes(selection.spec, selection.inventory, selection.matched())
        self._parameters: dict[tuple[int, InitializerConfig], tuple[_Parameter, ...]] = {}

    def numbers(
        self, config: InitializerConfig, info: VariableInfo, rule: Rule
    ) -> Mapping[Keys, float]:
        """The number of each formula of an initializer, by the keys of the parameter.

        Args:
            config: an initializer of the rule.
            info: a variable that the rule matches.
            rule: the rule, whose patterns capture numbers.

        Raises:
            DeclinitError: if a formula has no value.
        """
        key = rule.index, config
        if key not in self._parameters:
            self._parameters[key] = self._parameters_of(config)
        if not self._parameters[key]:
            return {}
        scope = self._scopes.of(rule, info)
        return {one.keys: _value(one, scope) for one in self._parameters[key]}

    def _parameters_of(self, config: InitializerConfig) -> tuple[_Parameter, ...]:
        kind = self._registry.find(config.name)
        if kind is None:
            return ()
        return tuple(
            _Parameter(keys, Formula.parse(text), takes_whole_number(schema_at(kind, keys)))
            for keys, text in formulas_in(kind, config.params).items()
        )


def _value(parameter: _Parameter, scope: Scope) -> float:
    value = parameter.formula.value(scope)
    if not parameter.whole:
        return value
    if not value.is_integer():
        message = f"formula {parameter.formula.text!r} needs a whole number, and is {value!r}"
        raise DeclinitError(Problem("DI235", message))
    return int(value)
