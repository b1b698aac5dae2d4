"""Arithmetic over the numbers of a model: `0.02 / sqrt(2 * n_layers)`; the README specifies it.

A formula is text with a grammar of its own; nothing of it is ever run as Python. Its value is
computed in decimal arithmetic and rounded to a double once, so it is the same on every machine.

    names       what a formula can refer to: typed values, which a caller binds to numbers
    arithmetic  operators and functions on decimal numbers, to 50 digits
    steps       a formula as steps in postfix order, and running them
    tokens      text -> tokens with their offsets
    parsing     tokens -> steps; the grammar
    faults      `FormulaError`: a problem and the column of the character at fault
    formula     `Formula`: the door
"""

from declinit.formulas.arithmetic import exact_number
from declinit.formulas.faults import FormulaError
from declinit.formulas.formula import Formula, Scope
from declinit.formulas.names import (
    FANS,
    Count,
    Dim,
    Index,
    LayerFan,
    Name,
    Reference,
    Size,
)
from declinit.formulas.parsing import RESERVED

__all__ = [
    "FANS",
    "RESERVED",
    "Count",
    "Dim",
    "Formula",
    "FormulaError",
    "Index",
    "LayerFan",
    "Name",
    "Reference",
    "Scope",
    "Size",
    "exact_number",
]
