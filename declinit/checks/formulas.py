"""Formulas by themselves: whether they are well formed, and whether their numbers are taken."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from declinit.checks.places import character_place
from declinit.checks.validators import validator_of
from declinit.checks.wording import schema_problems
from declinit.documents import Node, node_of
from declinit.errors import Problem, Source
from declinit.formulas import Formula, FormulaError
from declinit.kinds.numbers import Keys


@functools.lru_cache(maxsize=1 << 14, typed=True)  # 1 is a whole number, and 1.0 is not one
def value_problems(value: float, schema_text: str) -> tuple[Problem, ...]:
    """The faults of a number that a formula came to; they have no place.

    Args:
        value: the number.
        schema_text: the JSON Schema that it is held to.
    """
    node = node_of(value, Source("<number>", ""))
    found = schema_problems(validator_of(schema_text), node)
    return tuple(replace(problem, where=None) for problem in found)


def malformed_formulas(formulas: Mapping[Keys, str], node: Node) -> Iterator[Problem]:
    """Texts that should be formulas and are not.

    Args:
        formulas: the texts, by the keys that lead to them.
        node: the parameters of an initializer.
    """
    for keys, text in formulas.items():
        try:
            Formula.parse(text)
        except FormulaError as error:
            where = node.at(keys)
            yield error.problem.at(character_place(where, error.column))
