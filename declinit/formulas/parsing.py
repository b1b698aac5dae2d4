"""From a formula's text to its steps; the README has the grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from declinit.errors import Problem, did_you_mean
from declinit.formulas.arithmetic import (
    ADD,
    DIVIDE,
    FUNCTIONS,
    LARGEST_EXPONENT,
    MULTIPLY,
    NEGATE,
    PI,
    POWER,
    SUBTRACT,
    Operation,
)
from declinit.formulas.faults import FormulaError, fault_in
from declinit.formulas.names import FANS, Count, Dim, Index, LayerFan, Name, Reference, Size
from declinit.formulas.steps import Apply, Load, Push, Step
from declinit.formulas.tokens import Token, tokens_of
from declinit.wording import counted

MAX_DEPTH = 32
MAX_EXPONENT_DIGITS = 4
MAX_AXIS_DIGITS = 3
MAX_SHOWN = 20
MODEL_CALLS = ("count", "index", "dim", "size")
RESERVED = frozenset({"pi", "layer", *FANS, *FUNCTIONS, *MODEL_CALLS})
"""Names that have a meaning of their own, and that no constant or capture can have."""


class Binary(NamedTuple):
    """An operator between two operands: it binds to the left one, and how the right one is read."""

    operation: Operation
    left: int
    right: int


BINARY: Mapping[str, Binary] = MappingProxyType(
    {
        "+": Binary(ADD, 1, 2),
        "-": Binary(SUBTRACT, 1, 2),
        "*": Binary(MULTIPLY, 2, 3),
        "/": Binary(DIVIDE, 2, 3),
        "**": Binary(POWER, 4, 4),
    }
)
_WEAKEST, _SIGN = 1, 3
_OTHER_FUNCTIONS = {
    "ln": "write 'log(x)'",
    "log2": "write 'log(x) / log(2)'",
    "log10": "write 'log(x) / log(10)'",
    "log1p": "write 'log(1 + x)'",
    "pow": "write 'a ** b'",
    "rsqrt": "write '1 / sqrt(x)'",
    "cbrt": "write 'x ** (1 / 3)'",
    "round": "write 'floor(x + 0.5)'",
    "int": "write 'floor(x)'",
    "len": "write 'count(l)' for the number of values that a capture takes",
}
_AN_EXAMPLE = "a number or a formula is expected, such as '0.02 / sqrt(2 * n_layers)'"
_FAN_NAMES = ", ".join(f"layer.{fan}" for fan in FANS)
_ANY_ARITHMETIC = re.compile(r"[-0-9+*/()]")


def parse_steps(text: str) -> tuple[tuple[Step, ...], dict[Reference, int]]:
    """The steps of a formula, and the column of each name at its first use.

    Raises:
        FormulaError: where it is malformed.
    """
    parser = _Parser(text)
    parser.formula()
    return tuple(parser.steps), parser.names


class _Parser:
    """One pass over a formula's tokens; the next one is `next`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[Step] = []
        self.names: dict[Reference, int] = {}
        self.depth = 0
        self._tokens = tokens_of(text)
        self.next = next(self._tokens)

    def error(self, problem: Problem, token: Token | None = None) -> FormulaError:
        """A problem as an error at a token, or at the next one."""
        return fault_in(self.text, problem, (token or self.next).column)

    def unexpected(self, expected: str, hint: str | None = None) -> FormulaError:
        """An error that names what should stand in place of the next token."""
        if not hint and not _ANY_ARITHMETIC.search(self.text):
            hint = _AN_EXAMPLE
        return self.error(Problem("DI231", f"expected {expected}, received {self.next}", hint=hint))

    def take(self) -> Token:
        token = self.next
        self.next = next(self._tokens, token)
        return token

    def sees(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def formula(self) -> None:
        if self.next.kind == "end":
            raise self.error(Problem("DI231", "a formula must not be empty", hint=_AN_EXAMPLE))
        self.expression(_WEAKEST)
        if self.next.kind != "end":
            raise self.no_operator()

    def no_operator(self) -> FormulaError:
        """What follows an operand, but is neither an operator nor the end."""
        if self.sees(")"):
            return self.error(Problem("DI231", "')' closes nothing"))
        if self.sees(","):
            hint = "a decimal point is '.'; only arguments are separated by ','"
            return self.error(Problem("DI231", "',' stands outside of a function", hint=hint))
        if self.sees("."):
            hint = f"only {_FAN_NAMES} have a '.'"
            return self.error(Problem("DI231", "unexpected '.'", hint=hint))
        return self.unexpected("an operator")

    def expression(self, binding: int) -> None:
        """An operand, and the operators behind it that bind at least so strongly."""
        self.operand()
        while self.next.text in BINARY:
            row = BINARY[self.next.text]
            if row.left < binding:
                return
            sign = self.take()
            if row.operation is DIVIDE and self.sees("/"):
                hint = "write 'floor(a / b)'"
                raise self.error(Problem("DI231", "'//' is no operator", hint=hint), sign)
            if row.operation is POWER:
                self.nested(row.right, sign)
            else:
                self.expression(row.right)
            self.steps.append(Apply(row.operation, 2, sign.column))

    def nested(self, binding: int, opened: Token) -> None:
        """An expression one level deeper."""
        if self.depth == MAX_DEPTH:
            message = f"operations are nested deeper than {MAX_DEPTH}"
            raise self.error(Problem("DI234", message), opened)
        self.depth += 1
        self.expression(binding)
        self.depth -= 1

    def operand(self) -> None:
        if self.sees("-", "+"):
            sign = self.take()
            self.nested(_SIGN, sign)
            if sign.text == "-":
                self.steps.append(Apply(NEGATE, 1, sign.column))
        elif self.sees("("):
            opened = self.take()
            self.nested(_WEAKEST, opened)
            self.close(opened)
        elif self.next.kind == "number":
            self.steps.append(Push(self.number(self.take())))
        elif self.next.kind == "name":
            self.named(self.take())
        else:
            raise self.no_operand()

    def no_operand(self) -> FormulaError:
        token = self.next
        if token.kind in {"group", "path"}:
            hint = f"write size({token.text}, -1) for the length of an axis"
            return self.error(Problem("DI231", f"{token.text} has no value of its own", hint=hint))
        return self.unexpected("a number, a name or '('")

    def close(self, opened: Token) -> None:
        """The `)` of a parenthesis."""
        if self.sees(")"):
            self.take()
            return
        if self.next.kind == "end":
            raise self.error(Problem("DI231", "'(' is never closed", hint="write ')'"), opened)
        if self.sees(","):
            hint = "only functions take several values"
            raise self.error(Problem("DI231", "unexpected ','", hint=hint))
        raise self.unexpected("an operator or ')'")

    def number(self, token: Token) -> Decimal:
        """The number that a token writes, to its last digit."""
        exponent = re.split("[eE]", token.text)[1:]
        digits = exponent[0].lstrip("+-0") if exponent else ""
        if len(digits) <= MAX_EXPONENT_DIGITS:
            found = Decimal(token.text)
            if not found or abs(found.adjusted()) <= LARGEST_EXPONENT:
                return found
        shown = token.text if len(token.text) <= MAX_SHOWN else f"{token.text[:MAX_SHOWN]}..."
        message = f"the number {shown} is out of range"
        raise self.error(Problem("DI234", message), token)

    def named(self, token: Token) -> None:
        """A name, a dotted name, or a call."""
        if self.sees("("):
            self.call(token)
        elif token.text == "layer":
            self.layer_fan(token)
        elif token.text == "pi":
            self.steps.append(Push(PI))
        elif token.text in FUNCTIONS or token.text in MODEL_CALLS:
            message = f"{token.text!r} is a function"
            raise self.error(Problem("DI231", message, hint=f"write '{token.text}(...)'"), token)
        else:
            self.refer(Name(token.text), token)

    def refer(self, reference: Reference, token: Token) -> None:
        self.names.setdefault(reference, token.column)
        self.steps.append(Load(reference))

    def layer_fan(self, token: Token) -> None:
        hint = f"write one of {_FAN_NAMES}"
        if not self.sees("."):
            raise self.error(Problem("DI231", "'layer' has no value of its own", hint=hint), token)
        self.take()
        if self.next.text not in FANS:
            hint = did_you_mean(self.next.text, FANS) or hint
            message = f"'layer.' is followed by a fan, received {self.next}"
            raise self.error(Problem("DI232", message, hint=hint))
        self.refer(LayerFan(self.take().text), token)

    def call(self, token: Token) -> None:
        name = token.text
        if name not in FUNCTIONS and name not in MODEL_CALLS:
            raise self.error(
                Problem("DI232", f"unknown function {name!r}", hint=_meant(name)), token
            )
        opened = self.take()
        if name in FUNCTIONS:
            self.arguments(FUNCTIONS[name], token, opened)
        else:
            self.refer(self.of_model(name), token)
            self.close_call(name, opened)

    def arguments(self, operation: Operation, token: Token, opened: Token) -> None:
        """The arguments of a function of numbers."""
        count = 0
        while not self.sees(")") or count:
            self.nested(_WEAKEST, opened)
            count += 1
            if not self.sees(","):
                break
            self.take()
        self.close(opened)
        if count < operation.least or count > (operation.most or count):
            few = "at least " if operation.most is None else ""
            takes = f"{few}{counted(operation.least, 'argument')}"
            message = f"{operation.name!r} takes {takes}, received {count}"
            raise self.error(Problem("DI233", message), token)
        self.steps.append(Apply(operation, count, token.column))

    def of_model(self, name: str) -> Reference:
        """What a call on the model refers to, up to the closing parenthesis."""
        match name:
            case "count":
                return Count(self.capture(name))
            case "index":
                return Index(self.capture(name))
            case "dim":
                return Dim(self.axis(name))
        of = self.variable()
        if not self.sees(","):
            raise self.unfit("size", "a variable and an axis", "size($embedding, -1)")
        self.take()
        path = of.text[1:] if of.kind == "group" else of.text[1:-1]
        return Size(path, self.axis(name), of.kind == "group")

    def unfit(self, name: str, expected: str, example: str) -> FormulaError:
        """An error for an argument of another form than a call on the model takes."""
        message = f"{name!r} takes {expected}, received {self.next}"
        return self.error(Problem("DI233", message, hint=f"write '{example}'"))

    def capture(self, name: str) -> str:
        if self.next.kind != "name":
            raise self.unfit(name, "the name of a capture", f"{name}(l)")
        return self.take().text

    def variable(self) -> Token:
        if self.next.kind not in {"path", "group"} or self.next.text in {"''", '""'}:
            raise self.unfit("size", "a quoted path or a group", "size($embedding, -1)")
        return self.take()

    def axis(self, name: str) -> int:
        minus = self.sees("-") and self.take()
        text = self.next.text
        if not (text.isdecimal() and len(text) <= MAX_AXIS_DIGITS):
            example = "dim(-1)" if name == "dim" else "size($embedding, -1)"
            raise self.unfit(name, "an axis, a whole number", example)
        return -int(self.take().text) if minus else int(self.take().text)

    def close_call(self, name: str, opened: Token) -> None:
        if not self.sees(")") and self.next.kind != "end":
            count = "two arguments" if name == "size" else "one argument"
            message = f"{name!r} takes {count}, received {self.next} behind it"
            raise self.error(Problem("DI233", message))
        self.close(opened)


def _meant(name: str) -> str | None:
    if name in _OTHER_FUNCTIONS:
        return _OTHER_FUNCTIONS[name]
    if name == "pi" or name in FANS:
        return f"write {name!r} without parentheses"
    return did_you_mean(name, [*FUNCTIONS, *MODEL_CALLS])
