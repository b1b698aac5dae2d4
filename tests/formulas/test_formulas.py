"""Formulas: their grammar, their values, what they name, and what they refuse."""

from __future__ import annotations

import copy
import math
import pickle
import re
import time
from decimal import Decimal, getcontext, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import declinit.formulas
from declinit.errors import Problem
from declinit.formulas import (
    FANS,
    RESERVED,
    Count,
    Dim,
    Formula,
    FormulaError,
    Index,
    LayerFan,
    Name,
    Size,
    exact_number,
)

named = pytest.mark.parametrize

VALUES = {
    # numbers, by their text
    "0.02": 0.02,
    "1e-3": 0.001,
    "1E+3": 1000.0,
    ".5": 0.5,
    "5.": 5.0,
    "0": 0.0,
    "-0": 0.0,
    "0.1 + 0.2": 0.3,
    "0.1 * 3 - 0.3": 0.0,
    "9007199254740993": 9007199254740992.0,
    # a tie of doubles, and a little more in the 60th digit
    "1.00000000000000011102230246251565404236316680908203125": 1.0,
    "1.000000000000000111022302462515654042363166809082031251": 1.0000000000000002,
    "5e-324": 5e-324,
    "1.7976931348623157e308": 1.7976931348623157e308,
    # operators, from the weakest to the strongest
    "1 - 2 - 3": -4.0,
    "1 + 2 * 3": 7.0,
    "8 / 4 / 2": 1.0,
    "8 / 4 * 2": 4.0,
    "-2 ** 2": -4.0,
    "(-2) ** 2": 4.0,
    "2 ** -1": 0.5,
    "2 ** 3 ** 2": 512.0,
    "2 ** -3 ** 2": 2.0**-9,
    "2 * -3": -6.0,
    "2 ** -1 * 4": 2.0,
    "--1": 1.0,
    "+.5 - -.5": 1.0,
    "(1 + 2) * 3": 9.0,
    "1+2\t*\n3": 7.0,
    "0 ** 0": 1.0,
    "0 ** 2": 0.0,
    "(-8) ** 3": -512.0,
    "4 ** 0.5": 2.0,
    # functions
    "sqrt(2)": math.sqrt(2),
    "sqrt(0)": 0.0,
    "exp(1)": math.e,
    "exp(0)": 1.0,
    "log(1)": 0.0,
    "log(1 / 0.07)": 2.659260036932778,
    "min(3, 1, 2)": 1.0,
    "max(3, 1, 2)": 3.0,
    "abs(-3)": 3.0,
    "floor(2.5)": 2.0,
    "floor(-2.5)": -3.0,
    "ceil(2.5)": 3.0,
    "ceil(-2.5)": -2.0,
    "pi": math.pi,
    # what logarithms and powers leave in the last digits does not reach floor and ceil
    "floor(log(8) / log(2))": 3.0,
    "ceil(log(8) / log(2))": 3.0,
    "floor(1000 ** (1 / 3))": 10.0,
    "floor(2.999999)": 2.0,
    # people's own formulas
    "0.02 / sqrt(2 * 12)": 0.00408248290463863,
    "(768 * 2 * 12) ** -0.5": 0.00736569563735987,
    "0.5 * sqrt(50257 / 768)": 4.044712662332558,
}


@named("text", VALUES)
def test_the_value_of_a_formula(text):
    value = Formula.parse(text).value({})
    assert (value, math.copysign(1, value)) == (VALUES[text], math.copysign(1, VALUES[text]))
    assert Formula.parse(text).faults() == ()


SCOPE = {
    Name("n"): 12,
    Name("base"): Decimal("0.02"),
    Name("fan_in"): 64,
    LayerFan("fan_in"): 16,
    LayerFan("fan_avg"): Decimal("24.5"),
    Count("l"): 24,
    Index("l"): 3,
    Dim(-1): 512,
    Dim(0): 8,
    Size("token_embedding/embeddings", -1): 768,
    Size("a'b", 0): 5,
    Size("embedding", 1, group=True): 1024,
}
README = Path(declinit.formulas.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_example_of_the_specification_runs():
    exec(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1], {})


