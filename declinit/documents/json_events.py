"""JSON text as events, with positions: the standard library's reader keeps none.

It also accepts NaN, Infinity, 1e999 and repeated keys silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from declinit.documents.builder import Builder
from declinit.documents.lines import Lines
from declinit.documents.node import Node
from declinit.documents.scalars import Data, not_finite, read_number, resolve
from declinit.errors import Problem, Source

_TOKEN = re.compile(
    r"""[ \t\n\r]*
    (?: (?P<mark> [{}\[\],:] )
      | "(?P<text> [^"\\\x00-\x1f]* )"
      | (?P<quote> " )
      | (?P<word> [^ \t\n\r{}\[\],:"]+ )
    )""",
    re.VERBOSE,
)
# Possessive, since what could be read in another way would be kept: a hundred times the string.
_GOOD_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NAME = re.compile(r"\w+")
_WORDS = {"true": True, "false": False, "null": None}
_NOT_FINITE = frozenset(("NaN", "Infinity", "-Infinity"))
_MISSPELT = {"True": "true", "False": "false", "None": "null", "nil": "null", "undefined": "null"}
_DECODER = json.JSONDecoder()

_State: TypeAlias = Callable[[str, int], "_State"]
"""What may come next: takes a token and its offset, gives the state after it."""


def read_json(source: Source) -> Node:
    """The node of a JSON text.

    Raises:
        SpecError: with all faults up to and including the first error of syntax.
    """
    builder = Builder(source)
    _Reader(source.text, builder).run()
    return builder.finish()


class _Reader:
    """One method per state; the open brackets are a list, so nothing here recurses."""

    def __init__(self, text: str, builder: Builder) -> None:
        self._text, self._builder = text, builder
        self._place = Lines(text).place
        self._brackets: list[tuple[str, int]] = []
        self._string = ""

    def run(self) -> None:
        text, match = self._text, _TOKEN.match
        state: _State = self._value
        offset = 0
        while token := match(text, offset):
            kind, offset = str(token.lastgroup), token.end()
            start = token.start(kind)
            if kind == "text":
                self._string = token["text"]
                state = state('"', start - 1)
            elif kind == "quote":
                self._string, offset = self._decode(start)
                state = state('"', start)
            else:
                state = state(token[kind], start)
        if self._brackets:
            bracket, opened = self._brackets[-1]
            self._stop(Problem("DI113", f"this {bracket!r} is never closed"), opened)

    def _value(self, token: str, offset: int) -> _State:
        line, column = self._place(offset)
        if token == '"':
            self._builder.scalar(self._string, line, column)
            return self._after_value
        if token == "{":
            self._builder.open_mapping(line, column)
            self._brackets.append((token, offset))
            return self._first_key
        if token == "[":
            self._builder.open_sequence(line, column)
            self._brackets.append((token, offset))
            return self._first_item
        self._builder.scalar(self._word(token, offset), line, column)
        return self._after_value

    def _first_item(self, token: str, offset: int) -> _State:
        return self._close() if token == "]" else self._value(token, offset)

    def _item(self, token: str, offset: int) -> _State:
        if token == "]":
            self._stop_at_trailing_comma(token, offset)
        return self._value(token, offset)

    def _first_key(self, token: str, offset: int) -> _State:
        return self._close() if token == "}" else self._key(token, offset)

    def _key(self, token: str, offset: int) -> _State:
        if token == "}":
            self._stop_at_trailing_comma(token, offset)
        if token != '"':
            self._stop_at_comment(token, offset)
            message = f"a key must be a string in double quotes, received {self._show(token)}"
            self._stop(Problem("DI116", message, hint=_quote(token)), offset)
        line, column = self._place(offset)
        self._builder.scalar(self._string, line, column)
        return self._colon

    def _colon(self, token: str, offset: int) -> _State:
        if token != ":":
            message = f"expected ':' after the key, received {self._show(token)}"
            self._stop(Problem("DI116", message), offset)
        return self._value

    def _after_value(self, token: str, offset: int) -> _State:
        if not self._brackets:
            self._stop_at_comment(token, offset)
            message = f"expected the end of the text, received {self._show(token)}"
            self._stop(Problem("DI116", message), offset)
        in_mapping = self._brackets[-1][0] == "{"
        end = "}" if in_mapping else "]"
        if token == ",":
            return self._key if in_mapping else self._item
        if token != end:
            self._stop_at_comment(token, offset)
            message = f"expected ',' or {end!r}, received {self._show(token)}"
            self._stop(Problem("DI116", message), offset)
        return self._close()

    def _close(self) -> _State:
        self._brackets.pop()
        self._builder.close()
        return self._after_value

    def _word(self, word: str, offset: int) -> Data | Problem:
        if word in _WORDS:
            return _WORDS[word]
        if _NUMBER.fullmatch(word):
            return read_number(word)
        if word in _NOT_FINITE:
            return not_finite(word)
        message = f"expected a value, received {self._show(word)}"
        if word not in _MISSPELT:
            self._stop_at_comment(word, offset)
            self._stop(Problem("DI116", message, hint=_near_miss(word)), offset)
        return Problem("DI116", message, hint=f"write {_MISSPELT[word]}")

    def _decode(self, offset: int) -> tuple[str, int]:
        try:
            value, end = _DECODER.raw_decode(self._text, offset)
        except json.JSONDecodeError:
            self._stop_in_string(offset)
        return str(value), end

    def _stop_in_string(self, offset: int) -> NoReturn:
        good = _GOOD_STRING.match(self._text, offset)
        end = good.end() if good else offset
        fault = self._text[end:]
        if fault in ("", "\\"):
            self._stop(Problem("DI113", "this string is never closed"), offset)
        if fault[0] != "\\":
            hint = r"write \n for a line break and \t for a tab"
            self._stop(Problem("DI108", "a control character in a string", hint=hint), end)
        hint = r"a backslash is written \\ in a string"
        self._stop(Problem("DI108", "an unknown escape in a string", hint=hint), end)

    def _stop_at_trailing_comma(self, token: str, offset: int) -> NoReturn:
        comma = self._text.rindex(",", 0, offset)
        hint = "JSON has no trailing commas"
        self._stop(Problem("DI117", f"a ',' before {token!r}", hint=hint), comma)

    def _stop_at_comment(self, token: str, offset: int) -> None:
        if token.startswith(("//", "/*", "#")):
            hint = "JSON has no comments; a spec in YAML may have them"
            self._stop(Problem("DI117", "a comment", hint=hint), offset)

    def _show(self, token: str) -> str:
        return json.dumps(self._string[:60]) if token == '"' else repr(token[:60])

    def _stop(self, problem: Problem, offset: int) -> NoReturn:
        self._builder.stop(problem, *self._place(offset))


def _near_miss(word: str) -> str | None:
    value = resolve(word)
    return f"write {json.dumps(value)}" if isinstance(value, int | float) else _quote(word)


def _quote(word: str) -> str | None:
    if word.startswith("'"):
        return "JSON strings are written in double quotes"
    return f'write "{word}"' if len(word) <= 60 and _NAME.fullmatch(word) else None
