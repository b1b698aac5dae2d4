"""What can be said of a policy's formulas without a model: unknown names, impossible numbers.

Names are checked in the document that holds everything it extends, since a constant or a group may
come from another file than the formula that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import Problem, did_you_mean
from declinit.formulas import (
    FANS,
    Formula,
    FormulaError,
    Name,
    Reference,
    Size,
)
from declinit.globs import Glob
from declinit.kinds.numbers import formulas_in
from declinit.kinds.registry import Registry
from declinit.policy.actions import InitializerConfig
from declinit.policy.groups import Groups

Values = Mapping[Reference, Decimal]


def formula_faults(
    initializer: Node, globs: Sequence[Glob], constants: Values, groups: Groups, registry: Registry
) -> Iterator[Problem]:
    """The faults of the formulas of one initializer that are well formed.

    Args:
        initializer: a checked entry of a rule.
        globs: the rule's patterns; a rule without any says nothing.
        constants: the constants' values.
        groups: the groups of the policy.
        registry: the kinds of initializers.
    """
    if not globs:
        return
    for node in formula_nodes(initializer, registry):
        formula = Formula.parse(str(node.value))
        for fault in _faults(formula, globs, constants, groups):
            yield fault.problem.at(character_place(node, fault.column))


def formula_nodes(initializer: Node, registry: Registry) -> Iterator[Node]:
    """The nodes of an initializer whose texts are formulas."""
    value = initializer.value
    config = InitializerConfig.from_value(value, registry)
    kind = registry.find(config.name)
    prefix = ("config",) if isinstance(value, dict) and "class_name" in value else ()
    for keys in formulas_in(kind, config.params) if kind else ():
        yield initializer.at((*prefix, *keys))


def _faults(
    formula: Formula, globs: Sequence[Glob], constants: Values, groups: Groups
) -> Iterator[FormulaError]:
    constant_names = {name.text for name in constants if isinstance(name, Name)}
    captured = [glob.number_captures for glob in globs]
    everywhere = set.intersection(*map(set, captured))
    unknown = formula.unknown({*constant_names, *everywhere, *FANS}, everywhere)
    yield from unknown
    yield from _unknown_groups(formula, groups)
    if not unknown:
        yield from formula.faults(constants)


def _unknown_groups(formula: Formula, groups: Groups) -> Iterator[FormulaError]:
    for reference, column in formula.names.items():
        if isinstance(reference, Size) and reference.group and reference.of not in groups:
            hint = did_you_mean(reference.of, groups) or "define it under `groups`"
            message = f"formula {formula.text!r}: unknown group {reference.of!r}"
            yield FormulaError(Problem("DI246", message, hint=hint), column)