def test_the_specification_names_every_function_and_no_other():
    grammar = README.partition("```ebnf")[2].partition("```")[0]
    functions = grammar[grammar.index("function =") : grammar.index("fan      =")]
    assert set(re.findall(r'"([a-z]+)"', functions)) | {"pi", "layer", *FANS} == RESERVED


NAMED = {
    "base / sqrt(2 * n)": (0.00408248290463863, ["base", "n"]),
    "1 / fan_in": (1 / 64, ["fan_in"]),
    "1 / sqrt(layer.fan_in)": (0.25, ["layer.fan_in"]),
    "layer . fan_avg": (24.5, ["layer.fan_avg"]),
    "base / sqrt(2 * (index(l) + 1))": (0.0070710678118654755, ["base", "index(l)"]),
    "((1 + index(l)) / count(l)) ** 0.7": (0.28529497656828464, ["index(l)", "count(l)"]),
    "dim(-1) / dim(0)": (64.0, ["dim(-1)", "dim(0)"]),
    'size("token_embedding/embeddings", -1)': (768, ['size("token_embedding/embeddings", -1)']),
    "size('token_embedding/embeddings',-1)": (768, ['size("token_embedding/embeddings", -1)']),
    'size("a\'b", 0)': (5.0, ['size("a\'b", 0)']),
    "size($embedding, 1)": (1024.0, ["size($embedding, 1)"]),
    "n + n * n": (156.0, ["n"]),
    "2 * pi": (2 * math.pi, []),
}


@named("text", NAMED)
def test_names_stand_for_the_numbers_of_a_scope(text):
    formula = Formula.parse(text)
    value, names = NAMED[text]
    assert formula.value(SCOPE) == pytest.approx(value, rel=1e-15)
    assert list(map(str, formula.names)) == names
    assert set(formula.names) <= set(SCOPE)


def test_names_are_given_with_the_column_of_their_first_use():
    names = Formula.parse("n / (layer.fan_in + count(l) * n)").names
    assert dict(names) == {Name("n"): 1, LayerFan("fan_in"): 6, Count("l"): 21}


def test_numbers_of_python_enter_as_they_are_written():
    assert exact_number(0.1) == Decimal("0.1")
    assert exact_number(1e-7) == Decimal("1e-7")
    assert exact_number(3) == 3
    assert exact_number(Decimal("0.1000")) == Decimal("0.1")


def test_a_formula_of_formulas_is_rounded_once():
    third = Formula.parse("1 / 3").exact({})
    assert third == Decimal("0." + "3" * 50)
    assert Formula.parse("3 * third - 1").value({Name("third"): third}) == -1e-50


def test_the_context_of_the_caller_is_neither_used_nor_changed():
    with localcontext() as context:
        context.prec = 3
        context.traps = dict.fromkeys(context.traps, True)
        before = copy.copy(context)
        Formula.parse("floor(exp(1.23456789) ** 3.21) / 7 + 1.23456789").value({})
        assert Formula.parse("1 / 3 + ceil(2.5)").exact({}) == Decimal("3." + "3" * 49)
        assert (repr(getcontext())) == repr(before)


def test_a_formula_compares_hashes_and_prints_by_its_text():
    assert str(Formula.parse("1 / n")) == "1 / n"
    assert Formula.parse("1 / n") == Formula.parse("1 / n")
    assert Formula.parse("1 / n") != Formula.parse("1/n")
    assert len({Formula.parse("1 / n"), Formula.parse("1 / n")}) == 1
    assert repr(Formula.parse("1 / n")) == "Formula(text='1 / n')"


