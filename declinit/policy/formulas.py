"""What can be said of a policy's formulas without a model: unknown names, impossible numbers.

Names are checked in the document that holds everything it extends, since a constant or a group may
come from another file than the formula that needs it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from declinit.checks.formulas import value_problems
from declinit.checks.places import character_place
from declinit.checks.shapes import initializers_of
from declinit.documents import Node
from declinit.errors import Problem, did_you_mean
from declinit.formulas import (
    FANS,
    Count,
    Formula,
    FormulaError,
    Index,
    Name,
    Scope,
    Size,
)
from declinit.globs import Glob
from declinit.kinds.numbers import (
    Keys,
    formulas_in,
    may_hold_formulas,
    schema_at,
    takes_whole_number,
    with_numbers,
)
from declinit.kinds.registry import Registry
from declinit.policy.actions import InitializerConfig
from declinit.policy.constants import Checked, Values
from declinit.policy.copies import CopyConfig, scale_formula
from declinit.policy.groups import Pattern, texts, unknown_group, written_patterns
from declinit.wording import listed


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that an initializer is given as a formula.

    Attributes:
        keys: that lead to it among the parameters.
        formula: of the number.
        schema: the JSON Schema of the number, as text.
        whole: whether the number must be whole.
    """

    keys: Keys
    formula: Formula
    schema: str
    whole: bool

    def __str__(self) -> str:
        return str(self.keys[0]) + "".join(f"[{index}]" for index in self.keys[1:])

    def number(self, scope: Scope) -> float:
        """What the formula comes to.

        Raises:
            FormulaError: if it has no value, or none that the parameter takes.
        """
        number = self.formula.value(scope)
        if self.whole and number.is_integer():
            number = int(number)
        for problem in value_problems(number, self.schema):
            message = f"formula {self.formula.text!r} for `{self}`: {problem.message}"
            raise FormulaError(replace(problem, message=message), 1)
        return number


_SCALE = json.dumps({"type": "number"})


def parameters_of(
    config: InitializerConfig | CopyConfig, registry: Registry
) -> tuple[Parameter, ...]:
    """The formulas of a checked initializer, or the one of a copy."""
    if isinstance(config, CopyConfig):
        scale = config.scale
        return (_scale(scale),) if isinstance(scale, str) else ()
    kind = registry.find(config.name)
    found = formulas_in(kind, config.params) if kind else {}
    schemas = [schema_at(kind, keys) for keys in found] if kind else []
    return tuple(
        Parameter(keys, Formula.parse(text), json.dumps(schema), takes_whole_number(schema))
        for (keys, text), schema in zip(found.items(), schemas, strict=True)
    )


def _scale(text: str) -> Parameter:
    return Parameter(("scale",), Formula.parse(text), _SCALE, whole=False)


class Known(NamedTuple):
    """What formulas of a policy can refer to wherever they stand."""

    constants: Checked
    groups: Mapping[str, Node]


def formula_problems(node: Node, registry: Registry) -> Iterator[Problem]:
    """The faults of all formulas of a document, constants included.

    Args:
        node: a checked document, with everything it inherits.
        registry: the kinds of initializers.
    """
    rules, groups = node.child("rules"), node.child("groups")
    known = Known(Checked.of(node.child("constants")), groups.fields if groups else {})
    yield from known.constants.problems
    for group in known.groups.values():
        yield from _ambiguous_captures(texts(group), known.constants)
    for rule in rules.items if rules else ():
        written = [*texts(rule.child("match"))]
        yield from _ambiguous_captures(written, known.constants)
        patterns = tuple(written_patterns(written, known.groups))
        # A rule without any pattern says nothing.
        for initializer in initializers_of(rule) if patterns else ():
            if may_hold_formulas(initializer.value):
                yield from _initializer_faults(initializer, patterns, known, registry)
        copy = rule.child("copy_of") if patterns else None
        formula = scale_formula(copy.value) if copy else None
        if copy and formula:
            yield from _parameter_faults(
                [_scale(formula)], [copy.at(["scale"])], patterns, known, {}
            )


def _ambiguous_captures(patterns: Iterable[Node], constants: Checked) -> Iterator[Problem]:
    """Captures that are called like constants, which would leave a formula a choice."""
    for node in patterns if constants.names else ():
        for name in Glob.parse(str(node.value)).captures:
            if name in constants.names:
                message = f"{name!r} is captured, and a constant has that name"
                hint = "give one of them another name"
                yield Problem("DI249", message, where=node.place, hint=hint)


def _initializer_faults(
    initializer: Node, patterns: Sequence[Pattern], known: Known, registry: Registry
) -> Iterator[Problem]:
    """The faults of the formulas of one initializer, which are well formed."""
    config = InitializerConfig.from_value(initializer.value, registry)
    parameters, nodes = parameters_of(config, registry), formula_nodes(initializer, registry)
    numbers: dict[Keys, float] = {}
    yield from _parameter_faults(parameters, nodes, patterns, known, numbers)
    if parameters and len(numbers) == len(parameters):
        yield from _constraint_faults(config, numbers, initializer, registry)


