"""Values are the same on every machine: another library, and another `decimal`, find them too."""

from __future__ import annotations

import ast
import json
import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator

import mpmath
import pytest

from declinit.formulas import Formula, FormulaError, Name
from declinit.formulas.arithmetic import LARGEST_EXPONENT, PI

SCOPE = {"n": 12, "fan_in": 768, "l": 3, "w": 1}

# The oracle: Python's grammar, and mpmath with twice as many digits.


class NoNumber(Exception):
    pass


def within_range(number: mpmath.mpf) -> mpmath.mpf:
    if number and abs(mpmath.mag(number)) > LARGEST_EXPONENT * math.log2(10):
        raise NoNumber
    return number


def power(base: mpmath.mpf, exponent: mpmath.mpf) -> mpmath.mpf:
    if base < 0:
        exponent = mpmath.mpf(mpmath.nstr(exponent, 45))  # 1 + 1e-80 counts as whole
        if exponent != mpmath.floor(exponent):
            raise NoNumber
    if not base and exponent < 0:
        raise NoNumber
    if base and abs(exponent * mpmath.log(abs(base))) > LARGEST_EXPONENT * math.log(10):
        raise NoNumber
    return base**exponent


def divide(left: mpmath.mpf, right: mpmath.mpf) -> mpmath.mpf:
    if not right:
        raise NoNumber
    return left / right


def positive(function: Callable, number: mpmath.mpf, least: float = 0) -> mpmath.mpf:
    if number < least or (function is mpmath.log and not number):
        raise NoNumber
    return function(number)


def exp(number: mpmath.mpf) -> mpmath.mpf:
    if abs(number) > 2.4 * LARGEST_EXPONENT:
        raise NoNumber
    return mpmath.exp(number)


def whole(function: Callable, number: mpmath.mpf) -> mpmath.mpf:
    """A whole number below or above; within 40 digits of one, that one."""
    near = mpmath.nint(number)
    return near if abs(number - near) < abs(number) * mpmath.mpf("1e-39") else function(number)


OPERATORS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: divide,
    ast.Pow: power,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: a,
}
FUNCTIONS = {
    "sqrt": lambda a: positive(mpmath.sqrt, a),
    "log": lambda a: positive(mpmath.log, a),
    "exp": exp,
    "min": min,
    "max": max,
    "abs": abs,
    "floor": lambda a: whole(mpmath.floor, a),
    "ceil": lambda a: whole(mpmath.ceil, a),
}


def oracle(text: str) -> float | None:
    """The double that a formula stands for; none if it has no value."""

    def value(node: ast.expr) -> mpmath.mpf:
        match node:
            case ast.Constant():
                return mpmath.mpf(ast.get_source_segment(text, node))
            case ast.Name("pi"):
                return +mpmath.pi
            case ast.Name(name):
                return mpmath.mpf(SCOPE[name])
            case ast.BinOp(left, operator, right):
                return within_range(OPERATORS[type(operator)](value(left), value(right)))
            case ast.UnaryOp(operator, operand):
                return OPERATORS[type(operator)](value(operand))
            case ast.Call(ast.Name(name), arguments):
                return within_range(FUNCTIONS[name](*map(value, arguments)))
        raise AssertionError(ast.dump(node))

    with mpmath.workdps(100):
        try:
            found = value(ast.parse(text, mode="eval").body)
        except NoNumber:
            return None
        double = float(mpmath.nstr(found, 60))
        return double if abs(double) != float("inf") and (double or not found) else None


def ours(text: str) -> float | None:
    formula = Formula.parse(text)
    try:
        return formula.value({Name(name): number for name, number in SCOPE.items()})
    except FormulaError:
        return None


def random_formulas(count: int, seed: int) -> Iterator[str]:
    """Formulas with as few parentheses as chance leaves them, so that precedence counts."""
    rng = random.Random(seed)

    def operand(depth: int) -> str:
        chance = rng.random()
        if depth == 0 or chance < 0.25:
            return rng.choice([*SCOPE, "pi", str(rng.randrange(100)), f"{rng.uniform(0, 9):.3g}"])
        if chance < 0.5:
            return f"({formula(depth - 1)})"
        if chance < 0.6:
            return f"{rng.choice('+-')}{operand(depth - 1)}"
        name = rng.choice(list(FUNCTIONS))
        number = rng.randrange(2, 4) if name in {"min", "max"} else 1
        return f"{name}({', '.join(formula(depth - 1) for _ in range(number))})"

    def formula(depth: int) -> str:
        found = operand(depth)
        for _ in range(rng.choice([0, 1, 1, 2])):
            found += f"{rng.choice([' + ', ' - ', ' * ', ' / ', '**'])}{operand(depth)}"
        return found

    while count:
        text = formula(3)
        if len(text) <= 300:
            count -= 1
            yield text


def test_another_library_finds_the_same_doubles():
    # Of 10,000 random formulas one or two cancel more than 33 digits, as 1 - 1.01**1e-48 does, and
    # then 50 digits are honestly too few. None of these does.
    formulas = list(random_formulas(10_000, seed=1))
    found = {text: (ours(text), oracle(text)) for text in formulas}
    assert {text: pair for text, pair in found.items() if pair[0] != pair[1]} == {}
    assert sum(value is not None for value, _ in found.values()) > 5_000
    assert sum(value is None for value, _ in found.values()) > 500


def test_pi_is_pi():
    with mpmath.workdps(80):
        assert mpmath.nstr(+mpmath.pi, 50) == str(PI)


CODE = """
import json, sys
if sys.argv[1] == "python":
    sys.modules["_decimal"] = None
from declinit.formulas import Formula, FormulaError, Name
scope = {Name(name): number for name, number in json.loads(sys.argv[2]).items()}
def found(text):
    try:
        formula = Formula.parse(text)
        return [str(formula.exact(scope)), formula.value(scope).hex()]
    except FormulaError as error:
        return [error.column, str(error)]
formulas = json.load(sys.stdin)
print(json.dumps(["_pydecimal" in sys.modules, [found(text) for text in formulas]]))
"""
ODD = [
    "exp(1e9)",
    "exp(-1e9)",
    "2**(1e9)",
    "0**0",
    "(-8)**3",
    "(-8)**0.5",
    "1.5**200",
    "0.5**-90.5",
    "1e9999 * 10",
    "1e-9999 / 3",
    "floor(4**0.5 * 1e30)",
    "1.0000000000000000000000000000000001**1e30",
    "8**-40",
    "-0",
]


@pytest.mark.parametrize("count", [500])
def test_the_decimal_module_in_c_and_the_one_in_python_agree_to_the_last_digit(count):
    formulas = [*ODD, *random_formulas(count, seed=2)]
    results = {}
    for kind in ("c", "python"):
        command = [sys.executable, "-c", CODE, kind, json.dumps(SCOPE)]
        run = subprocess.run(
            command, input=json.dumps(formulas), capture_output=True, text=True, check=True
        )
        pure, results[kind] = json.loads(run.stdout)
        assert pure is (kind == "python")
    pairs = zip(formulas, results["c"], results["python"], strict=True)
    assert [pair for pair in pairs if pair[1] != pair[2]] == []