def test_a_formula_can_be_copied_and_crosses_processes():
    formula = Formula.parse("1 / n")
    for again in (pickle.loads(pickle.dumps(formula)), copy.deepcopy(formula)):
        assert (again, again.value({Name("n"): 4})) == (formula, 0.25)


EXAMPLE = "a number or a formula is expected, such as '0.02 / sqrt(2 * n_layers)'"
OPERAND = "expected a number, a name or '(', received"
DOTTED = "only layer.fan_in, layer.fan_out, layer.fan_avg have a '.'"
LAYER = "write one of layer.fan_in, layer.fan_out, layer.fan_avg"
SIZE = "write 'size($embedding, -1)'"
MALFORMED = {
    "": (1, "DI231", "a formula must not be empty", EXAMPLE),
    "  ": (3, "DI231", "a formula must not be empty", EXAMPLE),
    "very small": (6, "DI231", "expected an operator, received 'small'", EXAMPLE),
    "1 +": (4, "DI231", f"{OPERAND} the end", None),
    "* 2": (1, "DI231", f"{OPERAND} '*'", None),
    "1 + * 2": (5, "DI231", f"{OPERAND} '*'", None),
    "()": (2, "DI231", f"{OPERAND} ')'", None),
    "min(0.02": (4, "DI231", "'(' is never closed", "write ')'"),
    "2 * (1 + (2)": (5, "DI231", "'(' is never closed", "write ')'"),
    "count(l": (6, "DI231", "'(' is never closed", "write ')'"),
    "1)": (2, "DI231", "')' closes nothing", None),
    "(1 2)": (4, "DI231", "expected an operator or ')', received '2'", None),
    "2n": (2, "DI231", "expected an operator, received 'n'", None),
    "2(3)": (2, "DI231", "expected an operator, received '('", None),
    "1_000": (2, "DI231", "expected an operator, received '_000'", None),
    "0x10": (2, "DI231", "expected an operator, received 'x10'", None),
    "1.2.3": (4, "DI231", "expected an operator, received '.3'", None),
    "1,5": (
        2,
        "DI231",
        "',' stands outside of a function",
        "a decimal point is '.'; only arguments are separated by ','",
    ),
    "(1, 2)": (3, "DI231", "unexpected ','", "only functions take several values"),
    "2 ^ 3": (3, "DI231", "unexpected '^'", "write '**' for a power"),
    "7 // 2": (3, "DI231", "'//' is no operator", "write 'floor(a / b)'"),
    "7 % 2": (3, "DI231", "unexpected '%'", "write 'a - b * floor(a / b)' for a remainder"),
    "2 × 3": (3, "DI231", "unexpected '×'", "write '*'"),  # noqa: RUF001
    "2\u2212n": (2, "DI231", "unexpected '\u2212'", "write '-'"),
    "d²": (2, "DI231", "unexpected '²'", "write '** 2'"),
    "٣": (1, "DI231", "unexpected '٣'", None),
    "1\0": (2, "DI231", "unexpected '\\x00'", None),
    "n == 2": (3, "DI231", "unexpected '='", None),
    "x[0]": (2, "DI231", "unexpected '['", "write '(' and ')'"),
    "{l} + 1": (1, "DI231", "unexpected '{'", "a formula names a capture without braces"),
    "sqrt 2": (1, "DI231", "'sqrt' is a function", "write 'sqrt(...)'"),
    "1 / count": (5, "DI231", "'count' is a function", "write 'count(...)'"),
    "sqrtt(2)": (1, "DI232", "unknown function 'sqrtt'", "did you mean 'sqrt'?"),
    "1 / ln(2)": (5, "DI232", "unknown function 'ln'", "write 'log(x)'"),
    "pow(2, 3)": (1, "DI232", "unknown function 'pow'", "write 'a ** b'"),
    "fan_in()": (1, "DI232", "unknown function 'fan_in'", "write 'fan_in' without parentheses"),
    "__import__('os')": (1, "DI232", "unknown function '__import__'", None),
    "math.sqrt(2)": (5, "DI231", "unexpected '.'", DOTTED),
    "a.b": (2, "DI231", "unexpected '.'", DOTTED),
    "layer": (1, "DI231", "'layer' has no value of its own", LAYER),
    "layer.units": (7, "DI232", "'layer.' is followed by a fan, received 'units'", LAYER),
    "layer.": (7, "DI232", "'layer.' is followed by a fan, received the end", LAYER),
    "layer.fanin": (
        7,
        "DI232",
        "'layer.' is followed by a fan, received 'fanin'",
        "did you mean 'fan_in'?",
    ),
    "layer.fan_in.real": (13, "DI231", "unexpected '.'", DOTTED),
    "1 + $embedding": (
        5,
        "DI231",
        "$embedding has no value of its own",
        "write size($embedding, -1) for the length of an axis",
    ),
    "'a/b'": (
        1,
        "DI231",
        "'a/b' has no value of its own",
        "write size('a/b', -1) for the length of an axis",
    ),
    "size('a": (6, "DI231", "the quote ' is never closed", None),
    "$": (
        1,
        "DI231",
        "unexpected '$'",
        "'$' begins the name of a group, as in 'size($embedding, -1)'",
    ),
    "sqrt()": (1, "DI233", "'sqrt' takes 1 argument, received 0", None),
    "2 * log(1, 2)": (5, "DI233", "'log' takes 1 argument, received 2", None),
    "max(1)": (1, "DI233", "'max' takes at least 2 arguments, received 1", None),
    "min(1,)": (7, "DI231", f"{OPERAND} ')'", None),
    "count()": (
        7,
        "DI233",
        "'count' takes the name of a capture, received ')'",
        "write 'count(l)'",
    ),
    "index(2)": (
        7,
        "DI233",
        "'index' takes the name of a capture, received '2'",
        "write 'index(l)'",
    ),
    "count(l, m)": (8, "DI233", "'count' takes one argument, received ',' behind it", None),
    "count(l + 1)": (9, "DI233", "'count' takes one argument, received '+' behind it", None),
    "dim(n)": (5, "DI233", "'dim' takes an axis, a whole number, received 'n'", "write 'dim(-1)'"),
    "dim(1.5)": (
        5,
        "DI233",
        "'dim' takes an axis, a whole number, received '1.5'",
        "write 'dim(-1)'",
    ),
    "dim(-)": (6, "DI233", "'dim' takes an axis, a whole number, received ')'", "write 'dim(-1)'"),
    "size(a, 0)": (6, "DI233", "'size' takes a quoted path or a group, received 'a'", SIZE),
    "size('', 0)": (6, "DI233", "'size' takes a quoted path or a group, received \"''\"", SIZE),
    "size('a')": (9, "DI233", "'size' takes a variable and an axis, received ')'", SIZE),
    "size('a', b)": (11, "DI233", "'size' takes an axis, a whole number, received 'b'", SIZE),
    "size('a', 0, 1)": (12, "DI233", "'size' takes two arguments, received ',' behind it", None),
    "1e10000": (1, "DI234", "the number 1e10000 is out of range", None),
    "1 + 1e-999999999999": (5, "DI234", "the number 1e-999999999999 is out of range", None),
    "(" * 33 + "1" + ")" * 33: (33, "DI234", "operations are nested deeper than 32", None),
    "-" * 33 + "1": (33, "DI234", "operations are nested deeper than 32", None),
    "2" + "**2" * 33: (98, "DI234", "operations are nested deeper than 32", None),
}


