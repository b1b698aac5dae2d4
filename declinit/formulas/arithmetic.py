"""Operators and functions on decimal numbers, the same on every machine.

Python's `decimal` follows the General Decimal Arithmetic specification: sums, differences,
products, quotients, `sqrt`, `exp` and `ln` are correctly rounded, so each has one possible result.
Only the power is not promised to be: the C implementation may be off by the last digit. It is
therefore computed to 10 more digits and rounded, which leaves the same 50 digits unless the exact
power lies within about 1e-10 of the middle between two neighbours; and even then the two results
differ in the 50th digit, where a double keeps 17.

Nothing here depends on the context of the calling thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
)
from types import MappingProxyType

DIGITS = 50
MORE_DIGITS = 60
# Whole numbers that were computed through logarithms or powers are off by a few units of the 50th
# digit; floor and ceil must not see that.
WHOLE_DIGITS = 40
LARGEST_EXPONENT = 9_999
PI = Decimal("3.1415926535897932384626433832795028841971693993751")
ONE = Decimal(1)


def _context(digits: int) -> Context:
    return Context(
        prec=digits,
        rounding=ROUND_HALF_EVEN,
        Emin=-LARGEST_EXPONENT,
        Emax=LARGEST_EXPONENT,
        capitals=1,
        clamp=0,
        flags=[],
        traps=[InvalidOperation, DivisionByZero, Overflow, Underflow],
    )


CONTEXT, WIDER, NARROWER = map(_context, (DIGITS, MORE_DIGITS, WHOLE_DIGITS))


class NoValue(Exception):  # noqa: N818  (it never leaves the room)
    """An operation without a result; its text says why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or a function.

    Attributes:
        name: as it is written.
        apply: computes the result, or raises `NoValue` or a signal of `decimal`.
        least: the smallest number of arguments.
        most: the largest number of arguments; none for any number.
    """

    name: str
    apply: Callable[..., Decimal]
    least: int = 1
    most: int | None = 1

    def __call__(self, *arguments: Decimal) -> Decimal:
        """The result.

        Raises:
            NoValue: if there is none, or none that can be held.
        """
        try:
            return self.apply(*arguments)
        except Overflow as error:
            raise NoValue(f"the result of '{self.name}' is too large") from error
        except Underflow as error:
            raise NoValue(f"the result of '{self.name}' is too small") from error


def _divide(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise NoValue("division by zero")
    return CONTEXT.divide(left, right)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if not exponent:
        return ONE
    if not base and exponent < 0:
        raise NoValue("division by zero: zero has no negative powers")
    if base < 0 and exponent != exponent.to_integral_value():
        raise NoValue("a negative number has no fractional powers")
    return CONTEXT.plus(WIDER.power(base, exponent))


def _sqrt(number: Decimal) -> Decimal:
    if number < 0:
        raise NoValue("a negative number has no square root")
    return CONTEXT.sqrt(number)


def _log(number: Decimal) -> Decimal:
    if number <= 0:
        raise NoValue("only positive numbers have a logarithm")
    return CONTEXT.ln(number)


def _floor(number: Decimal) -> Decimal:
    return NARROWER.plus(number).to_integral_value(ROUND_FLOOR)


def _ceil(number: Decimal) -> Decimal:
    return NARROWER.plus(number).to_integral_value(ROUND_CEILING)


ADD = Operation("+", CONTEXT.add, 2, 2)
SUBTRACT = Operation("-", CONTEXT.subtract, 2, 2)
MULTIPLY = Operation("*", CONTEXT.multiply, 2, 2)
DIVIDE = Operation("/", _divide, 2, 2)
POWER = Operation("**", _power, 2, 2)
# Signs, extremes and absolute values are exact, also of numbers with more digits than the context.
NEGATE = Operation("-", Decimal.copy_negate)

FUNCTIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            Operation("sqrt", _sqrt),
            Operation("exp", CONTEXT.exp),
            Operation("log", _log),
            Operation("min", min, 2, None),
            Operation("max", max, 2, None),
            Operation("abs", Decimal.copy_abs),
            Operation("floor", _floor),
            Operation("ceil", _ceil),
        )
    }
)


def exact_number(value: int | float | Decimal) -> Decimal:
    """A number as it is written: 0.1 is one tenth, not the double nearest to it."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def nearest_double(number: Decimal) -> float:
    """The double nearest to a number, never a negative zero.

    Python reads a decimal number as the double nearest to it, ties to even, and `float` of a
    `Decimal` reads its digits: this is the only rounding from decimal to binary.

    Raises:
        NoValue: if the number is beyond the largest double, or so small that zero is nearest.
    """
    double = float(number)
    if abs(double) == float("inf"):
        raise NoValue(f"the value {number:.4} is too large for a float64")
    if not double and number:
        raise NoValue(f"the value {number:.4} is too small for a float64")
    return double or 0.0