def _parameter_faults(
    parameters: Iterable[Parameter],
    nodes: Iterable[Node],
    patterns: Sequence[Pattern],
    known: Known,
    numbers: dict[Keys, float],
) -> Iterator[Problem]:
    """The faults of formulas at their nodes; the numbers that need no model join `numbers`."""
    for parameter, node in zip(parameters, nodes, strict=True):
        unknown = [*_unknown_names(parameter.formula, node, patterns, known)]
        yield from unknown
        if not unknown:
            found, faults = _known_number(parameter, known.constants.values)
            numbers |= found
            yield from (one.problem.at(character_place(node, one.column)) for one in faults)


def formula_nodes(initializer: Node, registry: Registry) -> Iterator[Node]:
    """The nodes of an initializer, in any of its spellings, whose texts are formulas."""
    config = InitializerConfig.from_value(initializer.value, registry)
    kind = registry.find(config.name)
    prefix = ("config",) if "class_name" in initializer.fields else ()
    for keys in formulas_in(kind, config.params) if kind else ():
        yield initializer.at((*prefix, *keys))


def _known_number(
    parameter: Parameter, constants: Values
) -> tuple[dict[Keys, float], Sequence[FormulaError]]:
    """The number of a formula by its keys, if it takes no model to compute it, and its faults."""
    faults = parameter.formula.faults(constants)
    if faults or not parameter.formula.names.keys() <= constants.keys():
        return {}, faults
    try:
        return {parameter.keys: parameter.number(constants)}, ()
    except FormulaError as fault:
        return {}, (fault,)


def _constraint_faults(
    config: InitializerConfig, numbers: dict[Keys, float], node: Node, registry: Registry
) -> Iterator[Problem]:
    kind = registry.find(config.name)
    message = kind and kind.constraint and kind.constraint(with_numbers(config.params, numbers))
    if kind and message:
        yield Problem("DI210", f"{kind.name}: {message}", where=node.place)


def _unknown_names(
    formula: Formula, node: Node, patterns: Sequence[Pattern], known: Known
) -> Iterator[Problem]:
    """Names that stand for nothing, and patterns without the captures that are asked for."""
    captures = {name for pattern in patterns for name in pattern.glob.captures}
    names = known.constants.names | {*FANS}
    for reference, column in formula.names.items():
        place = character_place(node, column)
        match reference:
            case Name(text) if text in names:
                continue
            case Name(text) if text not in captures:
                problem = _unknown_name(text, names | captures, patterns)
                yield _in(formula, problem).at(place)
            case Name(name) | Index(name):
                yield from _lacking(name, patterns, f"formula {formula.text!r} at {place}")
                yield from _as_text(name, patterns, f"formula {formula.text!r} at {place}")
            case Count(name):
                yield from _lacking(name, patterns, f"formula {formula.text!r} at {place}")
            case Size(group, _, True) if group not in known.groups:
                yield _in(formula, unknown_group(group, known.groups)).at(place)


def _in(formula: Formula, problem: Problem) -> Problem:
    return replace(problem, message=f"formula {formula.text!r}: {problem.message}")


def _unknown_name(name: str, names: Collection[str], patterns: Sequence[Pattern]) -> Problem:
    groups = dict.fromkeys(pattern.group for pattern in patterns if pattern.group)
    where = f"the patterns of {listed([f'${group}' for group in groups])}" if groups else "`match`"
    hint = did_you_mean(name, [*names, "pi"])
    hint = hint or f"define it in `constants`, or capture it in {where} as '{{{name}}}'"
    return Problem("DI232", f"unknown name {name!r}", hint=hint)


def _lacking(name: str, patterns: Sequence[Pattern], needed_by: str) -> Iterator[Problem]:
    """Patterns that do not capture what a formula asks for."""
    for pattern in patterns:
        captures = pattern.glob.captures
        if name not in captures:
            others = f"it captures {listed(captures)}"
            hint = others if captures else f"write '{{{name}}}' for its number"
            message = f"{pattern} does not capture {name!r}, which {needed_by} needs"
            yield Problem("DI250", message, where=pattern.node.place, hint=hint)


def _as_text(name: str, patterns: Sequence[Pattern], needed_by: str) -> Iterator[Problem]:
    """Patterns that capture text where a formula needs a number."""
    for pattern in patterns:
        if name in pattern.glob.captures and name not in pattern.glob.number_captures:
            message = f"{pattern} captures {name!r} as text, and {needed_by} needs a number"
            hint = f"write '{{{name}}}'"
            yield Problem("DI250", message, where=pattern.node.place, hint=hint)