@named("text", MALFORMED, ids=lambda text: text[:20])
def test_a_malformed_formula_is_an_error_with_its_column(text):
    with pytest.raises(FormulaError) as caught:
        Formula.parse(text)
    column, code, message, hint = MALFORMED[text]
    error = caught.value
    assert error.column == column
    assert error.problems == (Problem(code, f"formula {text!r}: {message}", hint=hint),)


NO_VALUE = {
    "1 / (n - 2)": (3, "division by zero"),
    "n ** (0 - n) * (0 / 0)": (19, "division by zero"),
    "0 ** -n": (3, "division by zero: zero has no negative powers"),
    "sqrt(1 - n)": (1, "a negative number has no square root"),
    "1 + log(n - 2)": (5, "only positive numbers have a logarithm"),
    "(0 - n) ** 0.5": (9, "a negative number has no fractional powers"),
    "exp(1e9 * n)": (1, "the result of 'exp' is too large"),
    "exp(-1e9 * n)": (1, "the result of 'exp' is too small"),
    "n ** n ** 99": (3, "the result of '**' is too large"),
    "n * 9e9999": (3, "the result of '*' is too large"),
    "n * 1e308": (1, "the value 2E+308 is too large for a float64"),
    "n * 1e-330": (1, "the value 2E-330 is too small for a float64"),
}


