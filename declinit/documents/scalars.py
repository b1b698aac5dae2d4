"""What one unquoted word means: YAML 1.2 core schema, where JSON's words mean the same."""

from __future__ import annotations

import math
import re
from typing import Any, TypeAlias

from declinit.errors import Problem

Data: TypeAlias = Any
"""Plain data: dict with str keys, list, str, int, float, bool, None; mypy would have it narrowed
at every step if it were spelt out, which the schema has done by then."""

MAX_DIGITS = 300
"""Any integer of so many decimal digits is still a finite float, and far from Python's own limit of
4300. Hexadecimal digits say more, so their value is held to the same limit."""

_BEYOND: int = 10**MAX_DIGITS

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAY_START_NUMBER = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_SURROGATE = re.compile("[\ud800-\udfff]")


NO_CHARACTER = Problem(
    "DI108",
    "this text holds an escape that is not a character",
    hint="write the character itself instead of its escape",
)


def resolve(text: str) -> Data | Problem:
    """The value of an unquoted word by the YAML 1.2 core schema, or why it has none.

    `1e-3` is a number here, and `no`, `012:30` and `2024-01-01` are strings.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_START_NUMBER:
        return text
    if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
        return read_number(text)
    return not_finite(text) if _NOT_FINITE.fullmatch(text) else text


def read_number(text: str) -> int | float | Problem:
    """The value of a word that is known to be a number, or why it cannot be represented."""
    if len(text) > MAX_DIGITS:
        message = f"a number of {len(text)} characters is too long"
        return Problem("DI107", message, hint=f"at most {MAX_DIGITS} are read")
    if _INTEGER.fullmatch(text):
        return _limited(int(text, 0 if text[:2] in ("0x", "0o") else 10))
    number = float(text)
    if math.isinf(number):
        return Problem("DI107", f"{text} is too large", hint="the largest number is about 1.8e308")
    return number


def _limited(number: int) -> int | Problem:
    return number if is_in_range(number) else Problem("DI107", TOO_LONG)


TOO_LONG = f"an integer of more than {MAX_DIGITS} digits is too long"


def is_in_range(number: int) -> bool:
    """Whether an integer has no more digits than are allowed, and so is a finite float too."""
    return -_BEYOND < number < _BEYOND


def not_finite(text: str) -> Problem:
    """The fault of a NaN or an infinity."""
    message = f"{text} is not a finite number"
    return Problem("DI107", message, hint="no setting takes NaN or infinity")


def check_text(text: str) -> Problem | None:
    """The fault of a string that no UTF-8 file could hold, if it is one."""
    if text.isascii() or not _SURROGATE.search(text):
        return None
    return NO_CHARACTER


def name_type(value: Data) -> str:
    """The type of a value in the words that YAML and JSON share: `a string`, `a list`."""
    if isinstance(value, bool):
        return "a boolean"
    names = {int: "an integer", float: "a number", str: "a string", dict: "a mapping"}
    names |= {list: "a list", type(None): "null"}
    return names.get(type(value), type(value).__name__)