@named("text", NO_VALUE)
def test_a_formula_without_a_value_says_where_and_for_which_numbers(text):
    scope = {Name("n"): 2}
    formula = Formula.parse(text)
    with pytest.raises(FormulaError) as caught:
        formula.value(scope)
    column, message = NO_VALUE[text]
    assert caught.value.column == column
    assert caught.value.problem == Problem("DI235", f"formula {text!r}: {message}", hint="n is 2")
    assert [str(fault) for fault in formula.faults(scope)] == [str(caught.value)]
    assert formula.faults() == () or "/ 0)" in text


def test_the_numbers_of_a_message_are_short_and_few():
    scope = {Name(name): Decimal(1) / 3 for name in "abcde"}
    with pytest.raises(FormulaError) as caught:
        Formula.parse("(a + b + c + d + e) / 0").value(scope)
    assert caught.value.problem.hint == ("a is 0.3333, b is 0.3333, c is 0.3333 and 2 more")


IMPOSSIBLE = {
    "n / 0": ["division by zero"],
    "n / (1 - 1)": ["division by zero"],
    "sqrt(-1) * n + log(0)": [
        "a negative number has no square root",
        "only positive numbers have a logarithm",
    ],
    "max(n, 1 / 0)": ["division by zero"],
    "exp(1e6) / n": ["the result of 'exp' is too large"],
    "1e400": ["the value 1E+400 is too large for a float64"],
    "1 / n": [],
    "log(n) ** n": [],
    "0 ** n / n": [],
}


@named("text", IMPOSSIBLE)
def test_what_no_model_can_mend_is_found_without_one_and_all_at_once(text):
    found = [fault.problem for fault in Formula.parse(text).faults()]
    assert found == [Problem("DI235", f"formula {text!r}: {why}") for why in IMPOSSIBLE[text]]


def test_faults_use_what_is_known_already():
    formula = Formula.parse("n / (n_layers - 12)")
    (fault,) = formula.faults({Name("n_layers"): 12})
    assert (fault.column, fault.problem.hint) == (3, "n_layers is 12")
    assert formula.faults({Name("n_layers"): 11}) == ()


def test_a_name_without_a_number_is_an_error_at_its_column():
    with pytest.raises(FormulaError) as caught:
        Formula.parse("2 * count(l)").value({Name("l"): 1})
    problem = Problem("DI232", "formula '2 * count(l)': 'count(l)' has no value here")
    assert (caught.value.column, caught.value.problem) == (5, problem)


UNKNOWN = {
    "n_layer + 1": [(1, "unknown name 'n_layer'", "did you mean 'n_layers'?")],
    "small": [(1, "unknown name 'small'", "known are fan_in, l, n_layers")],
    "2 * PI": [(5, "unknown name 'PI'", "did you mean 'pi'?")],
    "count(k)": [
        (
            1,
            "'count(k)' needs a pattern that captures 'k'",
            "write '{k}' in the pattern, as in 'block_{k}/**'",
        )
    ],
    "index(n_layers)": [
        (
            1,
            "'index(n_layers)' needs a pattern that captures 'n_layers'",
            "write '{n_layers}' in the pattern, as in 'block_{n_layers}/**'",
        )
    ],
    "count(blok)": [
        (1, "'count(blok)' needs a pattern that captures 'blok'", "did you mean 'block'?")
    ],
    "1 / block": [
        (
            5,
            "'block' is captured as text, and a formula needs numbers",
            "write '{block}' in the pattern for a number",
        )
    ],
    "a / (b + a)": [
        (1, "unknown name 'a'", "known are fan_in, l, n_layers"),
        (6, "unknown name 'b'", "known are fan_in, l, n_layers"),
    ],
    "l / n_layers * fan_in + count(l) + index(block) + dim(0) + layer.fan_out": [],
}


@named("text", UNKNOWN)
def test_unknown_names_are_all_found_with_near_misses(text):
    found = Formula.parse(text).unknown({"n_layers", "l", "fan_in"}, {"l", "block"})
    expected = [
        (column, Problem("DI232", f"formula {text!r}: {message}", hint=hint))
        for column, message, hint in UNKNOWN[text]
    ]
    assert [(fault.column, fault.problem) for fault in found] == expected


def test_an_unknown_name_among_none_has_no_hint():
    (fault,) = Formula.parse("n").unknown((), ())
    assert fault.problem.hint is None


def test_names_with_a_meaning_of_their_own_are_reserved():
    assert {"pi", "layer", "fan_in", "sqrt", "count", "size"} <= RESERVED
    assert {"n_layers", "l", "e"}.isdisjoint(RESERVED)


def test_an_error_of_a_formula_crosses_processes():
    with pytest.raises(FormulaError) as caught:
        Formula.parse("1 +")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.column, again.problems) == (4, caught.value.problems)


HOSTILE = {
    "brackets": "(" * 10_000,
    "megabyte": "1+" * 500_000 + "1",
    "long": "x" * 1_001,
    "tower": "9**9**9**9",
    "exp": "exp(1e9)",
    "exp of exp": "exp(exp(exp(exp(9))))",
    "power": "2**(1e9)",
    "power of nearly one": "1.0000000000000000000000000000001**1e9999",
    "small power": "0.9999999999999999999**1e9999",
    "digits": "9" * 999,
    "exponent": "1e" + "9" * 900,
    "signs": "-" * 900 + "1",
}


@named("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_formula_is_refused_at_once(text):
    start = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        Formula.parse(text).value({})
    assert time.perf_counter() - start < 0.1
    assert len(str(caught.value)) < 1_200


LABOUR = {
    "sum": "+".join("1" * 500),
    "powers": "1.1" + "*1.1**.1" * 120,
    "logarithms": "+".join(["log(7)"] * 140),
    "decimals": "1." + "7" * 990,
    "arguments": "max(" + ",".join("1" * 490) + ")",
}


@named("text", LABOUR.values(), ids=LABOUR)
def test_a_formula_that_is_as_long_as_allowed_is_computed_at_once(text):
    start = time.perf_counter()
    assert math.isfinite(Formula.parse(text).value({}))
    assert time.perf_counter() - start < 1.0


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_an_error_of_one(text):
    try:
        formula = Formula.parse(text)
    except FormulaError as error:
        column = error.column
    else:
        column = 1
        assert str(formula) == text
    assert 1 <= column <= len(text) + 1


@given(st.text("12.e+-*/(),lnmaxsqrt$' ", max_size=20))
def test_any_text_of_the_right_characters_too(text):
    test_any_text_is_a_formula_or_an_error_of_one.hypothesis.inner_test(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_that_python_writes_is_read_back(number):
    assert Formula.parse(repr(number)).value({}) == number
